/* Timestamps in the formats of AWS's protocols. */
#ifndef REEVE_AWS_PROTOCOL_PROTOCOL_TIME_H
#define REEVE_AWS_PROTOCOL_PROTOCOL_TIME_H

#include "aws/operations/shape.h"
#include "base/compiler.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Returns the format of the member, else of its shape, else the protocol's default (`otherwise`).
 */
enum aws_timestamp_format wire_timestamp_format(const struct aws_member *member,
	enum aws_timestamp_format otherwise);
void wire_add_timestamp(struct buf *out, int64_t ms, enum aws_timestamp_format format);
/* Accepts any of the three formats: services don't keep strictly to the one of the model. */
int wire_parse_timestamp(const char *text, size_t length, int64_t *ms) MUST_CHECK;
int wire_timestamp_of_seconds(double seconds, int64_t *ms) MUST_CHECK;
/* Returns the time as RFC 3339 text in a json_t, or NULL when it is out of range (years 1 to 9999).
 */
json_t *wire_timestamp_value(int64_t ms);

#endif
