/* The headers that carry parameters of rest-json and rest-xml. */
#ifndef REEVE_AWS_PROTOCOL_SERIALIZE_REST_HEADERS_H
#define REEVE_AWS_PROTOCOL_SERIALIZE_REST_HEADERS_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

struct aws_member;
struct rest;
struct wire_place;

int rest_add_header(struct rest *rest, const char *name, const struct aws_member *member,
	const json_t *value, const struct wire_place *place, struct err *err) MUST_CHECK;
/* Adds a header for each entry of a map. The member's wire name is the prefix of their names. */
int rest_add_prefix_headers(struct rest *rest, const struct aws_member *member, const json_t *value,
	const struct wire_place *place, struct err *err) MUST_CHECK;
/* Adds a Content-Type unless a parameter has set one. */
int rest_add_content_type(struct rest *rest, const char *content_type, struct err *err) MUST_CHECK;

#endif
