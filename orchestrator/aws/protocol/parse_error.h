/* Reads the errors that AWS answers with, in each protocol's form. */
#ifndef REEVE_AWS_PROTOCOL_PARSE_ERROR_H
#define REEVE_AWS_PROTOCOL_PARSE_ERROR_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

struct parse;

/* Fills *err from the error that AWS returned; returns -1. */
int parse_error(struct parse *parse, struct err *err) MUST_CHECK;
/* The same for an error document that came with a 2xx status; takes the reference. */
int parse_error_document(struct parse *parse, json_t *error, struct err *err) MUST_CHECK;

#endif
