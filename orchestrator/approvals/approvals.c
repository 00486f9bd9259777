#include "approvals/approvals.h"

#include "approvals/check.h"
#include "approvals/rules.h"
#include "approvals/terms.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/count.h"

/* Voids an open request for the same resource with another hash, since that resource has changed.
 * *found is false when there is none. */
static int find_moved(struct approvals *approvals, const struct change_record *change,
	int64_t now_ms, struct approval_request *moved, bool *found, struct err *err)
{
	const struct approval_event event = { .kind = APPROVAL_EVENT_VOID,
		.now_ms = now_ms,
		.text = "the resource or its desired state has changed since" };
	struct approval_index index;

	if (approvals_read_index(approvals, change, &index, found, err) < 0)
		return -1;
	*found = *found && strcmp(index.hash, change->hash) != 0;
	/* A request that can't be read is ignored: it allows nothing. */
	if (*found && approvals_by_hash(approvals, index.hash, moved, found, NULL) < 0)
		*found = false;
	*found = *found && approval_step(moved, &event, NULL) == 0;
	approval_index_release(&index);
	return 0;
}

/* Makes a new request, which supersedes the one before (NULL: there was none). */
static MAY_YIELD int make_request(struct approvals *approvals, const struct change_record *change,
	const struct approval_request *before, struct approval_request *made, int64_t now_ms,
	struct err *err)
{
	CLEANUP_REQUEST struct approval_request moved = { 0 };
	bool has_moved;

	if (find_moved(approvals, change, now_ms, &moved, &has_moved, err) < 0)
		return -1;
	const struct approvals_write writes[] = { { APPROVALS_PAST, before },
		{ APPROVALS_REQUEST, has_moved ? &moved : NULL }, { APPROVALS_REQUEST, made },
		{ APPROVALS_INDEX, made } };
	if (approvals_write(approvals, writes, ARRAY_LENGTH(writes), NULL, err) < 0)
		return -1;
	return approvals_settle(approvals, err);
}

int approvals_request(struct approvals *approvals, const struct config *config,
	const struct change_record *change, const char *reason,
	const struct approval_requester *requester, int64_t now_ms, struct approval_request *request,
	struct err *err)
{
	const struct approval_event clock = { .kind = APPROVAL_EVENT_CLOCK, .now_ms = now_ms };
	struct approval_terms terms = approval_terms_of(config);
	CLEANUP_REQUEST struct approval_request before = { 0 };
	bool found;

	*request = (struct approval_request){ 0 };
	if (approvals_by_hash(approvals, change->hash, &before, &found, err) < 0)
		return -1;
	if (found) {
		enum approval_state state = approval_request_state_at(&before, now_ms);

		if (approval_state_is_open(state) || state == APPROVAL_DENIED) {
			*request = before;
			before = (struct approval_request){ 0 };
			return 0;
		}
		/* Its final state is stored, also when it was known only from the clock so far (expired).
		 */
		if (approval_step(&before, &clock, err) < 0)
			return -1;
	}
	if (approval_new(change, reason, requester, &terms, found ? before.round + 1 : 0, now_ms,
			request, err) < 0)
		return -1;
	if (make_request(approvals, change, found ? &before : NULL, request, now_ms, err) == 0)
		return 0;
	approval_request_release(request);
	return -1;
}

int approvals_valid_for(struct approvals *approvals, const char *hash, int64_t now_ms,
	struct approval_request *request, bool *found, struct err *err)
{
	if (approvals_by_hash(approvals, hash, request, found, err) < 0)
		return -1;
	if (*found && approval_request_state_at(request, now_ms) == APPROVAL_APPROVED)
		return 0;
	*found = false;
	approval_request_release(request);
	return 0;
}

/* Applies an event that is not an answer. When the rules refuse the event, nothing changes. */
static MAY_YIELD int apply(struct approvals *approvals, struct approval_request *request,
	const struct approval_event *event, struct err *err)
{
	const struct approvals_write write = { APPROVALS_REQUEST, request };
	struct err refused = ERR_INIT;

	if (approval_step(request, event, &refused) < 0)
		return 0;
	if (approvals_write(approvals, &write, 1, NULL, err) < 0)
		return -1;
	return approvals_settle(approvals, err);
}

int approvals_done(struct approvals *approvals, const char *hash, const char *change_id,
	int64_t now_ms, struct err *err)
{
	CLEANUP_REQUEST struct approval_request request = { 0 };
	struct approval_event event = {
		.kind = APPROVAL_EVENT_DONE, .now_ms = now_ms, .text = change_id
	};
	bool found;

	if (approvals_by_hash(approvals, hash, &request, &found, err) < 0)
		return -1;
	if (!found)
		return 0;
	if (approval_request_state_at(&request, now_ms) == APPROVAL_WAITING)
		event = (struct approval_event){ .kind = APPROVAL_EVENT_VOID,
			.now_ms = now_ms,
			.text = "the change was made without an approval being needed" };
	return apply(approvals, &request, &event, err);
}

int approvals_void(struct approvals *approvals, const char *hash, const char *why, int64_t now_ms,
	struct err *err)
{
	CLEANUP_REQUEST struct approval_request request = { 0 };
	const struct approval_event event = {
		.kind = APPROVAL_EVENT_VOID, .now_ms = now_ms, .text = why
	};
	bool found;

	if (approvals_by_hash(approvals, hash, &request, &found, err) < 0)
		return -1;
	return found ? apply(approvals, &request, &event, err) : 0;
}

void approvals_describe(const struct approval_request *request, int64_t now_ms, char *out,
	size_t size)
{
	enum approval_state state = approval_request_state_at(request, now_ms);
	char until[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(request->expires_ms, until);
	if (state == APPROVAL_WAITING)
		snprintf(out, size, "%s has %s and waits until %s; `reeve approvals show %s` tells more",
			request->id,
			count_among((size_t)approval_count(request), (size_t)request->required, "approval"),
			until, request->id);
	else if (state == APPROVAL_APPROVED)
		snprintf(out, size, "%s is approved until %s", request->id, until);
	else
		snprintf(out, size, "%s is %s; `reeve approvals show %s` tells more", request->id,
			approval_state_name(state), request->id);
}
