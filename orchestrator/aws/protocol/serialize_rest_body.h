/* The body of rest-json and rest-xml. */
#ifndef REEVE_AWS_PROTOCOL_SERIALIZE_REST_BODY_H
#define REEVE_AWS_PROTOCOL_SERIALIZE_REST_BODY_H

#include "base/compiler.h"
#include "base/err.h"

struct aws_member;
struct rest;

/* Writes the member that is the whole body; nothing when it has no value and may be absent. */
int rest_add_payload(struct rest *rest, const struct aws_member *member, struct err *err)
	MUST_CHECK;
/* Writes the members that go nowhere else. */
int rest_add_members(struct rest *rest, struct err *err) MUST_CHECK;

#endif
