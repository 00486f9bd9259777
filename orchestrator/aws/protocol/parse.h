/*
 * Private to the parsers, and shared by their files.
 */
#ifndef REEVE_AWS_PROTOCOL_PARSE_H
#define REEVE_AWS_PROTOCOL_PARSE_H

#include "aws/protocol/protocol.h"
#include "aws/protocol/protocol_wire.h"
#include "base/json.h"

#define PARSE_REQUEST_ID_SIZE 72

/* An answer while it is parsed. */
struct parse {
	const struct aws_operation *operation;
	const struct aws_answer *answer;
	const struct wire_place *place; /* the operation */
	char *request_id;               /* PARSE_REQUEST_ID_SIZE */
};

#endif
