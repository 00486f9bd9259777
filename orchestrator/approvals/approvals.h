/*
 * Approvals: changes that wait for a human, and the answers. One request for each change hash: the
 * same drift, found again by the next sweep, is the same request. The rules are in
 * approvals_rules.h, without any I/O; this is their storage, and what the gate and the commands
 * call.
 *
 * A request, as it is stored and shown: id ("a-…"), hash, round (how often the change was asked for
 * before), state (approvals_rules.h), change (the journal's record of it: see journal.h), reason
 * (the finding's cause), requested_at, expires_at, requester {name, user, run}, required, approvers
 * ([]: everyone in the configuration), four_eyes, answers [{name, via, answer, at, note}], made
 * (the change that was made, or null), history
 * [{state, at, why}].
 *
 * How the gate uses it. One `struct approvals` for each open store, beside the engine's other
 * parts:
 *
 *   approvals_new(store)                           after store_open; approvals_free before
 * store_close approvals_expire(approvals, now, …)            once, when a run that may mutate
 * begins
 *
 *   in a sweep or an event, for a drifted resource whose tier is approval (and its change has
 * calls): remediation_plan(&drift) approvals_valid_for(approvals, hash, now, &request, err) -1 not
 * readable: do not act; the error's code and message are the finding's cause request      approved:
 * act, as for tier auto, with all limits, pauses and windows. They hold it back without using it
 * up: it stays approved and the next sweep comes here again NULL         not approved: do not act,
 * but approvals_request(approvals, config, &drift.record, cause message, &requester, now, &request,
 * err) status awaiting_approval with the cause approvals_describe(request, …), or, for a request
 * that was denied, status drifted with the cause "Denied"; -1: the same as above
 *
 *   when a change is verified (journal_move to "verified" of kind "remedy": after the proof, and in
 * recovery too): approvals_done(approvals, hash, change id, now, err)   nothing happens when it
 * needed no approval An approval is for one change: without this the same drift would be mended
 * again without being asked.
 *
 *   for whatever a run that may mutate sees, also in resources that need nothing:
 *     approvals_seen(approvals, cell, region, resource, image, now, err)
 *     An approval is for what the person was shown: once its resource was in another state,
 * somebody has been there, and the same drift later is another one. approvals_request also voids an
 * open request for the same resource with another hash, for when something else is wanted of it.
 *
 *   requester: approvals_find_asker(), once for each run; in `serve`, name NULL and no system user
 * for what the schedule or an event starts, the person for what somebody asked for over the API.
 *
 * A denial also holds the change (hold.h, code "Denied"), so that it is not made when its tier
 * becomes auto.
 *
 * Who can write the state folder can write anything into it: between people on one machine,
 * approvals are worth what the folder's permissions are. People who share a machine must come
 * through the daemon's socket or API.
 *
 * Records that were written and are not yet committed are kept here, so that what one fiber
 * answered the next one sees. All from the loop's thread. Functions that only read work beside a
 * writing process (a store open for STORE_READ). Errors: ERR_STORE, also for a record that is not
 * consistent; ERR_LIMIT: refused by the rules; ERR_USAGE: no such request.
 */
#ifndef REEVE_APPROVALS_APPROVALS_H
#define REEVE_APPROVALS_APPROVALS_H

#include "approvals/people.h"
#include "approvals/rules.h"
#include "config/config.h"
#include "ledger/change_record.h"
#include "store/store.h"

#include <jansson.h>
#include <stdint.h>

struct approvals;
struct audit;

struct approvals *approvals_new(struct store *store); /* borrows the store */
void approvals_free(struct approvals *approvals);     /* NULL is fine */

/* --- for the gate --- */

/* Who asks: the system user of the process, and the person whom that stands for (its name is empty:
 * nobody). A user that stands for two people is an error. */
struct approvals_asker {
	struct person person;
	char user[PERSON_USER_SIZE];
};
int approvals_find_asker(const struct config *config, struct approvals_asker *out, struct err *err)
	MUST_CHECK;

/* The request for the change: the one there is when it waits, is approved or is denied; else a new
 * one, queued. An open request for the same resource with another hash is void from then on. A new
 * reference in *request, for reading. */
