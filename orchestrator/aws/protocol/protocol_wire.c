/* Converts scalars to text and back, and words the errors of a value. */
#include "aws/protocol/protocol_wire.h"

#include "aws/protocol/protocol_base64.h"
#include "aws/protocol/protocol_time.h"
#include "aws/protocol/words.h"
#include "base/banned.h"
#include "base/json_write.h"

#include <errno.h>
#include <math.h>

/* Writes the place as "Root.Member[3].Key", cut where it gets too long. */
static void add_place(struct buf *out, const struct wire_place *place)
{
	if (place->up != NULL)
		add_place(out, place->up);
	if (place->name == NULL)
		buf_add_format(out, "[%zu]", place->index);
	else if (place->up != NULL)
		buf_add_format(out, ".%s", place->name);
	else
		buf_add_string(out, place->name);
}

int wire_error(struct err *err, enum err_kind kind, const char *code,
	const struct wire_place *place, const char *format, ...)
{
	CLEANUP_BUF struct buf where;
	char message[512];
	va_list args;

	buf_init(&where, 4096);
	add_place(&where, place);
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	return err_set(err, kind, code, "%.200s: %s", where.data, message);
}

const char *wire_type_name(enum aws_type type)
{
	static const char *const names[] = {
		[AWS_STRING] = "a string",
		[AWS_BOOLEAN] = "a boolean",
		[AWS_INTEGER] = "an integer",
		[AWS_DOUBLE] = "a number, or \"NaN\", \"Infinity\" or \"-Infinity\"",
		[AWS_TIMESTAMP] = "a timestamp: seconds since 1970, or RFC 3339 text",
		[AWS_BLOB] = "base64 text",
		[AWS_LIST] = "a list",
		[AWS_MAP] = "a map",
		[AWS_STRUCTURE] = "a structure",
		[AWS_DOCUMENT] = "any JSON",
	};
	return names[type];
}

const char *wire_name(const struct aws_member *member)
{
	return member->wire != NULL ? member->wire : member->name;
}

/* --- numbers --- */

static bool is_special_double(const char *text, size_t length)
{
	return (length == 3 && memcmp(text, "NaN", 3) == 0) ||
		(length == 8 && memcmp(text, "Infinity", 8) == 0) ||
		(length == 9 && memcmp(text, "-Infinity", 9) == 0);
}

static int parse_integer(const char *text, size_t length, json_int_t *out)
{
	char copy[24], *end;

	if (length == 0 || length >= sizeof copy ||
		!((text[0] >= '0' && text[0] <= '9') || (text[0] == '-' && length > 1)))
		return -1;
	memcpy(copy, text, length);
	copy[length] = '\0';
	errno = 0;
	*out = strtoll(copy, &end, 10);
	return errno == 0 && *end == '\0' ? 0 : -1;
}

static int parse_double(const char *text, size_t length, double *out)
{
	char copy[64], *end;

	/* Digits, signs, point and exponent only: strtod would take "inf" and hexadecimals too. */
	if (length == 0 || length >= sizeof copy || strspn(text, "0123456789+-.eE") < length)
		return -1;
	memcpy(copy, text, length);
	copy[length] = '\0';
	*out = strtod(copy, &end);
	return *end == '\0' && isfinite(*out) ? 0 : -1;
}

/* --- a parameter as text --- */

static int wrong_type(const struct aws_shape *shape, const struct wire_place *place,
	struct err *err)
{
	return wire_error(err, ERR_UNDECLARED, "WrongParameterType", place, "must be %s",
		wire_type_name(shape->type));
}

static int timestamp_of_json(const json_t *value, int64_t *ms)
{
	if (json_is_number(value))
		return wire_timestamp_of_seconds(json_number_value(value), ms);
	if (json_is_string(value))
		return wire_parse_timestamp(json_string_value(value), json_string_length(value), ms);
	return -1;
}

static int scalar_formatted(const struct aws_member *member, const json_t *value,
	enum aws_timestamp_format otherwise, const struct wire_place *place, struct buf *scratch,
	struct err *err)
{
	int64_t ms;

