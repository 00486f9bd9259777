#include "approvals/check.h"

#include "base/banned.h"
#include "base/json.h"
#include "ledger/change.h"

int64_t approval_count(const struct approval_request *request)
{
	int64_t count = 0;

	for (size_t i = 0; i < request->answers_count; i++)
		count += request->answers[i].verdict == APPROVAL_YES;
	return count;
}

bool approval_was_approved(const struct approval_request *request)
{
	for (size_t i = 0; i < request->history_count; i++)
		if (request->history[i].state == APPROVAL_APPROVED)
			return true;
	return false;
}

int approval_check_change(const struct change_record *change, struct err *err)
{
	char hash[CHANGE_HASH_SIZE];

	change_hash(change, hash);
	if (strcmp(hash, change->hash) == 0)
		return 0;
	return err_set(err, ERR_STORE, "InvalidRecord",
		"the change %s does not match its hash: it was altered", change->id);
}

static int inconsistent(const struct approval_request *request, const char *what, struct err *err)
{
	return err_set(err, ERR_STORE, "InvalidRecord",
		"approval request %.64s is not as Reeve wrote it: %s; it allows nothing", request->id,
		what);
}

static int check_form(const struct approval_request *request, struct err *err)
{
	char id[APPROVAL_ID_SIZE];

	if (approval_check_change(&request->change, err) < 0)
		return -1;
	if (strcmp(request->hash, request->change.hash) != 0)
		return inconsistent(request, "its change has another hash", err);
	approval_request_make_id(request->hash, request->round, id);
	if (request->round < 0 || strcmp(id, request->id) != 0)
		return inconsistent(request, "its id does not fit its hash", err);
	if (request->expires_ms <= request->requested_ms)
		return inconsistent(request, "it expired before it was made", err);
	if (request->required < 1 || request->required > APPROVALS_REQUIRED_MAX)
		return inconsistent(request, "it requires an impossible number of approvals", err);
	return 0;
}

/* Checks that each recorded answer could have been given. */
static int check_answer(const struct approval_request *request, size_t number, struct err *err)
{
	const struct approval_answer *answer = &request->answers[number];
	const char *requester = request->requester.name;

	if (answer->at_ms >= request->expires_ms)
		return inconsistent(request, "an answer came too late", err);
	if (json_array_size(request->approvers) > 0 &&
		!json_has_string(request->approvers, answer->name))
		return inconsistent(request, "somebody who is not an approver answered it", err);
	if (answer->verdict == APPROVAL_NO)
		return number + 1 == request->answers_count
			? 0
			: inconsistent(request, "an answer follows a denial", err);
	if (request->four_eyes && requester != NULL && strcmp(answer->name, requester) == 0)
		return inconsistent(request, "the requester approved it", err);
	for (size_t i = 0; i < number; i++)
		if (strcmp(request->answers[i].name, answer->name) == 0)
			return inconsistent(request, "one person approved it twice", err);
	return 0;
}

static int check_state(const struct approval_request *request, struct err *err)
{
	enum approval_state state = request->state;
	size_t steps = request->history_count, answers = request->answers_count;
	bool denied = answers > 0 && request->answers[answers - 1].verdict == APPROVAL_NO,
		 approved = approval_was_approved(request);

	if (steps == 0 || request->history[steps - 1].state != state)
		return inconsistent(request, "its history ends in another state", err);
	if (approved && approval_count(request) < request->required)
		return inconsistent(request, "it has too few approvals", err);
	if ((state == APPROVAL_APPROVED || state == APPROVAL_DONE) && !approved)
		return inconsistent(request, "it was never approved", err);
	if (state == APPROVAL_DENIED ? !denied : denied && state != APPROVAL_DONE)
		return inconsistent(request, "its answers contradict its state", err);
	if ((request->made != NULL) != (state == APPROVAL_DONE))
		return inconsistent(request, "the change that it records contradicts its state", err);
	return 0;
}

int approval_check(const struct approval_request *request, struct err *err)
{
	if (check_form(request, err) < 0)
		return -1;
	for (size_t i = 0; i < request->answers_count; i++)
		if (check_answer(request, i, err) < 0)
			return -1;
	return check_state(request, err);
}
