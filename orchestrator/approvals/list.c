#include "approvals/list.h"

#include "approvals/store.h"
#include "base/banned.h"
#include "base/json.h"

static int add_all(struct approvals *approvals, enum approvals_place place, bool all,
	int64_t now_ms, struct request_list *list, struct err *err)
{
	CLEANUP_JSON json_t *records = json_object();
	const char *name;
	json_t *record;

	if (approvals_collect(approvals, place, records, err) < 0)
		return -1;
	json_object_foreach(records, name, record) {
		CLEANUP_REQUEST struct approval_request request;
		struct err cause = ERR_INIT;

		if (approvals_read_record(place, name, record, &request, &cause) < 0)
			request_list_add_unreadable(list, approval_request_id_of(record), cause.message);
		else if (all || approval_state_is_open(approval_request_state_at(&request, now_ms)))
			request_list_add(list, &request);
	}
	return 0;
}

int approvals_list(struct approvals *approvals, bool all, int64_t now_ms, struct request_list *out,
	struct err *err)
{
	*out = (struct request_list){ 0 };
	if (add_all(approvals, APPROVALS_REQUEST, all, now_ms, out, err) < 0 ||
		(all && add_all(approvals, APPROVALS_PAST, all, now_ms, out, err) < 0)) {
		request_list_release(out);
		return -1;
	}
	request_list_sort(out);
	return 0;
}

static bool begins_with(const char *id, const char *digits)
{
	return digits[0] != '\0' && strncmp(id, "a-", 2) == 0 &&
		strncmp(id + 2, digits, strlen(digits)) == 0;
}

/* Finds the one record whose id begins like that. Borrowed from `records`. */
static int find_one(const json_t *records, const char *id, const char **name, const json_t **found,
	struct err *err)
{
	const char *digits = strncmp(id, "a-", 2) == 0 ? id + 2 : id, *key;
	json_t *record;

	*found = NULL;
	json_object_foreach((json_t *)records, key, record) {
		const char *other = approval_request_id_of(record);

		if (!begins_with(other, digits))
			continue;
		if (*found != NULL)
			return err_set(err, ERR_USAGE, "AmbiguousApproval",
				"more than one approval begins with %s (%s and %s): give more of its digits", id,
				approval_request_id_of(*found), other);
		*found = record;
		*name = key;
	}
	if (*found == NULL)
		return err_set(err, ERR_USAGE, "UnknownApproval",
			"there is no approval %s; `reeve approvals list` shows what waits", id);
	return 0;
}

int approvals_find(struct approvals *approvals, const char *id, struct approval_request *out,
	struct err *err)
{
	CLEANUP_JSON json_t *records = json_object();
	const json_t *found = NULL;
	const char *name = NULL;
	bool is_past;

	if (approvals_read_past(approvals, id, out, &is_past, err) < 0)
		return -1;
	if (is_past)
		return 0;
	if (approvals_collect(approvals, APPROVALS_REQUEST, records, err) < 0 ||
		find_one(records, id, &name, &found, err) < 0)
		return -1;
	return approvals_read_record(APPROVALS_REQUEST, name, found, out, err);
}
