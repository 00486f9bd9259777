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

/* Who may answer, and how: the section "approvals" of the configuration. */
struct approval_terms {
	const json_t *approvers; /* names; NULL or empty: everyone */
	int64_t required;
	bool four_eyes;
	int64_t expire_ms;
};

/* Makes a new request in the state waiting, which approval_request_release ends; `round` counts
 * those for the same change before it. -1 when the change doesn't match its hash. */
int approval_new(const struct change_record *change, const char *reason,
	const struct approval_requester *requester, const struct approval_terms *terms, int64_t round,
	int64_t now_ms, struct approval_request *out, struct err *err) MUST_CHECK;

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
int approval_step(struct approval_request *request, const struct approval_event *event,
	struct err *err) MUST_CHECK;

#endif
