/* Writes a record as JSON or as its text, by its table of fields. */
#include "ledger/record_write.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/json_write.h"
#include "ledger/record_members.h"

static bool is_absent(const struct record_field *field, const void *record)
{
	const void *member = record_member(field, record);

	switch ((enum record_kind)field->kind) {
	case RECORD_KIND_TEXT:
	case RECORD_KIND_OBJECT:
	case RECORD_KIND_ARRAY:
		return *(const void *const *)member == NULL;
	case RECORD_KIND_INTEGER:
	case RECORD_KIND_TIME:
		return *(const int64_t *)member == 0;
	case RECORD_KIND_REAL:
		return *(const double *)member == 0;
	case RECORD_KIND_FLAG:
		return !*(const bool *)member;
	case RECORD_KIND_ENUM:
		return *(const int *)member == 0 && field->names->names[0] == NULL;
	case RECORD_KIND_NESTED:
		return is_absent(&field->type->fields[0], member);
	case RECORD_KIND_LIST:
		break;
	}
	return record_count(field, record) == 0;
}

/* Returns whether the field is left out. A required text or value that is NULL is the writer's
 * mistake; it is written as null, which no reader accepts. */
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
	const char *items = *(const void *const *)record_member(field, record);
	json_t *list = json_array();

	for (size_t i = 0; i < record_count(field, record); i++)
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
	const void *member = record_member(field, record);

	switch ((enum record_kind)field->kind) {
	case RECORD_KIND_TEXT:
		return json_text(*(const char *const *)member);
	case RECORD_KIND_INTEGER:
		return json_integer(*(const int64_t *)member);
	case RECORD_KIND_REAL:
		return json_real(*(const double *)member);
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
	const char *items = *(const void *const *)record_member(field, record);

	buf_add_char(out, '[');
	for (size_t i = 0; i < record_count(field, record); i++) {
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

static void add_real(struct buf *out, double value)
{
	CLEANUP_JSON json_t *json = json_real(value);

	json_add_text(out, json);
}

static void add_value(struct buf *out, const struct record_field *field, const void *record)
{
	const void *member = record_member(field, record);

	switch ((enum record_kind)field->kind) {
	case RECORD_KIND_TEXT:
		json_add_string(out, *(const char *const *)member);
		return;
	case RECORD_KIND_INTEGER:
		buf_add_format(out, "%lld", (long long)*(const int64_t *)member);
		return;
	case RECORD_KIND_REAL:
		add_real(out, *(const double *)member);
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
	buf_add_format(out, ",\"" RECORD_VERSION_KEY "\":%d", type->version);
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
		const void *member = record_member(field, record);

		if (field->kind == RECORD_KIND_OBJECT || field->kind == RECORD_KIND_ARRAY) {
			if (!json_fits(*(const json_t *const *)member, levels))
				return false;
		} else if (field->kind == RECORD_KIND_NESTED) {
			if (!fits(field->type, member, levels - 1))
				return false;
		} else if (field->kind == RECORD_KIND_LIST) {
			const char *items = *(const void *const *)member;

			for (size_t i = 0; i < record_count(field, record); i++)
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