	switch (member->shape->type) {
	case AWS_BOOLEAN:
		if (!json_is_boolean(value))
			return wrong_type(member->shape, place, err);
		buf_add_string(scratch, json_is_true(value) ? "true" : "false");
		return 0;
	case AWS_INTEGER:
		if (!json_is_integer(value))
			return wrong_type(member->shape, place, err);
		buf_add_format(scratch, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return 0;
	case AWS_DOUBLE:
		if (!json_is_number(value))
			return wrong_type(member->shape, place, err);
		json_add_canonical(scratch, value);
		return 0;
	case AWS_TIMESTAMP:
		if (timestamp_of_json(value, &ms) < 0)
			return wrong_type(member->shape, place, err);
		wire_add_timestamp(scratch, ms, wire_timestamp_format(member, otherwise));
		return 0;
	default:
		return wire_error(err, ERR_UNDECLARED, "WrongParameterType", place,
			"%s can't be written here", wire_type_name(member->shape->type));
	}
}

int wire_scalar_text(const struct aws_member *member, const json_t *value,
	enum aws_timestamp_format otherwise, const struct wire_place *place, struct buf *scratch,
	const char **text, size_t *length, struct err *err)
{
	enum aws_type type = member->shape->type;
	bool is_text = json_is_string(value);

	if (type == AWS_STRING || type == AWS_BLOB || (type == AWS_DOUBLE && is_text)) {
		*text = json_string_value(value);
		*length = json_string_length(value);
		if (!is_text || (type == AWS_DOUBLE && !is_special_double(*text, *length)) ||
			(type == AWS_BLOB && !member->shape->streaming &&
				wire_check_base64(*text, *length) < 0))
			return wrong_type(member->shape, place, err);
		return 0;
	}
	buf_reset(scratch);
	if (scalar_formatted(member, value, otherwise, place, scratch, err) < 0)
		return -1;
	*text = scratch->data;
	*length = scratch->length;
	return 0;
}

/* --- text as a value --- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool equals_word(const char *text, size_t length, const char *word)
{
	return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

static int bad_value(const struct aws_shape *shape, const char *code,
	const struct wire_place *place, struct err *err)
{
	return wire_error(err, ERR_PROTOCOL, code, place, "the answer should have %s here",
		wire_type_name(shape->type));
}

static int blob_value(const struct aws_shape *shape, const char *text, size_t length,
	const struct wire_place *place, json_t **out, struct err *err)
{
	CLEANUP_BUF struct buf compact;

	buf_init(&compact, length + 1);
	if (wire_check_base64(text, length) < 0)
		return bad_value(shape, "BadBlob", place, err);
	bool spaced = false;
	for (size_t i = 0; i < length && !spaced; i++)
		spaced = is_space(text[i]);
	if (!spaced) {
		*out = json_stringn_nocheck(text, length);
		return 0;
	}
	for (size_t i = 0; i < length; i++)
		if (!is_space(text[i]))
			buf_add_char(&compact, text[i]);
	*out = json_stringn_nocheck(compact.data, compact.length);
	return 0;
}

static int number_value(const struct aws_shape *shape, const char *text, size_t length,
	const struct wire_place *place, json_t **out, struct err *err)
{
	json_int_t integer;
	double number;

	if (shape->type == AWS_INTEGER) {
		if (parse_integer(text, length, &integer) < 0)
			return bad_value(shape, "BadNumber", place, err);
		*out = json_integer(integer);
	} else if (is_special_double(text, length)) {
		*out = json_stringn_nocheck(text, length);
	} else {
		if (parse_double(text, length, &number) < 0)
			return bad_value(shape, "BadNumber", place, err);
		*out = json_real(number);
	}
	return 0;
}

int wire_scalar_value(const struct aws_shape *shape, const char *text, size_t length,
	const struct wire_place *place, json_t **out, struct err *err)
{
	int64_t ms;

	*out = NULL;
	if (shape->type == AWS_STRING) {
		*out = shape->is_word ? aws_word_string(text, length) : json_stringn_nocheck(text, length);
		return 0;
	}
	if (shape->type == AWS_BLOB)
		return blob_value(shape, text, length, place, out, err);
	while (length > 0 && is_space(text[0])) {
		text++;
		length--;
	}
	while (length > 0 && is_space(text[length - 1]))
		length--;
	if (length == 0)
		return 0;
	switch (shape->type) {
	case AWS_BOOLEAN:
		if (!equals_word(text, length, "true") && !equals_word(text, length, "false"))
			return bad_value(shape, "BadBoolean", place, err);
		*out = json_boolean(equals_word(text, length, "true"));
		return 0;
	case AWS_INTEGER:
	case AWS_DOUBLE:
		return number_value(shape, text, length, place, out, err);
	case AWS_TIMESTAMP:
		if (wire_parse_timestamp(text, length, &ms) == 0)
			*out = wire_timestamp_value(ms);
		return *out != NULL ? 0 : bad_value(shape, "BadTimestamp", place, err);
	default:
		return bad_value(shape, "BadShape", place, err);
	}
}
