/*
 * The rules of approvals, pure: a request, an event, and what the request is then, or why the event
 * is refused. No store, no clock, no configuration: the caller brings what they say.
 *
 *                approve (enough)
 *      waiting ------------------> approved -----> done      the change was made
 *         |  \                     /   |
 *    deny |   \ clock, void       /    | deny                 one denial denies, until the change
 * is made v    v                 v     v denied  expired, void  <--    denied
 *
 * - An approval counts when the request waits and has not expired, the person is one of the
 * approvers (both of those when it was asked for and of those now), is not the requester under four
 * eyes, and has not answered before.
 * - A denial counts from the same people, but also from the requester, who withdraws it so, and
 * from someone who approved before; and also when the request is approved already.
 * - The terms are those of the time of the request, or those of now where they are stricter; a
 * number of required approvals that has grown by the time of an approval stays.
 * - What is done was approved: a change that was under way when its request expired or was denied
 * is done all the same.
 */
#ifndef REEVE_APPROVALS_RULES_H
#define REEVE_APPROVALS_RULES_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define APPROVAL_ID_SIZE 16 /* "a-", 12 hexadecimal digits */
#define APPROVAL_NOTE_MAX_BYTES 1024
#define APPROVALS_REQUIRED_MAX 10

enum approval_state {
	APPROVAL_WAITING,
	APPROVAL_APPROVED,
	APPROVAL_DENIED,
	APPROVAL_EXPIRED,
	APPROVAL_VOID,
	APPROVAL_DONE
};
const char *approval_state_name(enum approval_state state);
int approval_state_parse(const char *name, enum approval_state *out) MUST_CHECK;

/* Who may answer, and how: the section "approvals" of the configuration. */
struct approval_terms {
	const json_t *approvers; /* names; empty: everyone */
	int64_t required;
	bool four_eyes;
	int64_t expire_ms;
};

/* Who asks for a change: a person where one is known, else the schedule or an unnamed user. */
struct approval_requester {
	const char *name; /* NULL: nobody that the configuration names */
	const char *user; /* the system user of the process that asks */
	const char *run;  /* the run's id */
};

/* A new request in the state waiting, which shares the change; `round` counts those for the same
 * change before it. -1 when the change is no record of a change. New reference in *out. */
int approval_new(const json_t *change, const char *reason,
	const struct approval_requester *requester, const struct approval_terms *terms, int64_t round,
	int64_t now_ms, json_t **out, struct err *err) MUST_CHECK;

/* Whether the record is one that these rules can have made: its fields, the hash of its change, its
 * state and its answers agree. ERR_STORE says what does not. */
int approval_check(const json_t *request, struct err *err) MUST_CHECK;

/* The state at a time: what waits or is approved has expired from expires_at on. Of a checked
 * request. */
enum approval_state approval_state_at(const json_t *request, int64_t now_ms);

/* How many approvals it has, and how many it needs under these terms (NULL: those of the request
 * alone). */
int64_t approval_count(const json_t *request);
int64_t approval_needed(const json_t *request, const struct approval_terms *terms);

enum approval_event_kind {
	APPROVAL_EVENT_APPROVE,
	APPROVAL_EVENT_DENY,
	APPROVAL_EVENT_CLOCK, /* records that it has expired; nothing when it has not */
	APPROVAL_EVENT_VOID,
	APPROVAL_EVENT_DONE,
};

struct approval_event {
	enum approval_event_kind kind;
	int64_t now_ms;
	/* of an answer: */
	const struct approval_terms *terms; /* those of now */
	const char *name, *via;
	bool is_requester; /* the person is the requester by something else than the name */
	const char *note;  /* NULL: none */
	/* of VOID: why; of DONE: the id of the change */
	const char *text;
};

/* Applies the event to a checked request, which is then as it should be; or refuses (ERR_LIMIT,
 * with a code and what to do), and the request is as it was. */
int approval_step(json_t *request, const struct approval_event *event, struct err *err) MUST_CHECK;

/* A copy that events can be applied to: it shares what they leave as it is, above all the change.
 */
json_t *approval_copy(const json_t *request) MUST_CHECK;

#endif
