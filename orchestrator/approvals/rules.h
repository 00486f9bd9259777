/*
 * The rules of approvals, as pure functions: from a request and an event they make the new state of
 * the request, or say why the event is refused. They use no store, clock or configuration; the
 * caller passes what is needed of those.
 *
 * States: `waiting` becomes `approved` when enough people have approved, and `denied` by one
 * denial. `approved` becomes `done` when the change was made, and `denied` by one denial before
 * that. Both `waiting` and `approved` become `expired` by the clock and `void` when the resource
 * has changed.
 *
 * - An approval counts when the request waits and has not expired, and the person is an approver by
 * the terms of the request and by those of now, is not the requester under four eyes, and has not
 * answered before.
 * - A denial counts from the same people, from the requester, who withdraws the request by it, and
 * from someone who approved before; it counts also when the request is approved already.
 * - The terms are those at the time of the request, or those of now where they are stricter; a
 * number of required approvals that has grown by the time of an approval stays.
 * - A change that was in flight when its request expired or was denied is recorded as done all the
 * same, since it was approved when it began.
 */
#ifndef REEVE_APPROVALS_RULES_H
#define REEVE_APPROVALS_RULES_H

#include "base/compiler.h"
#include "base/err.h"
#include "ledger/request_record.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define APPROVAL_NOTE_MAX_BYTES 1024
#define APPROVALS_REQUIRED_MAX 10

int approval_state_parse(const char *name, enum approval_state *out) MUST_CHECK;
/* Whether a request, as it is stored or shown, or a step of its history has this state. False when
 * it has none that is known. */
bool approval_has_state(const json_t *request, enum approval_state state);

/* Who may answer, and how: the section "approvals" of the configuration. */
struct approval_terms {
	const json_t *approvers; /* names; empty: everyone */
	int64_t required;
	bool four_eyes;
	int64_t expire_ms;
};

/* A new request in the state waiting, which shares the change; `round` counts those for the same
 * change before it. -1 when the change is no record of a change. New reference in *out. */
int approval_new(const json_t *change, const char *reason,
	const struct approval_requester *requester, const struct approval_terms *terms, int64_t round,
	int64_t now_ms, json_t **out, struct err *err) MUST_CHECK;

/* Checks that these rules can have made the record: its fields, the hash of its change, its state
 * and its answers agree. ERR_STORE says what is wrong. */
int approval_check(const json_t *request, struct err *err) MUST_CHECK;

/* The state of a checked request at a time: a waiting or approved one has expired from expires_at
 * on. */
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
	bool is_requester; /* the person is known to be the requester by other means than the name */
	const char *note;  /* NULL: none */
	/* of VOID: why; of DONE: the id of the change */
	const char *text;
};

/* Applies the event to a checked request, or refuses it and leaves the request unchanged
 * (ERR_LIMIT, with a code and what to do). */
int approval_step(json_t *request, const struct approval_event *event, struct err *err) MUST_CHECK;

/* A copy to which events can be applied. It shares what events never alter, above all the change.
 */
json_t *approval_copy(const json_t *request) MUST_CHECK;

#endif
