/* Reads a record from its JSON, by its table of fields. */
#include "ledger/record_read.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "ledger/record_members.h"

/* The record that is being read, for messages. */
struct decoding {
	const struct record_type *type; /* of the whole record */
	const json_t *json;             /* the whole record */
	struct err *err;
};

static int decode_fields(const struct decoding *decoding, const struct record_type *type,
	const json_t *json, void *out);

/* "change c-12ab" */
static void add_identity(struct buf *out, const struct decoding *decoding)
{
	buf_add_string(out, decoding->type->name);
	for (size_t i = 0; i < RECORD_IDENTITY_MAX && decoding->type->identity[i] != NULL; i++) {
		const char *text = json_get_string(decoding->json, decoding->type->identity[i]);

		if (text != NULL)
			buf_add_format(out, " %.200s", text);
	}
}

static int invalid(const struct decoding *decoding, const struct record_field *field,
	const char *what)
{
	CLEANUP_BUF struct buf identity = BUF_INIT(SIZE_MAX);

	add_identity(&identity, decoding);
	return err_set(decoding->err, ERR_STORE, "InvalidRecord",
		"the record of %s in the state folder can't be read: its field \"%s\" %s; restore the "
		"state folder from a copy, or remove the record",
		identity.data, field->key, what);
}

static int newer(const struct decoding *decoding, const char *what, const char *value)
{
	CLEANUP_BUF struct buf identity = BUF_INIT(SIZE_MAX);

	add_identity(&identity, decoding);
	return err_set(decoding->err, ERR_STORE, "NewerRecord",
		"the record of %s in the state folder has the %s \"%.64s\", which this version of Reeve "
		"doesn't know: it was written by a newer version; upgrade reeve",
		identity.data, what, value);
}

static int decode_time(const struct decoding *decoding, const struct record_field *field,
	const json_t *value, int64_t *out)
{
	if (json_is_string(value) && clock_parse_rfc3339(json_string_value(value), out) == 0)
		return 0;
	return invalid(decoding, field, "is not a time as in RFC 3339");
}

static int decode_enum(const struct decoding *decoding, const struct record_field *field,
	const json_t *value, int *out)
{
	if (!json_is_string(value))
		return invalid(decoding, field, "is not a string");
	if (record_parse_name(field->names, json_string_value(value), out) == 0)
		return 0;
	return newer(decoding, field->names->what, json_string_value(value));
}

static int decode_list(const struct decoding *decoding, const struct record_field *field,
	const json_t *value, void *record)
{
	size_t count = json_array_size(value);

	if (!json_is_array(value))
		return invalid(decoding, field, "is not an array");
	if (count == 0)
		return 0;
	char *items = xcalloc(count, field->type->size);
	*(void **)record_writable_member(field, record) = items;
	*record_writable_count(field, record) = count; /* record_release frees what was read, also after
													  a failure */
	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_array_get(value, i);

		if (!json_is_object(item))
			return invalid(decoding, field, "has an item that is not an object");
		if (decode_fields(decoding, field->type, item, items + i * field->type->size) < 0)
			return -1;
	}
	return 0;
}

static int decode_json(const struct decoding *decoding, const struct record_field *field,
	const json_t *value, const json_t **out)
{
	bool array = field->kind == RECORD_KIND_ARRAY;

	if (array ? !json_is_array(value) : !json_is_object(value))
		return invalid(decoding, field, array ? "is not an array" : "is not an object");
	*out = value;
	return 0;
}

static int decode_field(const struct decoding *decoding, const struct record_field *field,
	const json_t *value, void *record)
{
	void *member = record_writable_member(field, record);

	switch ((enum record_kind)field->kind) {
	case RECORD_KIND_TEXT:
		*(const char **)member = json_string_value(value);
		return json_is_string(value) ? 0 : invalid(decoding, field, "is not a string");
	case RECORD_KIND_INTEGER:
		*(int64_t *)member = json_integer_value(value);
		return json_is_integer(value) ? 0 : invalid(decoding, field, "is not an integer");
	case RECORD_KIND_REAL:
		*(double *)member = json_number_value(value);
		return json_is_number(value) ? 0 : invalid(decoding, field, "is not a number");
	case RECORD_KIND_FLAG:
		*(bool *)member = json_is_true(value);
		return json_is_boolean(value) ? 0 : invalid(decoding, field, "is neither true nor false");
	case RECORD_KIND_TIME:
		return decode_time(decoding, field, value, member);
	case RECORD_KIND_ENUM:
		return decode_enum(decoding, field, value, member);
	case RECORD_KIND_OBJECT:
	case RECORD_KIND_ARRAY:
		return decode_json(decoding, field, value, member);
	case RECORD_KIND_NESTED:
		return json_is_object(value) ? decode_fields(decoding, field->type, value, member)
									 : invalid(decoding, field, "is not an object");
	case RECORD_KIND_LIST:
		break;
	}
	return decode_list(decoding, field, value, record);
}

static int decode_fields(const struct decoding *decoding, const struct record_type *type,
	const json_t *json, void *out)
{
	for (const struct record_field *field = type->fields; field->key != NULL; field++) {
		const json_t *value = json_object_get(json, field->key);

		if (value != NULL && !json_is_null(value)) {
			if (decode_field(decoding, field, value, out) < 0)
				return -1;
		} else if (field->flags & RECORD_REQUIRED) {
			return invalid(decoding, field, "is missing");
		}
	}
	return 0;
}

static int check_version(const struct decoding *decoding)
{
	static const struct record_field field = { .key = RECORD_VERSION_KEY };
	const json_t *value = json_object_get(decoding->json, RECORD_VERSION_KEY);
	char text[32];

	if (decoding->type->version == 0 || value == NULL)
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < 1)
		return invalid(decoding, &field, "is not a positive integer");
	if (json_integer_value(value) <= decoding->type->version)
		return 0;
	snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value));
	return newer(decoding, RECORD_VERSION_KEY, text);
}

static json_t **source_of(const struct record_type *type, void *record)
{
	return (json_t **)(void *)((char *)record + type->source_offset);
}

int record_decode(const struct record_type *type, const json_t *json, void *out, struct err *err)
{
	const struct decoding decoding = { type, json, err };

	memset(out, 0, type->size);
	if (!json_is_object(json))
		return err_set(err, ERR_STORE, "InvalidRecord",
			"a record (%s) in the state folder is not a JSON object; restore the state folder "
			"from a copy",
			type->name);
	if (check_version(&decoding) < 0 || decode_fields(&decoding, type, json, out) < 0) {
		record_release(type, out);
		return -1;
	}
	if (type->version != 0)
		*source_of(type, out) = json_incref((json_t *)json);
	return 0;
}

static void release_lists(const struct record_type *type, void *record)
{
	for (const struct record_field *field = type->fields; field->key != NULL; field++) {
		if (field->kind == RECORD_KIND_NESTED) {
			release_lists(field->type, record_writable_member(field, record));
		} else if (field->kind == RECORD_KIND_LIST) {
			char *items = *(void **)record_writable_member(field, record);

			for (size_t i = 0; i < *record_writable_count(field, record); i++)
				release_lists(field->type, items + i * field->type->size);
			free(items);
		}
	}
}

void record_release(const struct record_type *type, void *record)
{
	release_lists(type, record);
	if (type->version != 0)
		json_decref(*source_of(type, record));
	memset(record, 0, type->size);
}
