/*
 * Private to the protocols: converts scalars to text and back, and words the errors of a value.
 * Everything here is pure.
 */
#ifndef REEVE_AWS_PROTOCOL_PROTOCOL_WIRE_H
#define REEVE_AWS_PROTOCOL_PROTOCOL_WIRE_H

#include "aws/operations/shape.h"
#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_MAX_DEPTH 64

/* Where in the parameters or in the answer, for messages: "GetDetector.Features[2].Name". Lives on
 * the stack. */
struct wire_place {
	const struct wire_place *up;
	const char *name; /* NULL: the element `index` of a list */
	size_t index;
	unsigned depth;
};

/* The place of a member, entry or element of `up`; an error when that is too deep. */
#define WIRE_AT(up_place, member_name) \
	((struct wire_place){ .up = (up_place), .name = (member_name), .depth = (up_place)->depth + 1 })
#define WIRE_AT_INDEX(up_place, element_index) \
	((struct wire_place){ \
		.up = (up_place), .index = (element_index), .depth = (up_place)->depth + 1 })

/* Fills *err with "PLACE: message". Returns -1. */
int wire_error(struct err *err, enum err_kind kind, const char *code,
	const struct wire_place *place, const char *format, ...) PRINTF_LIKE(5, 6);

const char *wire_type_name(enum aws_type type);
/* The member's name on the wire. */
const char *wire_name(const struct aws_member *member);

/* --- scalars --- */

/* Returns the format of the member, else of its shape, else the protocol's default (`otherwise`).
 */
enum aws_timestamp_format wire_timestamp_format(const struct aws_member *member,
	enum aws_timestamp_format otherwise);
void wire_add_timestamp(struct buf *out, int64_t ms, enum aws_timestamp_format format);
/* Accepts any of the three formats: services don't keep strictly to the one of the model. */
int wire_parse_timestamp(const char *text, size_t length, int64_t *ms) MUST_CHECK;
int wire_timestamp_of_seconds(double seconds, int64_t *ms) MUST_CHECK;

/* A scalar of the parameters as plain text, not yet escaped: borrowed from the value or from
 * *scratch, which is emptied first. A blob stays base64. */
int wire_scalar_text(const struct aws_member *member, const json_t *value,
	enum aws_timestamp_format otherwise, const struct wire_place *place, struct buf *scratch,
	const char **text, size_t *length, struct err *err) MUST_CHECK;

/* The reverse: a scalar of an answer; a new reference in *out, or NULL there where the text of a
 * number, boolean or timestamp is empty, which some services write for "not set". The text is valid
 * UTF-8. */
int wire_scalar_value(const struct aws_shape *shape, const char *text, size_t length,
	const struct wire_place *place, json_t **out, struct err *err) MUST_CHECK;
/* RFC 3339 text as a json_t, or NULL when the time is out of range (years 1 to 9999). */
json_t *wire_timestamp_value(int64_t ms);

/* --- base64 --- */

void wire_add_base64(struct buf *out, const void *data, size_t length);
/* -1 when the text isn't base64; white space in it is passed over. */
int wire_decode_base64(const char *text, size_t length, struct buf *out) MUST_CHECK;
int wire_check_base64(const char *text, size_t length) MUST_CHECK;

#endif
