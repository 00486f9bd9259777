/* Lists approval requests and takes answers. The answer is given by the person whom the request was
 * authenticated as, by the rules of approvals_answer. */
#include "web/api/private.h"

#include "approvals/approvals.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "guards/pause.h"
#include "guards/windows.h"
#include "ledger/finding.h"
#include "store/read.h"
#include "web/api/accounts.h"
#include "web/api/input.h"

/* A copy whose state is the one at now_ms: an expired request says so. */
static json_t *as_of(const json_t *request, int64_t now_ms)
{
	json_t *copy = json_copy((json_t *)request);

	json_object_set_new(copy, "state",
		json_string(approval_state_name(approval_state_at(request, now_ms))));
	return copy;
}

int api_list_approvals(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	struct api_page page;
	CLEANUP_JSON json_t *requests = NULL;
	json_t *list = NULL;
	const char *next;

	if (api_page(request, &page, err) < 0 || api_check_id(API_ID_APPROVAL, page.after, err) < 0 ||
		approvals_list(api_engine(request)->approvals, api_flag(request, "all"), clock_now_ms(),
			&requests, err) < 0 ||
		api_page_of_list(requests, &page, &list, &next, err) < 0)
		return -1;
	api_answer_page(response, "approvals", list, next);
	return 0;
}

static int find(const struct api_request *request, json_t **found, struct err *err)
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
	CLEANUP_JSON json_t *found = NULL;

	if (find(request, &found, err) < 0)
		return -1;
	api_answer(response, "approval", as_of(found, clock_now_ms()));
	return 0;
}

/* --- an answer --- */

struct answer {
	const struct api_request *request;
	bool approve;
	json_t *approval;    /* as it is, after the answer */
	const char *outcome; /* of the change; NULL: more approvals are needed first */
	json_t *cause;       /* why the change was held back or failed; NULL: neither */
	json_t *finding;     /* of the resource after the run, or NULL */
	json_t *result;      /* the run's document; NULL: there was none */
};

static const char *change_text(const struct answer *answer, const char *key)
{
	return json_get_string_or(json_object_get(answer->approval, "change"), key, "");
}

static json_t *cause_of(const char *code, const char *message)
{
	return json_pack("{s:s, s:o}", "code", code, "message", json_text(message));
}

/* Whether a pause or a closed change window holds the change back now. The gate checks again before
 * each call; this check saves a run that would change nothing, and says when the window opens. */
static int check_held(struct answer *answer, struct err *err)
{
	const struct engine *engine = api_engine(answer->request);
	const char *account = change_text(answer, "account");
	struct store_key key = STORE_KEY(account);
	CLEANUP_JSON json_t *stored = NULL;
	char why[PAUSE_WHY_SIZE], closed[WINDOWS_WHY_SIZE];
	int64_t opens_ms;

	if (pause_check(engine->pause, account, change_text(answer, "baseline"), why)) {
		answer->cause = cause_of("Paused", why);
		return 0;
	}
	if (store_get_json(engine->store, STORE_ACCOUNTS, &key, &stored, err) < 0)
		return -1;
	if (stored == NULL)
		return 0; /* the account is unknown here, and so are its windows: the run checks them */
	struct account_place *storage = xmalloc(sizeof *storage); /* too large for a fiber's stack */
	if (!windows_open(engine->windows, api_place(stored, storage), clock_now_ms(), &opens_ms)) {
		windows_describe_closed(opens_ms, closed);
		answer->cause = cause_of("OutsideWindow", closed);
	}
	free(storage);
	return 0;
}

/* Draws the outcome of the change from the finding of the run. A change that was held back or
 * failed stays approved: the next sweep tries it again until the approval expires. */
static const char *outcome_of(const struct finding *finding)
{
	const char *code = finding->cause.code != NULL ? finding->cause.code : "";

	if (strcmp(code, "Moved") == 0 || strcmp(code, "ResourceGone") == 0)
		return "moved";
	switch (finding->status) {
	case STATUS_UNKNOWN:
		return "unknown";
	case STATUS_REMEDIATED:
		return "verified";
	case STATUS_COMPLIANT:
	case STATUS_NOT_APPLICABLE:
		return "not needed";
	default: /* A change that was held back before its first call has a new proposal. */
		return finding->proposal != NULL ? "held" : "failed";
	}
}

/* Reads the finding of the resource. A finding of another run says nothing about this change. */
static int read_finding(struct answer *answer, struct err *err)
{
	const char *run = json_get_string_or(json_object_get(answer->result, "run"), "id", "");
	struct finding finding;
	bool found;

	answer->outcome = "unknown";
	if (finding_read(api_engine(answer->request)->store, change_text(answer, "account"),
			change_text(answer, "cell_region"), change_text(answer, "baseline"),
			change_text(answer, "resource"), &finding, &found, err) < 0)
		return -1;
	if (found && finding.run != NULL && strcmp(finding.run, run) == 0) {
		answer->finding = finding_document(&finding);
		answer->outcome = outcome_of(&finding);
		if (finding.cause.code != NULL)
			answer->cause = cause_of(finding.cause.code, finding.cause.message);
	}
	finding_release(&finding);
	return 0;
}

/* Reads the finding, and the request as it stands after the run. */
static int read_back(struct answer *answer, struct err *err)
{
	json_t *now = NULL;

	if (read_finding(answer, err) < 0 ||
		approvals_by_hash(api_engine(answer->request)->approvals,
			json_get_string_or(answer->approval, "hash", ""), &now, err) < 0)
		return -1;
	if (now != NULL) {
		json_decref(answer->approval);
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
	if (answer->cause != NULL) {
		answer->outcome = "held";
		return 0;
	}
	work_init(&work, false, false);
	int result = work_add(&work, json_object_get(answer->approval, "change"), err);
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
	json_t *updated = NULL;

	if (api_reason(request, "note", &note, err) < 0 || find(request, &answer->approval, err) < 0 ||
		approvals_answer(engine->approvals, engine->config, engine->audit, answer->approval,
			request->person, answer->approve, note, clock_now_ms(), &updated, err) < 0)
		return -1;
	json_decref(answer->approval);
	answer->approval = updated;
	if (!approval_has_state(updated, APPROVAL_APPROVED) || !answer->approve)
		return 0;
	if (make_change(answer, err) == 0)
		return 0;
	/* The answer is recorded already, so this is a failure and no refusal. */
	if (err->kind == ERR_USAGE || err->kind == ERR_LIMIT)
		err->kind = ERR_SYSTEM;
	return err_prefix(err, "%s is approved and recorded, but its change",
		json_get_string_or(answer->approval, "id", "?"));
}

static MAY_YIELD int answer_request(const struct api_request *request, bool approve,
	struct api_response *response, struct err *err)
{
	struct answer answer = { .request = request, .approve = approve };
	int result = give(&answer, err);

	if (result == 0)
		response->json = json_pack("{s:o, s:{s:o, s:o}, s:s?, s:O?, s:O?, s:O?}", "approval",
			as_of(answer.approval, clock_now_ms()), "person", "name",
			json_text(request->person->name), "via", json_text(request->person->via), "outcome",
			answer.outcome, "cause", answer.cause, "finding", answer.finding, "result",
			answer.result);
	json_decref(answer.approval);
	json_decref(answer.cause);
	json_decref(answer.finding);
	json_decref(answer.result);
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
