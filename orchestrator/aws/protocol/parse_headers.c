/* Output members that are in headers or are the status. */
#include "aws/protocol/parse_headers.h"

#include "aws/protocol/parse.h"
#include "aws/protocol/protocol_base64.h"
#include "aws/protocol/protocol_time.h"

#include "base/banned.h"

#include <strings.h>

#define MAX_HEADERS 1024 /* of an answer, looked through for a prefix */

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_rfc822_list(const struct aws_shape *list)
{
	enum aws_timestamp_format format = wire_timestamp_format(&list->element, AWS_TIMESTAMP_RFC822);

	return list->element.shape->type == AWS_TIMESTAMP && format == AWS_TIMESTAMP_RFC822;
}

/* Reads one element of a header's list into *out, and moves *cursor behind it. A quoted string is
 * unquoted, and the comma within "Mon, 16 Dec 2019 23:48:18 GMT" doesn't end it. */
static void next_element(const char **cursor, bool rfc822, struct buf *out)
{
	const char *c = *cursor;
	int commas = rfc822 ? 1 : 0;

	buf_reset(out);
	while (is_space(*c))
		c++;
	if (*c == '"') {
		for (c++; *c != '\0' && *c != '"'; c++) {
			if (*c == '\\' && c[1] != '\0')
				c++;
			buf_add_char(out, *c);
		}
		c += strcspn(c, ",");
	} else {
		for (; *c != '\0' && (*c != ',' || commas > 0); c++) {
			commas -= *c == ',';
			buf_add_char(out, *c);
		}
		while (out->length > 0 && is_space(out->data[out->length - 1]))
			out->data[--out->length] = '\0';
	}
	*cursor = *c == ',' ? c + 1 : c;
}

static int bad_text(const struct wire_place *place, struct err *err)
{
	return wire_error(err, ERR_PROTOCOL, "InvalidUtf8", place,
		"the header's text is not valid UTF-8");
}

static int scalar(const struct aws_member *member, const char *text, size_t length,
	const struct wire_place *place, json_t **out, struct err *err)
{
	CLEANUP_BUF struct buf decoded;

	buf_init(&decoded, length + 1);
	if (member->flags & AWS_JSON_VALUE) {
		if (wire_decode_base64(text, length, &decoded) < 0)
			return wire_error(err, ERR_PROTOCOL, "BadBlob", place, "the header is not base64");
		text = decoded.data;
		length = decoded.length;
	}
	/* Checks the encoding, which wire_scalar_value takes for granted. */
	json_t *checked = json_stringn(text, length);
	if (checked == NULL)
		return bad_text(place, err);
	if (member->shape->type == AWS_STRING) {
		*out = checked;
		return 0;
	}
	json_decref(checked);
	return wire_scalar_value(member->shape, text, length, place, out, err);
}

static int header_list(const struct aws_member *member, const char *text,
	const struct wire_place *place, json_t **out, struct err *err)
{
	bool rfc822 = is_rfc822_list(member->shape);
	json_t *array = json_array();
	CLEANUP_BUF struct buf element;

	buf_init(&element, strlen(text) + 1);
	while (*text != '\0') {
		json_t *value = NULL;

		next_element(&text, rfc822, &element);
		if (scalar(&member->shape->element, element.data, element.length, place, &value, err) < 0) {
			json_decref(array);
			return -1;
		}
		if (value != NULL)
			json_array_append_new(array, value);
	}
	*out = array;
	return 0;
}

static int prefix_headers(const struct parse *parse, const struct aws_member *member,
	const struct wire_place *place, json_t **out, struct err *err)
{
	const char *prefix = member->wire != NULL ? member->wire : "", *name, *text;
	json_t *map = json_object();

	for (size_t i = 0;
		i < MAX_HEADERS && parse->answer->header_at(parse->answer->context, i, &name, &text); i++) {
		json_t *value = NULL;

		if (strncasecmp(name, prefix, strlen(prefix)) != 0)
			continue;
		if (scalar(&member->shape->element, text, strlen(text), place, &value, err) < 0) {
			json_decref(map);
			return -1;
		}
		if (value != NULL && json_object_set_new(map, name + strlen(prefix), value) < 0) {
			json_decref(map);
			return bad_text(place, err);
		}
	}
	*out = map;
	return 0;
}

static int located(const struct parse *parse, const struct aws_member *member,
	const struct wire_place *place, json_t **out, struct err *err)
{
	const struct aws_answer *answer = parse->answer;
	char lower[128];
	const char *text;

	if (member->location == AWS_IN_STATUS) {
		*out = json_integer(answer->status);
		return 0;
	}
	if (member->location == AWS_IN_HEADERS)
		return prefix_headers(parse, member, place, out, err);
	snprintf(lower, sizeof lower, "%s", wire_name(member));
	for (char *c = lower; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	text = answer->header(answer->context, lower);
	if (text == NULL)
		return 0;
	if (member->shape->type == AWS_LIST)
		return header_list(member, text, place, out, err);
	return scalar(member, text, strlen(text), place, out, err);
}

int parse_headers(const struct parse *parse, json_t *output, struct err *err)
{
	const struct aws_shape *shape = parse->operation->output;

	for (size_t i = 0; i < shape->member_count; i++) {
		const struct aws_member *member = &shape->members[i];
		struct wire_place at = WIRE_AT(parse->place, member->name);
		json_t *value = NULL;

		if (member->location != AWS_IN_HEADER && member->location != AWS_IN_HEADERS &&
			member->location != AWS_IN_STATUS)
			continue;
		if (located(parse, member, &at, &value, err) < 0)
			return -1;
		if (value != NULL)
			json_object_set_new_nocheck(output, member->name, value);
	}
	return 0;
}
