/*
 * Approvals: changes that wait for a person, and the answers. There is one request for each change
 * hash: when the next sweep finds the same drift, it finds the same request. The record of a
 * request is in ledger/request_record.h, the rules, without any I/O, are in approvals/rules.h.
 *
 * How it is used, with one `struct approvals` for each open store:
 *
 * - approvals_new after store_open, approvals_free before store_close; approvals_expire once, when
 * a run that may change something begins.
 * - For a drifted resource whose tier is approval, the gate calls approvals_valid_for with the hash
 * of the change. A request: the change is approved and goes on as for tier auto, with all limits,
 * pauses and windows; when those hold it back, it stays approved for the next sweep. None: it is
 * not approved; approvals_request makes the request, and the finding is awaiting_approval with the
 * cause of approvals_describe, or drifted with the cause "Denied". -1: the request can't be read,
 * so nothing is done, and the error is the finding's cause.
 * - approvals_done when a change is verified, in recovery too: an approval is for one change, and
 * without this the same drift would be remediated again without a question.
 * - approvals_seen (approvals/seen.h) for every resource that a run which may change something
 * sees, also where no change is needed.
 * - approvals_find_asker (approvals/people.h) gives the requester, once for each run. In `serve`
 * the requester has no name and no system user for what the schedule or an event starts, and is the
 * person for a request over the API.
 *
 * A denial also holds the change (ledger/held_change.h, code "Denied"), so that it is not made when
 * its tier becomes auto.
 *
 * A user who can write to the state folder can write anything into it: between people on one
 * machine, approvals are worth what the permissions of the folder are. People who share a machine
 * must use the daemon's socket or API.
 *
 * All functions run on the loop's thread. Errors: ERR_STORE, also for a record that is not
 * understood or does not agree with itself; ERR_LIMIT: refused by the rules.
 */
#ifndef REEVE_APPROVALS_APPROVALS_H
#define REEVE_APPROVALS_APPROVALS_H

#include "approvals/store.h"
#include "base/compiler.h"
#include "base/err.h"
#include "ledger/change_record.h"
#include "ledger/request_record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;

/* Gives the request for the change: the existing one when it waits, is approved or is denied; else
 * a new one, whose write is queued. An open request for the same resource with another hash becomes
 * void. approval_request_release ends *request, which is zeroed on failure. */
MAY_YIELD int approvals_request(struct approvals *approvals, const struct config *config,
	const struct change_record *change, const char *reason,
	const struct approval_requester *requester, int64_t now_ms, struct approval_request *request,
	struct err *err) MUST_CHECK;

/* Reads the approved and unexpired request for exactly this change, which approval_request_release
 * ends. *found is false, and *request zeroed, when there is none. */
int approvals_valid_for(struct approvals *approvals, const char *hash, int64_t now_ms,
	struct approval_request *request, bool *found, struct err *err) MUST_CHECK;

/* Records that the change was made and verified, which uses up the approval. */
MAY_YIELD int approvals_done(struct approvals *approvals, const char *hash, const char *change_id,
	int64_t now_ms, struct err *err) MUST_CHECK;

/* Voids the waiting or approved request, since the resource has changed or needs no change any
 * more. */
MAY_YIELD int approvals_void(struct approvals *approvals, const char *hash, const char *why,
	int64_t now_ms, struct err *err) MUST_CHECK;

/* Describes the request for a finding's cause: "a-… has 1 of 2 approvals and waits until 2026-…".
 */
void approvals_describe(const struct approval_request *request, int64_t now_ms, char *out,
	size_t size);

#endif
