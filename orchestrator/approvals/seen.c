#include "approvals/seen.h"

#include "approvals/approvals.h"
#include "approvals/store.h"
#include "base/banned.h"
#include "base/json.h"

/* Voids the requests that were not made for exactly this state. */
static MAY_YIELD int void_others(struct approvals *approvals, const json_t *hashes,
	const json_t *image, const char *why, int64_t now_ms, struct err *err)
{
	size_t index;
	json_t *hash;

	json_array_foreach(hashes, index, hash) {
		CLEANUP_REQUEST struct approval_request request;
		bool found;

		/* A request that can't be read is ignored: it allows nothing. */
		if (approvals_by_hash(approvals, json_string_value(hash), &request, &found, NULL) < 0 ||
			!found || (image != NULL && json_equal(request.change.before, image)))
			continue;
		if (approvals_void(approvals, request.hash, why, now_ms, err) < 0)
			return -1;
	}
	return 0;
}

int approvals_seen(struct approvals *approvals, const struct approvals_cell *cell,
	const char *region, const char *resource, const json_t *image, int64_t now_ms, struct err *err)
{
	struct open_requests *open;

	if (approvals_open_requests(approvals, NULL, &open, err) < 0)
		return -1;
	CLEANUP_JSON json_t *hashes = open_requests_see(open, cell, region, resource);
	return void_others(approvals, hashes, image, "the resource was seen in another state", now_ms,
		err);
}

int approvals_not_seen(struct approvals *approvals, const struct approvals_cell *cell,
	const char *resource, struct err *err)
{
	struct open_requests *open;

	if (approvals_open_requests(approvals, NULL, &open, err) < 0)
		return -1;
	open_requests_excuse(open, cell, resource);
	return 0;
}

int approvals_look(struct approvals *approvals, int64_t *look, struct err *err)
{
	struct open_requests *open;

	if (approvals_open_requests(approvals, NULL, &open, err) < 0)
		return -1;
	*look = open_requests_sightings(open);
	return 0;
}

int approvals_looked(struct approvals *approvals, const struct approvals_cell *cell, int64_t look,
	int64_t now_ms, struct err *err)
{
	struct open_requests *open;

	if (approvals_open_requests(approvals, NULL, &open, err) < 0)
		return -1;
	CLEANUP_JSON json_t *hashes = open_requests_unseen(open, cell, look);
	return void_others(approvals, hashes, NULL, "the resource no longer exists", now_ms, err);
}
