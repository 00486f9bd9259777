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

/* A place in the parameters or in the answer, for messages: "GetDetector.Features[2].Name". Lives
 * on the stack. */
struct wire_place {
	const struct wire_place *up;
	const char *name; /* NULL: the element `index` of a list */
	size_t index;
	unsigned depth;
};

/* The place of a member, entry or element of `up`; a place that is too deep is an error when it is
 * checked. */
#define WIRE_AT(up_place, member_name) \
	((struct wire_place){ .up = (up_place), .name = (member_name), .depth = (up_place)->depth + 1 })
#define WIRE_AT_INDEX(up_place, element_index) \
	((struct wire_place){ \
		.up = (up_place), .index = (element_index), .depth = (up_place)->depth + 1 })

/* Fills *err with "PLACE: message". Returns -1. */
int wire_error(struct err *err, enum err_kind kind, const char *code,
	const struct wire_place *place, const char *format, ...) PRINTF_LIKE(5, 6);

const char *wire_type_name(enum aws_type type);
/* Returns the member's name on the wire. */
const char *wire_name(const struct aws_member *member);

/* --- scalars --- */

/* Gives a scalar of the parameters as plain text, not yet escaped: borrowed from the value or from
 * *scratch, which is emptied first. A blob stays base64. */
int wire_scalar_text(const struct aws_member *member, const json_t *value,
	enum aws_timestamp_format otherwise, const struct wire_place *place, struct buf *scratch,
	const char **text, size_t *length, struct err *err) MUST_CHECK;

/* Does the reverse: gives a scalar of an answer as a new reference in *out, or NULL there where the
 * text of a number, boolean or timestamp is empty, which some services write for "not set". The
 * text is valid UTF-8. */
int wire_scalar_value(const struct aws_shape *shape, const char *text, size_t length,
	const struct wire_place *place, json_t **out, struct err *err) MUST_CHECK;

#endif
