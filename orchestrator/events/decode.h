/*
 * Private to the decoders: how one event becomes a signal. envelope.c finds out what a body is
 * and brings each event into EventBridge's form. A decoder, which is one file for one service,
 * fills the signal from it.
 *
 * A decoder fills what it finds. Some fields say what the event is. They are strict: when one is
 * missing or has a wrong type, the event is refused. Other fields can be chosen at will by
 * somebody (names, descriptions, request parameters). They are loose: an unusable value counts as
 * absent, so that nobody can hide an event behind a strange name.
 */
#ifndef REEVE_EVENTS_DECODE_H
#define REEVE_EVENTS_DECODE_H

#include "events/signal.h"

#define SIGNAL_MAX_TEXT_BYTES 2048 /* bytes of an id, name or ARN: AWS allows no longer ARN */
#define SIGNAL_MAX_TITLE_BYTES 512
#define SIGNAL_MAX_TIME_BYTES 64 /* bytes of a time as text */

/* One event, or one finding of it. All members are borrowed. */
struct decoding {
	const json_t *event;     /* in EventBridge's form */
	const char *detail_type; /* names the event in errors: a detail-type that the table of decoders
								has, or "" */
	const json_t *finding;   /* the object that a decoder reads: the event's detail, or one of
								detail.findings */
};

/* Fills *signal, whose event and event_id are set already where the envelope has one; signal_init
 * has set the rest. Returns -1 with the code MissingField, WrongType or TooLong in *err. */
typedef int decode_function(const struct decoding *in, struct signal *signal, struct err *err);

decode_function decode_guardduty, decode_asff, decode_insight, decode_ocsf,
	decode_config_compliance, decode_config_item, decode_access_analyzer, decode_cloudtrail,
	decode_inspector, decode_macie, decode_health;
/* Decodes an event that is well-formed and of no known kind. The signal is named after the
 * detail-type, and its account and region are those of the envelope. */
decode_function decode_other;

enum field_kind {
	FIELD_NEEDED,  /* char *: a string, which is required */
	FIELD_STRICT,  /* char *: a string, which is optional */
	FIELD_LOOSE,   /* char *: an optional string; an unusable value counts as absent */
	FIELD_TITLE,   /* char *: loose; made one line and shortened */
	FIELD_ACCOUNT, /* char *: strict; NULL unless it has 12 digits */
	FIELD_REGION,  /* char *: strict; NULL where it does not look like a region ("global") */
	FIELD_TIME,    /* int64_t, ms: a time as text, or in milliseconds; 0 when it is neither */
};
struct field_rule {
	const char *path;
	enum field_kind kind;
	size_t offset; /* in struct signal */
};
#define FIELD(path, kind, member) { (path), (kind), offsetof(struct signal, member) }

/* The decoder for an event, and whether it is called once for each of detail.findings; never NULL.
 */
struct decoder {
	const char *source; /* NULL: any source of AWS */
	const char *detail_type;
	decode_function *decode;
	bool findings;
};

#endif
