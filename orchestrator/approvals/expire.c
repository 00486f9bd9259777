#include "approvals/expire.h"

#include "approvals/open_requests.h"
#include "approvals/rules.h"
#include "approvals/store.h"
#include "base/banned.h"
#include "base/json.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define KEPT_DAYS 400

/* Returns whether the request ended so long ago that it is deleted. */
static bool is_over(const struct approval_request *request, int64_t now_ms)
{
	int64_t last_ms = request->history[request->history_count - 1].at_ms;

	return !approval_state_is_open(approval_request_state_at(request, now_ms)) &&
		last_ms < now_ms - KEPT_DAYS * DAY_MS;
}

static MAY_YIELD int delete_request(struct approvals *approvals,
	const struct approval_request *request, struct err *err)
{
	struct approval_index index;
	bool found;

	if (approvals_read_index(approvals, &request->change, &index, &found, err) < 0)
		return -1;
	bool is_last = found && strcmp(index.hash, request->hash) == 0;
	approval_index_release(&index);
	if (approvals_drop(approvals, APPROVALS_REQUEST, request, err) < 0)
		return -1;
	return is_last ? approvals_drop(approvals, APPROVALS_INDEX, request, err) : 0;
}

static MAY_YIELD int expire_one(struct approvals *approvals, const char *hash, const json_t *record,
	int64_t now_ms, size_t *count, struct err *err)
{
	const struct approval_event event = { .kind = APPROVAL_EVENT_CLOCK, .now_ms = now_ms };
	CLEANUP_REQUEST struct approval_request request;
	bool found;

	/* Read anew: writing the others may have taken a while. A request that can't be read stays:
	 * somebody should see it. */
	if (approvals_by_hash(approvals, hash, &request, &found, NULL) < 0 || !found ||
		!json_equal(request.source, record))
		return 0;
	if (is_over(&request, now_ms))
		return delete_request(approvals, &request, err);
	if (request.state == approval_request_state_at(&request, now_ms))
		return 0;
	const struct approvals_write write = { APPROVALS_REQUEST, &request };
	if (approval_step(&request, &event, err) < 0 ||
		approvals_write(approvals, &write, 1, NULL, err) < 0)
		return -1;
	++*count;
	return 0;
}

static MAY_YIELD int delete_past(struct approvals *approvals, const char *id, const json_t *record,
	int64_t now_ms, struct err *err)
{
	CLEANUP_REQUEST struct approval_request request;

	if (approvals_read_record(APPROVALS_PAST, id, record, &request, NULL) < 0 ||
		!is_over(&request, now_ms))
		return 0;
	return approvals_drop(approvals, APPROVALS_PAST, &request, err);
}

int approvals_expire(struct approvals *approvals, int64_t now_ms, size_t *count, struct err *err)
{
	CLEANUP_JSON json_t *current = json_object();
	CLEANUP_JSON json_t *past = json_object();
	struct open_requests *open;
	const char *name;
	json_t *record;
	size_t expired = 0;

	if (approvals_collect(approvals, APPROVALS_REQUEST, current, err) < 0 ||
		approvals_collect(approvals, APPROVALS_PAST, past, err) < 0 ||
		approvals_open_requests(approvals, current, &open, err) < 0)
		return -1;
	json_object_foreach(current, name, record)
		if (expire_one(approvals, name, record, now_ms, &expired, err) < 0 ||
			approvals_settle(approvals, err) < 0)
			return -1;
	json_object_foreach(past, name, record)
		if (delete_past(approvals, name, record, now_ms, err) < 0 ||
			approvals_settle(approvals, err) < 0)
			return -1;
	if (count != NULL)
		*count = expired;
	return 0;
}
