/* XML bodies of rest-xml. */
#ifndef REEVE_AWS_PROTOCOL_SERIALIZE_XML_H
#define REEVE_AWS_PROTOCOL_SERIALIZE_XML_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

struct aws_member;
struct buf;
struct wire_place;

/* Writes a structure as an XML document with this root. The namespace is that of the member, the
 * shape or the service: the first of these that has one. */
int serialize_xml_document(const struct aws_member *member, const char *root,
	const char *xml_namespace, const json_t *value, const struct wire_place *place, struct buf *out,
	struct err *err) MUST_CHECK;

#endif
