/* Output members that are in headers or are the status. */
#ifndef REEVE_AWS_PROTOCOL_PARSE_HEADERS_H
#define REEVE_AWS_PROTOCOL_PARSE_HEADERS_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

struct parse;

/* Reads the output's members that are in headers or the status into *output. */
int parse_headers(const struct parse *parse, json_t *output, struct err *err) MUST_CHECK;

#endif
