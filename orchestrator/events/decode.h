/*
 * Private to the decoding half of this room: how one event becomes a signal. envelope.c finds out
 * what a body is and brings each event into EventBridge's form; a decoder, of one file and one
 * service, fills the signal from it.
 *
 * A decoder fills what it finds. Fields that say what the event is are strict: missing or of a
 * wrong type, the event is refused. Fields that somebody could choose at will (names, descriptions,
 * request parameters) are loose: what is unusable there counts as not told, so that nobody hides an
 * event by a strange name.
 */
#ifndef REEVE_EVENTS_DECODE_H
#define REEVE_EVENTS_DECODE_H

#include "events/signal.h"

#define SIGNAL_MAX_TEXT_BYTES \
	2048 /* of an id, name or ARN: what AWS allows for the longest, an ARN */
#define SIGNAL_MAX_TITLE_BYTES 512
#define SIGNAL_MAX_TIME_BYTES 64 /* of a time in words */

/* One event, or one finding of it. Everything is borrowed. */
struct decoding {
	const json_t *event;     /* in EventBridge's form */
	const char *detail_type; /* names the event in errors: one that the table of decoders has, or ""
							  */
	const json_t *finding; /* what a decoder reads: the event's detail, or one of detail.findings */
};

/* Fills *signal, whose event and event_id are set already where the envelope has one; the rest is
 * as signal_init left it. -1: MissingField, WrongType, TooLong. */
typedef int decode_function(const struct decoding *in, struct signal *signal, struct err *err);

decode_function decode_guardduty, decode_asff, decode_insight, decode_ocsf,
	decode_config_compliance, decode_config_item, decode_access_analyzer, decode_cloudtrail,
	decode_inspector, decode_macie, decode_health;
/* Well-formed and of no known kind: named after its detail-type, at the place that the envelope
 * tells. */
decode_function decode_other;

/* Makes an account's life of a CloudTrail record that decode_cloudtrail has read. Nothing where it
 * tells of none. */
void decode_organization(const struct decoding *in, struct signal *signal);

/* signal.c: sets every member to unset. */
void signal_init(struct signal *signal);

/*
 * Fields. A path names members and places in arrays: "service.archived", "Resources.0.Region".
 * Alternatives are separated by '|': the first that is there (and not null) counts. A path through
 * what is no object or array leads nowhere.
 */
const json_t *field_at(const json_t *from, const char *path); /* NULL: absent or null; borrowed */
/* The string there when it is usable as a C string of at most SIGNAL_MAX_TEXT_BYTES and not empty;
 * else NULL. Borrowed. */
const char *field_text(const json_t *from, const char *path);
bool field_is(const json_t *from, const char *path, const char *text);

enum field_kind {
	FIELD_NEEDED,  /* char *: a string that must be there */
	FIELD_STRICT,  /* char *: a string, where there is one */
	FIELD_LOOSE,   /* char *: the same, and whatever is unusable counts as not told */
	FIELD_TITLE,   /* char *: loose; made one line and shortened */
	FIELD_ACCOUNT, /* char *: strict; NULL where it has not 12 digits */
	FIELD_REGION,  /* char *: strict; NULL where it does not look like a region ("global") */
	FIELD_TIME,    /* int64_t, ms: a time in words, or in milliseconds; 0 where it is neither */
};
struct field_rule {
	const char *path;
	enum field_kind kind;
	size_t offset; /* in struct signal */
};
#define FIELD(path, kind, member) { (path), (kind), offsetof(struct signal, member) }
/* Takes each field that the signal doesn't have yet from in->finding. */
int fields_take(const struct decoding *in, const struct field_rule *rules, size_t count,
	struct signal *signal, struct err *err) MUST_CHECK;
/* Refuses what is there and is of another type than it must be. */
int field_expect(const struct decoding *in, const char *path, json_type type, struct err *err)
	MUST_CHECK;
/* A number; `otherwise` when absent. */
int field_number(const struct decoding *in, const char *path, double otherwise, double *out,
	struct err *err) MUST_CHECK;

/* "INFORMATIONAL", "Low", ... to 0-4; -1 for anything else, NULL too. */
int severity_of_word(const char *word);
bool is_account(const char *text); /* 12 digits */
/* Copies the account, or the region, of an ARN; NULL where it has none, or is no ARN. */
char *arn_account(const char *arn);
char *arn_region(const char *arn);

/* An identity: KIND and the values at the paths (separated by blanks, each with its alternatives),
 * or a hash of them where they are long or have unusual characters. The same values give the same
 * identity, others another. */
char *identity_of(const json_t *from, const char *kind, const char *paths);
/* The same of the whole value, for what has no id. */
char *identity_of_whole(const char *kind, const json_t *value);

/* The decoder for an event, and whether it takes each of detail.findings; never NULL. */
struct decoder {
	const char *source; /* NULL: any of AWS's */
	const char *detail_type;
	decode_function *decode;
	bool findings;
};
const struct decoder *decoder_for(const char *source, const char *detail_type);

#endif
