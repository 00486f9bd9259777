/* JSON answers, read straight into the value that the shape describes. */
#ifndef REEVE_AWS_PROTOCOL_PARSE_JSON_H
#define REEVE_AWS_PROTOCOL_PARSE_JSON_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

struct aws_member;
struct parse;

/* Reads a JSON body as the member's shape says: the names of the model instead of the wire's,
 * timestamps as text, no nulls, nothing that the shape does not list. A new reference in *out. */
int parse_json(const struct parse *parse, const struct aws_member *member, json_t **out,
	struct err *err) MUST_CHECK;

#endif
