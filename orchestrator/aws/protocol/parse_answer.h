/* Parses an answer. */
#ifndef REEVE_AWS_PROTOCOL_PARSE_ANSWER_H
#define REEVE_AWS_PROTOCOL_PARSE_ANSWER_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

struct aws_answer;
struct aws_operation;

/* Parses a 2xx into a new json_t object, anything else into ERR_AWS with code, message, request id
 * and status. A body that is no answer from AWS (an HTML page, truncated XML, a DOCTYPE, a wrong
 * root) is ERR_PROTOCOL, with the HTTP status and request id all the same. A 200 that carries an
 * error document (S3) is ERR_AWS. An error without a body (S3's HEAD) has the status's name as its
 * code: "NotFound", "Forbidden". `request_id` gets the answer's request id or "". Only the loop's
 * thread may parse. */
int aws_parse(const struct aws_operation *operation, const struct aws_answer *answer, json_t **out,
	char request_id[72], struct err *err) MUST_CHECK;

#endif
