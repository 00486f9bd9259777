#include "base/json.h"

#include "base/banned.h"
#include "base/json_plain.h"
#include "base/log.h"

int json_check_depth(const char *text, size_t length)
{
	int depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < length; i++) {
		char c = text[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > JSON_MAX_DEPTH)
				return -1;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return 0;
}

bool json_fits(const json_t *value, int levels)
{
	json_t *object = (json_t *)value; /* jansson's iterators take no const */
	json_t *item;
	size_t index;

	if (!json_is_object(value) && !json_is_array(value))
		return true;
	if (levels == 0)
		return false;
	for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at))
		if (!json_fits(json_object_iter_value(at), levels - 1))
			return false;
	json_array_foreach(value, index, item)
		if (!json_fits(item, levels - 1))
			return false;
	return true;
}

const char *json_get_string(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

const char *json_get_string_or(const json_t *object, const char *key, const char *otherwise)
{
	const char *text = json_get_string(object, key);

	return text != NULL ? text : otherwise;
}

bool json_get_bool_or(const json_t *object, const char *key, bool otherwise)
{
	const json_t *value = json_object_get(object, key);

	return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

bool json_has_string(const json_t *array, const char *text)
{
	size_t index;
	json_t *item;

	json_array_foreach((json_t *)array, index, item)
		if (json_is_string(item) && strcmp(json_string_value(item), text) == 0)
			return true;
	return false;
}

json_int_t json_get_integer_or(const json_t *object, const char *key, json_int_t otherwise)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

json_t *json_text(const char *text)
{
	size_t length = text != NULL ? strlen(text) : 0;

	if (text == NULL)
		return json_null();
	/* This check is faster than jansson's, which calls a function for each byte. */
	if (json_plain_length(text, length) == length)
		return json_stringn_nocheck(text, length);
	json_t *string = json_stringn(text, length);
	if (string == NULL) {
		CLEANUP_BUF struct buf escaped;

		buf_init(&escaped, 4 * length + 16);
		log_add_escaped(&escaped, text, length);
		string = json_string(escaped.data);
	}
	return string;
}

void cleanup_json(json_t **value)
{
	json_decref(*value);
}
