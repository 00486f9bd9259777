/* The error documents of the protocols that answer in XML. */
#ifndef REEVE_AWS_PROTOCOL_XML_ERROR_H
#define REEVE_AWS_PROTOCOL_XML_ERROR_H

#include "aws/operations/shape.h"

#include <jansson.h>
#include <stdbool.h>

/* Returns the shape of an error document by its root element, or NULL when it is none. Puts the
 * code into *error where the root element itself names it. */
const struct aws_shape *xml_error_document(const char *root, bool is_error, json_t *error);

#endif
