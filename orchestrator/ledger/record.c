#include "ledger/record.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/mem.h"

#define VERSION_LEAD ",\"" RECORD_VERSION_KEY "\":"

const char *record_name(const struct record_names *names, int value)
{
	bool known = value >= 0 && (size_t)value < names->count && names->names[value] != NULL;

	return known ? names->names[value] : "?";
}

int record_parse_name(const struct record_names *names, const char *name, int *value)
{
	for (size_t i = 0; i < names->count; i++) {
		if (names->names[i] != NULL && strcmp(names->names[i], name) == 0) {
			*value = (int)i;
			return 0;
		}
	}
	return -1;
}

size_t record_field_index(const struct record_type *type, const char *key)
{
	size_t index = 0;

	while (type->fields[index].key != NULL && strcmp(type->fields[index].key, key) != 0)
		index++;
	return index;
}

static const void *member_of(const struct record_field *field, const void *record)
{
	return (const char *)record + field->offset;
}

static void *writable_member_of(const struct record_field *field, void *record)
{
	return (char *)record + field->offset;
}

static size_t *count_of(const struct record_field *field, void *record)
{
	return (size_t *)(void *)((char *)record + field->count_offset);
}

static size_t list_count(const struct record_field *field, const void *record)
{
	return *(const size_t *)(const void *)((const char *)record + field->count_offset);
}

/* --- reading --- */

