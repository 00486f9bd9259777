/* Checks a value against the subset of JSON Schema that the table of routes uses. */
#include "web/http/field.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/json_write.h"
#include "web/http/head.h"

/* The limit of a text whose schema has no maxLength. People write such texts, so it is enough. */
#define FIELD_MAX_LENGTH 8192
#define FIELD_MAX_ITEMS 1000
#define FIELD_MAX_LEVELS 4

/* --- types --- */

static bool is_type(const char *type, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return strcmp(type, "object") == 0;
	case JSON_ARRAY:
		return strcmp(type, "array") == 0;
	case JSON_STRING:
		return strcmp(type, "string") == 0;
	case JSON_INTEGER:
		return strcmp(type, "integer") == 0 || strcmp(type, "number") == 0;
	case JSON_REAL:
		return strcmp(type, "number") == 0;
	case JSON_TRUE:
	case JSON_FALSE:
		return strcmp(type, "boolean") == 0;
	case JSON_NULL:
		return strcmp(type, "null") == 0;
	}
	return false;
}

/* Checks the value against one type ("string") or a list of types ("string or null"). */
static int check_type(const char *name, const json_t *types, const json_t *value,
	struct refusal *refusal)
{
	CLEANUP_BUF struct buf wanted = BUF_INIT(128);
	size_t index;
	json_t *type;

	if (types == NULL)
		return 0;
	if (json_is_string(types)) {
		if (is_type(json_string_value(types), value))
			return 0;
		buf_add_string(&wanted, json_string_value(types));
	}
	json_array_foreach(types, index, type) {
		if (is_type(json_string_value(type), value))
			return 0;
		buf_add_format(&wanted, "%s%s", index > 0 ? " or " : "", json_string_value(type));
	}
	return refuse(refusal, 400, "InvalidValue", "\"%.64s\" must be of type %s", name, wanted.data);
}

/* --- values --- */

static int check_enum(const char *name, const json_t *allowed, const json_t *value,
	struct refusal *refusal)
{
	CLEANUP_BUF struct buf list = BUF_INIT(256);
	size_t index;
	json_t *one;

	if (allowed == NULL)
		return 0;
	json_array_foreach(allowed, index, one) {
		if (json_equal(one, value))
			return 0;
		if (index > 0)
			buf_add_string(&list, ", ");
		json_add_text(&list, one);
	}
	return refuse(refusal, 400, "InvalidValue", "\"%.64s\" must be one of %s", name, list.data);
}

static size_t count_characters(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static int check_length(const char *name, const json_t *schema, const json_t *value,
	struct refusal *refusal)
{
	const char *text = json_string_value(value);

	if (strlen(text) != json_string_length(value))
		return refuse(refusal, 400, "InvalidValue", "\"%.64s\" contains a NUL character", name);
	json_int_t length = (json_int_t)count_characters(text),
			   least = json_get_integer_or(schema, "minLength", 0);
	json_int_t most = json_get_integer_or(schema, "maxLength", FIELD_MAX_LENGTH);
	if (length < least || length > most)
		return refuse(refusal, 400, "InvalidValue",
			"\"%.64s\" must have %" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT
			" characters, not %" JSON_INTEGER_FORMAT,
			name, least, most, length);
	return 0;
}

static int check_range(const char *name, const json_t *schema, const json_t *value,
	struct refusal *refusal)
{
	const json_t *minimum = json_object_get(schema, "minimum"),
				 *maximum = json_object_get(schema, "maximum");
	double number = json_number_value(value);

	if ((minimum != NULL && number < json_number_value(minimum)) ||
		(maximum != NULL && number > json_number_value(maximum))) {
		CLEANUP_BUF struct buf bounds = BUF_INIT(128);

		if (minimum != NULL) {
			buf_add_string(&bounds, " at least ");
			json_add_text(&bounds, minimum);
		}
		if (maximum != NULL) {
			buf_add_string(&bounds, minimum != NULL ? " and at most " : " at most ");
			json_add_text(&bounds, maximum);
		}
		return refuse(refusal, 400, "InvalidValue", "\"%.64s\" must be%s", name, bounds.data);
	}
	return 0;
}

static int check_value(const char *name, const json_t *schema, const json_t *value, int levels,
	struct refusal *refusal);

static int check_items(const char *name, const json_t *schema, const json_t *value, int levels,
	struct refusal *refusal)
{
	const json_t *items = json_object_get(schema, "items");
	json_int_t count = (json_int_t)json_array_size(value),
			   least = json_get_integer_or(schema, "minItems", 0);
	json_int_t most = json_get_integer_or(schema, "maxItems", FIELD_MAX_ITEMS);
	size_t index;
	json_t *item;

	if (count < least || count > most)
		return refuse(refusal, 400, "InvalidValue",
			"\"%.64s\" must have %" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT " items", name,
			least, most);
	if (items == NULL || levels == 0)
		return 0;
	json_array_foreach(value, index, item)
		if (check_value(name, items, item, levels - 1, refusal) < 0)
			return -1;
	return 0;
}

static int check_value(const char *name, const json_t *schema, const json_t *value, int levels,
	struct refusal *refusal)
{
	if (check_type(name, json_object_get(schema, "type"), value, refusal) < 0 ||
		check_enum(name, json_object_get(schema, "enum"), value, refusal) < 0)
		return -1;
	if (json_is_string(value))
		return check_length(name, schema, value, refusal);
	if (json_is_number(value))
		return check_range(name, schema, value, refusal);
	return json_is_array(value) ? check_items(name, schema, value, levels, refusal) : 0;
}

int field_check(const char *name, const json_t *schema, const json_t *value,
	struct refusal *refusal)
{
	return check_value(name, schema, value, FIELD_MAX_LEVELS, refusal);
}
