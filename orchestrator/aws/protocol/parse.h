/*
 * Private to the parsers: what their files share.
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

/* Keeps the printable part of an id; an empty or absent one changes nothing. */
void parse_take_request_id(struct parse *parse, const char *id);

/* Reads a JSON body as the member's shape says: the names of the model instead of the wire's,
 * timestamps as text, no nulls, nothing that the shape does not list. A new reference in *out. */
int parse_json(const struct parse *parse, const struct aws_member *member, json_t **out,
	struct err *err) MUST_CHECK;

/* Reads the output's members that are in headers or the status into *output. */
int parse_headers(const struct parse *parse, json_t *output, struct err *err) MUST_CHECK;

/* Fills *err with what AWS says; returns -1. */
int parse_error(struct parse *parse, struct err *err) MUST_CHECK;
/* The same, of an error document that came with a 2xx; takes the reference. */
int parse_error_document(struct parse *parse, json_t *error, struct err *err) MUST_CHECK;

#endif
