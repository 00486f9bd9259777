/* Lists approval requests and takes answers. The answer is given by the person whom the request was
 * authenticated as, by the rules of approvals_answer. */
#include "web/api/private.h"

#include "approvals/answer.h"
#include "approvals/list.h"
#include "approvals/store.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "guards/pause.h"
#include "guards/windows.h"
#include "ledger/approval_outcome.h"
#include "ledger/finding.h"
#include "web/api/accounts.h"
#include "web/api/input.h"

int api_list_approvals(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	CLEANUP_REQUEST_LIST struct request_list requests = { 0 };
	int64_t now_ms = clock_now_ms();
	struct api_page page;
	json_t *list = NULL;
	const char *next;

	if (api_page(request, &page, err) < 0 || api_check_id(API_ID_APPROVAL, page.after, err) < 0 ||
		approvals_list(api_engine(request)->approvals, api_flag(request, "all"), now_ms, &requests,
			err) < 0)
		return -1;
	CLEANUP_JSON json_t *whole = request_list_document(&requests, now_ms);
	if (api_page_of_list(whole, &page, &list, &next, err) < 0)
		return -1;
	api_answer_page(response, "approvals", list, next);
	return 0;
}

static int find(const struct api_request *request, struct approval_request *found, struct err *err)
{
	const char *id = request->parameters[0];

	if (api_check_id(API_ID_APPROVAL, id, err) < 0)
		return -1;
	return approvals_find(api_engine(request)->approvals, id, found, err) < 0
		? api_as_not_found(err, "UnknownApproval")
		: 0;
}

int api_get_approval(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	CLEANUP_REQUEST struct approval_request found = { 0 };

	if (find(request, &found, err) < 0)
		return -1;
	api_answer(response, "approval", approval_request_document(&found, clock_now_ms()));
	return 0;
}

/* --- an answer --- */

struct answer {
	const struct api_request *request;
	bool approve;
	struct approval_request approval; /* the request as it is now */
	enum approval_outcome outcome;
	struct finding_cause cause; /* without a code: the change was not held back and didn't fail */
	struct finding finding; /* the finding of the resource after the run; without a source: none */
	char held[PAUSE_WHY_SIZE]; /* the message of `cause` when no run was begun */
	json_t *result;            /* the run's document; NULL: there was none */
};

/* Returns whether a pause or a closed change window holds the change back now. The gate checks
 * again before each call; this check saves a run that would change nothing, and says when the
 * window opens. */
static int check_held(struct answer *answer, struct err *err)
{
	const struct engine *engine = api_engine(answer->request);
	const struct change_record *change = &answer->approval.change;
	struct account_record account;
	struct api_place storage;
	int64_t opens_ms;
	bool found;

	if (pause_check(engine->pause, change->account, change->baseline, answer->held)) {
		answer->cause = (struct finding_cause){ "Paused", answer->held };
		return 0;
	}
	if (account_record_read(engine->store, change->account, &account, &found, err) < 0)
		return -1;
	/* An account that is unknown here has unknown windows: the run checks them. */
	if (found &&
		!windows_open(engine->windows, api_place(&account, &storage), clock_now_ms(), &opens_ms)) {
		windows_describe_closed(opens_ms, answer->held);
		answer->cause = (struct finding_cause){ "OutsideWindow", answer->held };
	}
	account_record_release(&account);
	return 0;
}

/* Reads the finding of the resource. A finding of another run says nothing about this change. */
static int read_finding(struct answer *answer, struct err *err)
{
	const char *run = json_get_string_or(json_object_get(answer->result, "run"), "id", "");
	const struct change_record *change = &answer->approval.change;
	bool found;

	answer->outcome = APPROVAL_OUTCOME_UNKNOWN;
	if (finding_read(api_engine(answer->request)->store, change->account, change->cell_region,
			change->baseline, change->resource, &answer->finding, &found, err) < 0)
		return -1;
	if (!found || answer->finding.run == NULL || strcmp(answer->finding.run, run) != 0) {
		finding_release(&answer->finding);
		return 0;
	}
	answer->outcome = approval_outcome_of(&answer->finding);
	answer->cause = answer->finding.cause;
	return 0;
}

/* Reads the finding, and the request as it stands after the run. */
static int read_back(struct answer *answer, struct err *err)
{
	struct approval_request now;
	bool found;

	if (read_finding(answer, err) < 0 ||
		approvals_by_hash(api_engine(answer->request)->approvals, answer->approval.hash, &now,
			&found, err) < 0)
		return -1;
	if (found) {
		approval_request_release(&answer->approval);
		answer->approval = now;
	}
	return 0;
}

static MAY_YIELD int make_change(struct answer *answer, struct err *err)
{
	const struct web_host *host = answer->request->host;
	struct work work;

	if (check_held(answer, err) < 0)
		return -1;
	if (answer->cause.code != NULL) {
		answer->outcome = APPROVAL_OUTCOME_HELD;
		return 0;
	}
	work_init(&work, false, false);
	int result = work_add(&work, answer->approval.change_json, err);
	if (result == 0)
		result = host->do_work(host->daemon, RUN_APPLY, &work, answer->request->person,
			&answer->result, err);
	work_release(&work);
	return result < 0 ? -1 : read_back(answer, err);
}

static MAY_YIELD int give(struct answer *answer, struct err *err)
{
	const struct api_request *request = answer->request;
	const struct engine *engine = api_engine(request);
	const char *note;
	struct approval_request updated;

	if (api_reason(request, "note", &note, err) < 0 || find(request, &answer->approval, err) < 0 ||
		approvals_answer(engine->approvals, engine->config, engine->audit, &answer->approval,
			request->person, answer->approve, note, clock_now_ms(), &updated, err) < 0)
		return -1;
	approval_request_release(&answer->approval);
	answer->approval = updated;
	if (updated.state != APPROVAL_APPROVED || !answer->approve)
		return 0;
	if (make_change(answer, err) == 0)
		return 0;
	/* The answer is recorded already, so this is a failure and no refusal. */
	if (err->kind == ERR_USAGE || err->kind == ERR_LIMIT)
		err->kind = ERR_SYSTEM;
	return err_prefix(err, "%s is approved and recorded, but its change", answer->approval.id);
}

static void release_answer(struct answer *answer)
{
	approval_request_release(&answer->approval);
	finding_release(&answer->finding);
	json_decref(answer->result);
	free(answer);
}

static json_t *reply_of(const struct answer *answer)
{
	const struct person *person = answer->request->person;
	CLEANUP_JSON json_t *approval = approval_request_document(&answer->approval, clock_now_ms());
	CLEANUP_JSON json_t *finding =
		answer->finding.source != NULL ? finding_document(&answer->finding) : NULL;
	const struct approval_reply reply = { approval, { person->name, person->via }, answer->outcome,
		answer->cause, finding, answer->result };

	return approval_reply_document(&reply);
}

static MAY_YIELD int answer_request(const struct api_request *request, bool approve,
	struct api_response *response, struct err *err)
{
	struct answer *answer = xcalloc(1, sizeof *answer); /* large for a fiber's stack */

	answer->request = request;
	answer->approve = approve;
	int result = give(answer, err);
	if (result == 0)
		response->json = reply_of(answer);
	release_answer(answer);
	return result;
}

MAY_YIELD int api_approve(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	return answer_request(request, true, response, err);
}

MAY_YIELD int api_deny(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	return answer_request(request, false, response, err);
}
