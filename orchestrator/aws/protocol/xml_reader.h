/*
 * Private to xml*.c: the state of a document that is being read. xml.c drives expat and
 * knows about documents; xml_reader.c turns elements into values.
 */
#ifndef REEVE_AWS_PROTOCOL_XML_READER_H
#define REEVE_AWS_PROTOCOL_XML_READER_H

#include "aws/protocol/xml.h"
#include "base/buf.h"

enum xml_frame_kind {
	XML_ENVELOPE, /* root of a query answer, around the result */
	XML_STRUCTURE,
	XML_LIST,
	XML_MAP,
	XML_ENTRY, /* of a map: holds key and value until both are known */
	XML_KEY,   /* the key's text */
	XML_SCALAR,
};

struct xml_frame;

/* The place where a value goes when it is complete. */
struct xml_target {
	json_t *container; /* object (under `name`) or array; borrowed */
	const char *name;
	struct xml_frame *entry; /* instead: the value of this map entry */
};

struct xml_frame {
	enum xml_frame_kind kind;
	const struct aws_shape *shape;
	json_t *value;                   /* the container that is filled; borrowed from its parent */
	struct xml_target target;        /* scalar */
	const char *name;                /* scalar: for messages */
	size_t next_member;              /* structure: where the search for the next element starts */
	json_t *entry_key, *entry_value; /* owned */
};

struct xml_reader {
	const struct xml_expect *expect;
	struct xml_result *result;
	struct err *err;
	void (*stop)(void *parser); /* makes the parser stop calling back */
	void *parser;
	bool failed;
	struct xml_frame frames[XML_MAX_DEPTH + 1];
	size_t frame_count;
	size_t depth, skipped; /* open elements; how many of these are passed over */
	size_t elements;
	bool wrapper_seen;
	struct buf text;  /* of the open scalar */
	json_t *metadata; /* {"RequestId": ...} */
};

void xml_reader_start(struct xml_reader *reader, const char *name, const char **attributes);
void xml_reader_end(struct xml_reader *reader);
void xml_reader_text(struct xml_reader *reader, const char *text, size_t length);
/* Frees the keys and values of entries that were not closed. */
void xml_reader_release(struct xml_reader *reader);
/* Fails the document, unless it has failed already. Call it as the last thing in a callback. */
void xml_reader_fail(struct xml_reader *reader, enum err_kind kind, const char *code,
	const char *format, ...) PRINTF_LIKE(4, 5);

#endif
