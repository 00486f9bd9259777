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

/* One event, or one finding of it. Everything is borrowed. */
struct decoding {
	const json_t *event;     /* in EventBridge's form */
	const char *detail_type; /* names the event in errors: a detail-type that the table of decoders
								has, or "" */
	const json_t *finding;   /* the object that a decoder reads: the event's detail, or one of
								detail.findings */
};

/* Fills *signal, whose event and event_id are set already where the envelope has one; signal_init
 * has set the rest. -1: MissingField, WrongType, TooLong. */
typedef int decode_function(const struct decoding *in, struct signal *signal, struct err *err);

decode_function decode_guardduty, decode_asff, decode_insight, decode_ocsf,
	decode_config_compliance, decode_config_item, decode_access_analyzer, decode_cloudtrail,
	decode_inspector, decode_macie, decode_health;
/* Decodes an event that is well-formed and of no known kind. The signal is named after the
 * detail-type, and its account and region are those of the envelope. */
decode_function decode_other;

/* Fills account_change from a CloudTrail record that decode_cloudtrail has read. Does nothing where
 * the record is not about an account's creation, move or end. */
void decode_organization(const struct decoding *in, struct signal *signal);

/* signal.c: sets every field to unset. */
void signal_init(struct signal *signal);

/*
 * Fields. A path names members, and indexes of arrays: "service.archived", "Resources.0.Region".
 * Alternatives are separated by '|': the first that exists and is not null counts. A path that
 * goes through a value which is no object and no array finds nothing.
 */
/* Borrowed; NULL when absent or null. */
const json_t *field_at(const json_t *from, const char *path);
/* The string at the path when it is usable as a C string of at most SIGNAL_MAX_TEXT_BYTES and not
 * empty; else NULL. Borrowed. */
const char *field_text(const json_t *from, const char *path);
bool field_is(const json_t *from, const char *path, const char *text);

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
/* Sets each field that the signal doesn't have yet from in->finding. */
int fields_take(const struct decoding *in, const struct field_rule *rules, size_t count,
	struct signal *signal, struct err *err) MUST_CHECK;
/* Refuses the event when the value at the path exists and has another type than the given one. */
int field_expect(const struct decoding *in, const char *path, json_type type, struct err *err)
	MUST_CHECK;
/* The number at the path; `otherwise` when it is absent. */
int field_number(const struct decoding *in, const char *path, double otherwise, double *out,
	struct err *err) MUST_CHECK;

/* Turns "INFORMATIONAL", "Low", ... into 0 to 4; -1 for any other text and for NULL. */
int severity_of_word(const char *word);
bool is_account(const char *text); /* 12 digits */
/* Copies the account, or the region, of an ARN; NULL where the ARN has none, or the text is no ARN.
 */
char *arn_account(const char *arn);
char *arn_region(const char *arn);

/* An identity: KIND and the values at the paths (separated by blanks, each with its alternatives),
 * or a hash of them where they are long or have unusual characters. Equal values give equal
 * identities, and different values different ones. */
char *identity_of(const json_t *from, const char *kind, const char *paths);
/* The same for the whole value, for events that have no id. */
char *identity_of_whole(const char *kind, const json_t *value);

/* The decoder for an event, and whether it is called once for each of detail.findings; never NULL.
 */
struct decoder {
	const char *source; /* NULL: any source of AWS */
	const char *detail_type;
	decode_function *decode;
	bool findings;
};
const struct decoder *decoder_for(const char *source, const char *detail_type);

#endif
