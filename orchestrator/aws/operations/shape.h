/*
 * Shapes describe an operation's input and output, as const tables that follow the service model. A
 * json_t that goes into or comes out of a call has the member names and nesting of the model; the
 * tables say how each protocol writes that down.
 *
 * Only the parts of a model that we use are listed. Members that are not listed are passed over in
 * an answer, which costs less than reading them: don't list members that nobody uses.
 *
 * In a json_t a timestamp is a number of seconds since 1970 or RFC 3339 text on the way in, and RFC
 * 3339 text on the way out (as AWS's own tools print it); a blob is base64 text; a double that is
 * no number is "NaN", "Infinity" or "-Infinity".
 */
#ifndef REEVE_AWS_OPERATIONS_SHAPE_H
#define REEVE_AWS_OPERATIONS_SHAPE_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>

enum aws_type {
	AWS_STRING,
	AWS_BOOLEAN,
	AWS_INTEGER, /* also long */
	AWS_DOUBLE,  /* also float */
	AWS_TIMESTAMP,
	AWS_BLOB,
	AWS_LIST,
	AWS_MAP,
	AWS_STRUCTURE,
	AWS_DOCUMENT, /* any JSON */
};

enum aws_location {
	AWS_IN_BODY,
	AWS_IN_URI, /* {Label} in the path */
	AWS_IN_QUERY,
	AWS_IN_HEADER,
	AWS_IN_HEADERS, /* a map spread over headers that share a prefix */
	AWS_IN_STATUS,  /* the HTTP status code */
};

enum aws_timestamp_format {
	AWS_TIMESTAMP_DEFAULT, /* as the protocol and location say */
	AWS_TIMESTAMP_ISO8601,
	AWS_TIMESTAMP_EPOCH,
	AWS_TIMESTAMP_RFC822,
};

enum aws_member_flags {
	AWS_REQUIRED = 1,
	AWS_IDEMPOTENCY_TOKEN = 2, /* filled with a random UUID when absent */
	AWS_XML_ATTRIBUTE = 4,
	AWS_FLATTENED = 8, /* the list or map has no element of its own */
	AWS_HOST_LABEL = 16,
	AWS_JSON_VALUE = 32, /* a string that is JSON text; base64 in a header */
};

struct aws_shape;

struct aws_member {
	const char *name; /* key in the json_t */
	const struct aws_shape *shape;
	const char *wire;       /* name on the wire; NULL: the name */
	const char *query_name; /* ec2 only: queryName; NULL: from wire or name, with a capital */
	enum aws_location location;
	unsigned flags;
	enum aws_timestamp_format timestamp_format;
	const char *xml_namespace; /* NULL: none */
	const char *xml_prefix;
};

struct aws_shape {
	enum aws_type type;
	const struct aws_member *members; /* structure */
	size_t member_count;
	const char *payload; /* structure: name of the member that is the whole HTTP body */
	bool is_union;
	struct aws_member element; /* list: shape, wire ("member" when NULL), xml_namespace; map: the
								  value ("value") */
	struct aws_member key;     /* map: the key ("key") */
	unsigned flags;            /* AWS_FLATTENED where the list or map shape itself is flattened */
	enum aws_timestamp_format timestamp_format;
	/* Structure as XML root: its element name. String that is an output's payload: the body is this
	 * element and the value its text (S3's GetBucketLocation); NULL: the value is the body as it
	 * stands. */
	const char *wire;
	const char *xml_namespace, *xml_prefix;
	bool is_word;   /* a string of an enumeration that is shared among answers (words.h) */
	bool streaming; /* a blob payload whose text in the json_t is the body itself, not base64 */
	const char *media_type_default; /* Content-Type of a payload when none is given; NULL: by type
									 */
};

/* The scalars without any trait, shared by all tables. */
extern const struct aws_shape aws_string, aws_boolean, aws_integer, aws_double, aws_timestamp,
	aws_blob, aws_document;
extern const struct aws_shape aws_word;        /* a string of an enumeration, shared among answers
												  (words.h) */
extern const struct aws_shape aws_string_list; /* elements "member" */

/* Tables read well with these:
 *   static const struct aws_member list_detectors_out[] = {
 *   	AWS_MEMBER("DetectorIds", &aws_string_list, .wire = "detectorIds"),
 *   };
 *   static const struct aws_shape list_detectors_output = AWS_STRUCTURE_OF(list_detectors_out);
 * AWS_REQUIRED is marked on inputs only: an answer is taken as it comes.
 */
#define AWS_MEMBER(member_name, member_shape, ...) \
	{ .name = (member_name), .shape = (member_shape), ##__VA_ARGS__ }
#define AWS_STRUCTURE_OF(table, ...) \
	{ .type = AWS_STRUCTURE, \
		.members = (table), \
		.member_count = ARRAY_LENGTH(table), \
		##__VA_ARGS__ }
#define AWS_LIST_OF(element_shape, ...) \
	{ \
		.type = AWS_LIST, .element = {.shape = (element_shape), ##__VA_ARGS__ } \
	}
#define AWS_MAP_OF(value_shape, ...) \
	{ \
		.type = AWS_MAP, .element = { .shape = (value_shape), ##__VA_ARGS__ }, .key = { \
			.shape = &aws_string \
		} \
	}

#endif
