/* The answer that the parsers share, private to them. */
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

/* Keeps the printable part of an id; an empty or absent one changes nothing. */
void parse_take_request_id(struct parse *parse, const char *id);

#endif