MAY_YIELD int approvals_request(struct approvals *approvals, const struct config *config,
	const struct change_record *change, const char *reason,
	const struct approval_requester *requester, int64_t now_ms, json_t **request, struct err *err)
	MUST_CHECK;

/* The approved and unexpired request for exactly this change, or NULL when there is none; a new
 * reference. */
int approvals_valid_for(struct approvals *approvals, const char *hash, int64_t now_ms,
	json_t **request, struct err *err) MUST_CHECK;

/* The change was made and verified: the approval is used up. */
MAY_YIELD int approvals_done(struct approvals *approvals, const char *hash, const char *change_id,
	int64_t now_ms, struct err *err) MUST_CHECK;

/* The resource has moved, or needs nothing any more: what waits or is approved is void. */
MAY_YIELD int approvals_void(struct approvals *approvals, const char *hash, const char *why,
	int64_t now_ms, struct err *err) MUST_CHECK;

/* A cell, as a run looks at it; borrowed. region: the cell's. */
struct approvals_cell {
	const char *account, *region, *baseline;
};

/* A resource was seen, or read again after a change: an open request for it is void unless it was
 * made for exactly this state. image: what was seen, when it is drifted and can be mended
 * (baseline_image); else NULL. region: the resource's. Costs next to nothing where the resource has
 * no open request. */
MAY_YIELD int approvals_seen(struct approvals *approvals, const struct approvals_cell *cell,
	const char *region, const char *resource, const json_t *image, int64_t now_ms, struct err *err)
	MUST_CHECK;

/* The same for a whole cell: what approvals_looked does not find seen since approvals_look (into
 * *look), neither by approvals_seen nor by approvals_not_seen, is not there any more, and its
 * request void. */
int approvals_look(struct approvals *approvals, int64_t *look, struct err *err) MUST_CHECK;
MAY_YIELD int approvals_looked(struct approvals *approvals, const struct approvals_cell *cell,
	int64_t look, int64_t now_ms, struct err *err) MUST_CHECK;

/* The resource (NULL: none of the cell) could not be read, so that it may be there, and in any
 * state. */
int approvals_not_seen(struct approvals *approvals, const struct approvals_cell *cell,
	const char *resource, struct err *err) MUST_CHECK;

/* Records what has expired (nothing depends on it: the clock is asked each time), and drops what
 * ended 400 days ago. *count, which may be NULL: how many expired. */
MAY_YIELD int approvals_expire(struct approvals *approvals, int64_t now_ms, size_t *count,
	struct err *err) MUST_CHECK;

/* "a-… waits for 1 of 2 approvals until 2026-…": for a finding's cause. */
void approvals_describe(const json_t *request, int64_t now_ms, char *out, size_t size);

/* --- for the commands and the API --- */

/* The request of that id, or of an unambiguous beginning of it ("a-3f2" or "3f2"); new reference.
 * Superseded ones are found by their whole id. */
int approvals_find(struct approvals *approvals, const char *id, json_t **request, struct err *err)
	MUST_CHECK;

/* The last request for the change, whatever its state; NULL when there is none. New reference. */
int approvals_by_hash(struct approvals *approvals, const char *hash, json_t **request,
	struct err *err) MUST_CHECK;

/* The requests, the oldest first, as a new array in *requests: those that wait or are approved,
 * with `all` the others too. One that is not consistent is there as {"id", "state": "unreadable",
 * "cause"}. */
int approvals_list(struct approvals *approvals, bool all, int64_t now_ms, json_t **requests,
	struct err *err) MUST_CHECK;

/* Takes a person's answer to the request (by its id and hash; it is read anew): the audit log has
 * it before the request does, a refused one too (ERR_LIMIT), and both are on disk when this returns
 * 0. A new reference to the request as it is then in *updated. audit may be NULL in tests only. */
MAY_YIELD int approvals_answer(struct approvals *approvals, const struct config *config,
	struct audit *audit, const json_t *request, const struct person *person, bool approve,
	const char *note, int64_t now_ms, json_t **updated, struct err *err) MUST_CHECK;

/* Tells the audit log of somebody who tried to answer and could not be identified; `refused` says
 * why. */
MAY_YIELD int approvals_record_refusal(struct audit *audit, const json_t *request, bool approve,
	const struct err *refused, struct err *err) MUST_CHECK;

#endif