/* What is being read: for messages. */
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
	*(void **)writable_member_of(field, record) = items;
	*count_of(field, record) = count; /* record_release frees what was read, also after a failure */
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
	void *member = writable_member_of(field, record);

	switch ((enum record_kind)field->kind) {
	case RECORD_KIND_TEXT:
		*(const char **)member = json_string_value(value);
		return json_is_string(value) ? 0 : invalid(decoding, field, "is not a string");
	case RECORD_KIND_INTEGER:
		*(int64_t *)member = json_integer_value(value);
		return json_is_integer(value) ? 0 : invalid(decoding, field, "is not an integer");
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
			"a record of a %s in the state folder is not a JSON object; restore the state folder "
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
			release_lists(field->type, writable_member_of(field, record));
		} else if (field->kind == RECORD_KIND_LIST) {
			char *items = *(void **)writable_member_of(field, record);

			for (size_t i = 0; i < *count_of(field, record); i++)
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

/* --- writing --- */

static bool is_absent(const struct record_field *field, const void *record)
{
	const void *member = member_of(field, record);

	switch ((enum record_kind)field->kind) {
	case RECORD_KIND_TEXT:
	case RECORD_KIND_OBJECT:
	case RECORD_KIND_ARRAY:
		return *(const void *const *)member == NULL;
	case RECORD_KIND_INTEGER:
	case RECORD_KIND_TIME:
		return *(const int64_t *)member == 0;
	case RECORD_KIND_FLAG:
		return !*(const bool *)member;
	case RECORD_KIND_ENUM:
		return *(const int *)member == 0 && field->names->names[0] == NULL;
	case RECORD_KIND_NESTED:
		return is_absent(&field->type->fields[0], member);
	case RECORD_KIND_LIST:
		break;
	}
	return list_count(field, record) == 0;
}

/* Whether the field is not written, or written as null. A required text or value that is NULL is
 * the writer's mistake; it is written as null, which no reader accepts. */
static bool is_omitted(const struct record_field *field, bool absent)
{
	return absent && (field->flags & (RECORD_REQUIRED | RECORD_NULLABLE | RECORD_ALWAYS)) == 0;
}

static bool is_null(const struct record_field *field, bool absent)
{
	if (field->flags & RECORD_NULLABLE)
		return absent;
	/* Borrowed pointers can be NULL; everything else has a value to write. */
	return (field->kind == RECORD_KIND_TEXT || field->kind == RECORD_KIND_OBJECT ||
			   field->kind == RECORD_KIND_ARRAY) &&
		absent;
}

static json_t *encode_fields(const struct record_type *type, const void *record);

static json_t *encode_list(const struct record_field *field, const void *record)
{
	const char *items = *(const void *const *)member_of(field, record);
	json_t *list = json_array();

	for (size_t i = 0; i < list_count(field, record); i++)
		json_array_append_new(list, encode_fields(field->type, items + i * field->type->size));
	return list;
}

static json_t *encode_time(int64_t ms)
{
	char text[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(ms, text);
	return json_string_nocheck(text);
}

static json_t *encode_value(const struct record_field *field, const void *record)
{
	const void *member = member_of(field, record);

	switch ((enum record_kind)field->kind) {
	case RECORD_KIND_TEXT:
		return json_text(*(const char *const *)member);
	case RECORD_KIND_INTEGER:
		return json_integer(*(const int64_t *)member);
	case RECORD_KIND_FLAG:
		return json_boolean(*(const bool *)member);
	case RECORD_KIND_TIME:
		return encode_time(*(const int64_t *)member);
	case RECORD_KIND_ENUM:
		return json_string_nocheck(record_name(field->names, *(const int *)member));
	case RECORD_KIND_OBJECT:
	case RECORD_KIND_ARRAY:
		return json_incref(*(json_t *const *)member);
	case RECORD_KIND_NESTED:
		return encode_fields(field->type, member);
	case RECORD_KIND_LIST:
		break;
	}
	return encode_list(field, record);
}

static json_t *encode_fields(const struct record_type *type, const void *record)
{
	json_t *json = json_object();

	for (const struct record_field *field = type->fields; field->key != NULL; field++) {
		bool absent = is_absent(field, record);

		if (!is_omitted(field, absent))
			json_object_set_new_nocheck(json, field->key,
				is_null(field, absent) ? json_null() : encode_value(field, record));
	}
	return json;
}

json_t *record_encode(const struct record_type *type, const void *record)
{
	json_t *json = encode_fields(type, record);

	if (type->version != 0)
		json_object_set_new_nocheck(json, RECORD_VERSION_KEY, json_integer(type->version));
	return json;
}

/* --- writing as text --- */

static void add_object(struct buf *out, const struct record_type *type, const void *record);

static void add_list(struct buf *out, const struct record_field *field, const void *record)
{
	const char *items = *(const void *const *)member_of(field, record);

	buf_add_char(out, '[');
	for (size_t i = 0; i < list_count(field, record); i++) {
		if (i > 0)
			buf_add_char(out, ',');
		add_object(out, field->type, items + i * field->type->size);
	}
	buf_add_char(out, ']');
}

static void add_time(struct buf *out, int64_t ms)
{
	char text[CLOCK_RFC3339_SIZE];

	buf_add_char(out, '"');
	buf_add(out, text, clock_format_rfc3339(ms, text));
	buf_add_char(out, '"');
}

static void add_value(struct buf *out, const struct record_field *field, const void *record)
{
	const void *member = member_of(field, record);

	switch ((enum record_kind)field->kind) {
	case RECORD_KIND_TEXT:
		json_add_string(out, *(const char *const *)member);
		return;
	case RECORD_KIND_INTEGER:
		buf_add_format(out, "%lld", (long long)*(const int64_t *)member);
		return;
	case RECORD_KIND_FLAG:
		buf_add_string(out, *(const bool *)member ? "true" : "false");
		return;
	case RECORD_KIND_TIME:
		add_time(out, *(const int64_t *)member);
		return;
	case RECORD_KIND_ENUM:
		json_add_string(out, record_name(field->names, *(const int *)member));
		return;
	case RECORD_KIND_OBJECT:
	case RECORD_KIND_ARRAY:
		json_add_text(out, *(const json_t *const *)member);
		return;
	case RECORD_KIND_NESTED:
		add_object(out, field->type, member);
		return;
	case RECORD_KIND_LIST:
		break;
	}
	add_list(out, field, record);
}

void record_add_members(struct buf *out, const struct record_type *type, size_t first, size_t end,
	const void *record)
{
	for (size_t i = first; i < end && type->fields[i].key != NULL; i++) {
		const struct record_field *field = &type->fields[i];
		bool absent = is_absent(field, record);

		if (is_omitted(field, absent))
			continue;
		buf_add(out, field->lead, field->lead_length);
		if (is_null(field, absent))
			buf_add_string(out, "null");
		else
			add_value(out, field, record);
	}
}

void record_add_version(struct buf *out, const struct record_type *type)
{
	buf_add_format(out, VERSION_LEAD "%d", type->version);
}

static void add_object(struct buf *out, const struct record_type *type, const void *record)
{
	size_t start = out->length;

	record_add_members(out, type, 0, SIZE_MAX, record);
	if (type->version != 0)
		record_add_version(out, type);
	if (out->length == start)
		buf_add_char(out, '{');
	else
		out->data[start] = '{'; /* in the place of the first comma */
	buf_add_char(out, '}');
}

void record_add_text(struct buf *out, const struct record_type *type, const void *record)
{
	add_object(out, type, record);
}

/* --- how deep it is --- */

static bool fits(const struct record_type *type, const void *record, int levels)
{
	for (const struct record_field *field = type->fields; field->key != NULL; field++) {
		const void *member = member_of(field, record);

		if (field->kind == RECORD_KIND_OBJECT || field->kind == RECORD_KIND_ARRAY) {
			if (!json_fits(*(const json_t *const *)member, levels))
				return false;
		} else if (field->kind == RECORD_KIND_NESTED) {
			if (!fits(field->type, member, levels - 1))
				return false;
		} else if (field->kind == RECORD_KIND_LIST) {
			const char *items = *(const void *const *)member;

			for (size_t i = 0; i < list_count(field, record); i++)
				if (!fits(field->type, items + i * field->type->size, levels - 2))
					return false;
		}
	}
	return true;
}

bool record_fits(const struct record_type *type, const void *record)
{
	return fits(type, record, JSON_MAX_DEPTH - 1);
}
