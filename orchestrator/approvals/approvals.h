/*
 * Approvals: changes that wait for a person, and the answers. There is one request for each change
 * hash: when the next sweep finds the same drift, it finds the same request. The rules, without any
 * I/O, are in approvals/rules.h; here is their storage, and what the gate and the commands call.
 *
 * A request, as it is stored and shown: id ("a-…"), hash, round (how often the change was requested
 * before), state (approvals/rules.h), change (the journal's record of it, see ledger/journal.h),
 * reason (the finding's cause), requested_at, expires_at, requester {name, user, run}, required,
 * approvers ([]: everyone in the configuration), four_eyes, answers [{name, via, answer, at,
 * note}], made (the change that was made, or null), history [{state, at, why}].
 *
 * How it is used, with one `struct approvals` for each open store:
 *
 * - approvals_new after store_open, approvals_free before store_close; approvals_expire once, when
 * a run that may change something begins.
 * - For a drifted resource whose tier is approval, the gate calls approvals_valid_for with the hash
 * of the change. A request: the change is approved and goes on as for tier auto, with all limits,
 * pauses and windows; when those hold it back, it stays approved for the next sweep. NULL: it is
 * not approved; approvals_request makes the request, and the finding is awaiting_approval with the
 * cause of approvals_describe, or drifted with the cause "Denied". -1: the request can't be read,
 * so nothing is done, and the error is the finding's cause.
 * - approvals_done when a change is verified, in recovery too: an approval is for one change, and
 * without this the same drift would be remediated again without a question.
 * - approvals_seen for every resource that a run which may change something sees, also where no
 * change is needed: an approval is for what the person was shown. Once the resource was in another
 * state, somebody has changed it, and the same drift later needs another approval.
 * - approvals_find_asker gives the requester, once for each run. In `serve` the requester has no
 * name and no system user for what the schedule or an event starts, and is the person for a request
 * over the API.
 *
 * A denial also holds the change (ledger/hold.h, code "Denied"), so that it is not made when its
 * tier becomes auto.
 *
 * A user who can write to the state folder can write anything into it: between people on one
 * machine, approvals are worth what the permissions of the folder are. People who share a machine
 * must use the daemon's socket or API.
 *
 * Written records that are not committed yet are kept in memory, so that all fibers see each
 * other's answers. All functions run on the loop's thread. Those that only read work beside a
 * writing process (a store that is open for STORE_READ). Errors: ERR_STORE, also for an
 * inconsistent record; ERR_LIMIT: refused by the rules; ERR_USAGE: no such request.
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

/* Finds who requests changes: the system user of the process, and the person who has it (with an
 * empty name when there is none). A user who is mapped to two people is an error. */
struct approvals_asker {
	struct person person;
	char user[PERSON_USER_SIZE];
};
int approvals_find_asker(const struct config *config, struct approvals_asker *out, struct err *err)
	MUST_CHECK;

/* Gives the request for the change: the existing one when it waits, is approved or is denied; else
 * a new one, whose write is queued. An open request for the same resource with another hash becomes
 * void. *request is a new reference for reading. */
MAY_YIELD int approvals_request(struct approvals *approvals, const struct config *config,
	const struct change_record *change, const char *reason,
	const struct approval_requester *requester, int64_t now_ms, json_t **request, struct err *err)
	MUST_CHECK;

/* Gives the approved and unexpired request for exactly this change as a new reference, or NULL. */
int approvals_valid_for(struct approvals *approvals, const char *hash, int64_t now_ms,
	json_t **request, struct err *err) MUST_CHECK;

/* Records that the change was made and verified, which uses up the approval. */
MAY_YIELD int approvals_done(struct approvals *approvals, const char *hash, const char *change_id,
	int64_t now_ms, struct err *err) MUST_CHECK;

/* Voids the waiting or approved request, since the resource has changed or needs no change any
 * more. */
MAY_YIELD int approvals_void(struct approvals *approvals, const char *hash, const char *why,
	int64_t now_ms, struct err *err) MUST_CHECK;

/* The cell that a run checks; borrowed. */
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

/* Notes that the resource (NULL: the whole cell) could not be read, so that it may exist in any
 * state. */
int approvals_not_seen(struct approvals *approvals, const struct approvals_cell *cell,
	const char *resource, struct err *err) MUST_CHECK;

/* Records expired requests (nothing depends on that, since the clock is checked each time), and
 * deletes requests that ended 400 days ago. *count, which may be NULL, is how many expired. */
MAY_YIELD int approvals_expire(struct approvals *approvals, int64_t now_ms, size_t *count,
	struct err *err) MUST_CHECK;

/* Describes the request for a finding's cause: "a-… has 1 of 2 approvals and waits until 2026-…".
 */
void approvals_describe(const json_t *request, int64_t now_ms, char *out, size_t size);

/* --- for the commands and the API --- */

/* Finds the request by its id or an unambiguous beginning of it ("a-3f2" or "3f2"); new reference.
 * Superseded requests are found by their whole id only. */
int approvals_find(struct approvals *approvals, const char *id, json_t **request, struct err *err)
	MUST_CHECK;

/* The last request for the change in any state, or NULL; new reference. */
int approvals_by_hash(struct approvals *approvals, const char *hash, json_t **request,
	struct err *err) MUST_CHECK;

/* Lists the requests, the oldest first, as a new array: those that wait or are approved, with `all`
 * the others too. An inconsistent one is listed as {"id", "state": "unreadable", "cause"}. */
int approvals_list(struct approvals *approvals, bool all, int64_t now_ms, json_t **requests,
	struct err *err) MUST_CHECK;

/* Takes a person's answer to the request, which is read again by its id and hash. The answer goes
 * to the audit log first, a refused one (ERR_LIMIT) too, then to the request; both are on disk when
 * this returns 0. *updated is the request after that, a new reference. audit may be NULL in tests
 * only. */
MAY_YIELD int approvals_answer(struct approvals *approvals, const struct config *config,
	struct audit *audit, const json_t *request, const struct person *person, bool approve,
	const char *note, int64_t now_ms, json_t **updated, struct err *err) MUST_CHECK;

/* Records in the audit log that somebody tried to answer who could not be identified; `refused`
 * says why. */
MAY_YIELD int approvals_record_refusal(struct audit *audit, const json_t *request, bool approve,
	const struct err *refused, struct err *err) MUST_CHECK;

#endif
