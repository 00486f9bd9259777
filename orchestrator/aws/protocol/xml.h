/*
 * Private to the protocols: an XML answer, streamed into the json_t that a shape describes.
 * Nothing is read that could do harm: no DOCTYPE, no entity, bounded depth and number of
 * elements, UTF-8 only. Elements that the shape does not list are passed over; namespace
 * prefixes are not looked at.
 */
#ifndef REEVE_AWS_PROTOCOL_XML_H
#define REEVE_AWS_PROTOCOL_XML_H

#include "aws/operations/shape.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define XML_MAX_DEPTH 64
#define XML_MAX_ELEMENTS 1000000

/* The document that is expected. */
struct xml_expect {
	const char *operation; /* for messages */
	const char *root;      /* name of the root element; NULL: any */
	const char *wrapper;   /* the root's child that is the value (query); NULL: the root is */
	const struct aws_member *value; /* the value that is read; NULL: only the request id and an
									   error are */
	bool is_error;                  /* only an error is expected */
};

/* The document that was read. Only one of value and error is set, and both are owned by the caller;
 * value is NULL too when nothing was to be read. */
struct xml_result {
	json_t *value;
	json_t *error;       /* {"Code": ..., "Message": ...} */
	char request_id[72]; /* from the body, or "" */
};

/* Failures are ERR_PROTOCOL ("NotAnAwsAnswer", "TruncatedXml", "InvalidXml", "XmlEntities",
 * "WrongRoot", "NoResult", "Bad..." for a value) and ERR_LIMIT ("XmlTooDeep", "XmlTooLarge").
 * request_id may be set all the same. Only the loop's thread may call it: the parser is kept
 * between calls. */
int xml_read(const char *body, size_t length, const struct xml_expect *expect,
	struct xml_result *result, struct err *err) MUST_CHECK;

#endif
