/* Rolls back changes, in a run of its own in the name of the caller. */
#include "web/api/private.h"

#include "audit/audit.h"
#include "base/banned.h"
#include "base/count.h"
#include "base/json.h"
#include "engine/undo.h"
#include "ledger/run_record.h"
#include "web/api/input.h"

#define ACCOUNTS_MOST 1000

struct order {
	const struct api_request *request;
	struct work work;
	const char *what;   /* the text for the audit log, e.g. "changes of 2 accounts" */
	const char *change; /* the change's id; NULL: more than one change */
	const char *reason;
	bool force;
};

/* Reads "force", which requires the role admin, since it may undo another person's later change. */
static bool may_force(const struct api_request *request, struct api_response *response, bool *force)
{
	*force = json_get_bool_or(request->body, "force", false);
	if (!*force || request->role == API_ADMIN)
		return true;
	(void)api_refuse(response, 403, "Forbidden",
		"only the role admin may roll back a change whose resource has changed since (force)");
	return false;
}

/* Records who requested it and why; the run itself records what it does. */
static MAY_YIELD int record(const struct order *order, struct err *err)
{
	const struct person *person = order->request->person;
	char rule[PERSON_VIA_SIZE + 160];
	const struct audit_entry entry = {
		.kind = AUDIT_COMMAND,
		.action = "rollback.request",
		.outcome = "accepted",
		.actor = person->name,
		.change = order->change,
		.reason = order->reason,
		.rule = rule,
	};

	snprintf(rule, sizeof rule, "%s%s, requested by %s", order->what,
		order->force ? ", --force" : "", person->via);
	return audit_append(api_engine(order->request)->audit, &entry, err);
}

static MAY_YIELD int undo(struct order *order, struct api_response *response, struct err *err)
{
	const struct web_host *host = order->request->host;
	json_t *document = NULL;

	if (record(order, err) < 0 ||
		host->do_work(host->daemon, RUN_ROLLBACK, &order->work, order->request->person, &document,
			err) < 0)
		return -1;
	api_answer(response, "result", document);
	return 0;
}

/* Turns an error into 404 when the change or run does not exist, and into 409 when it can't be
 * rolled back. */
static int as_refusal(struct err *err)
{
	if (err->kind != ERR_USAGE)
		return -1;
	(void)api_as_not_found(err, "UnknownChange");
	(void)api_as_conflict(err, "NothingToRollBack");
	(void)api_as_conflict(err, "TooManyChanges");
	return api_as_conflict(err, "NotUndoable");
}

MAY_YIELD int api_rollback_change(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	struct order order = {
		.request = request, .change = request->parameters[0], .what = "one change"
	};

	if (api_check_id(API_ID_CHANGE, order.change, err) < 0 ||
		api_reason(request, "reason", &order.reason, err) < 0)
		return -1;
	if (!may_force(request, response, &order.force))
		return 0;
	work_init(&order.work, true, order.force);
	int result = undo_add_change(api_engine(request)->store, order.change, &order.work, err) < 0
		? as_refusal(err)
		: undo(&order, response, err);
	work_release(&order.work);
	return result;
}

static MAY_YIELD int undo_matching(struct order *order, const struct undo_filter *filter,
	struct api_response *response, struct err *err)
{
	work_init(&order->work, true, order->force);
	int result = undo_add_changes(api_engine(order->request)->store, filter, &order->work, err) < 0
		? -1
		: undo(order, response, err);
	work_release(&order->work);
	return result;
}

/* Sets the error for a run without changes. Changes outlive the record of their run, so the run is
 * unknown only when the store has neither. */
static int no_changes_of(const struct api_request *request, const char *run, struct err *err)
{
	struct err refusal = *err;
	struct run_record record;
	bool found;

	if (!err_is(err, ERR_USAGE, "NothingToRollBack"))
		return as_refusal(err);
	if (run_record_read(api_engine(request)->store, run, &record, &found, err) < 0)
		return -1;
	run_record_release(&record);
	*err = refusal;
	return !found ? api_not_found(err, "run", run) : as_refusal(err);
}

/* Reads "accounts" and "since" of the body. */
static int read_filter(const struct api_request *request, struct undo_filter *filter,
	struct err *err)
{
	size_t index;
	json_t *account;

	filter->accounts = json_object_get(request->body, "accounts");
	if (json_array_size(filter->accounts) > ACCOUNTS_MOST)
		return err_set(err, ERR_USAGE, "TooManyAccounts",
			"at most %d accounts can be named at once", ACCOUNTS_MOST);
	json_array_foreach((json_t *)filter->accounts, index, account) {
		if (!json_is_string(account))
			return err_set(err, ERR_USAGE, "InvalidId",
				"accounts must be a list of strings of 12 digits");
		if (api_check_id(API_ID_ACCOUNT, json_string_value(account), err) < 0)
			return -1;
	}
	return api_time("since", json_get_string(request->body, "since"), &filter->since_ms, err);
}

MAY_YIELD int api_rollback_run(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	struct undo_filter filter = { .run = request->parameters[0] };
	struct order order = { .request = request };
	char what[64];

	if (api_check_id(API_ID_RUN, filter.run, err) < 0 || read_filter(request, &filter, err) < 0 ||
		api_reason(request, "reason", &order.reason, err) < 0)
		return -1;
	snprintf(what, sizeof what, "run %s", filter.run);
	order.what = what;
	order.force = json_get_bool_or(request->body, "force", false);
	return undo_matching(&order, &filter, response, err) < 0
		? no_changes_of(request, filter.run, err)
		: 0;
}

MAY_YIELD int api_rollback_changes(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	struct undo_filter filter = { .run = NULL };
	struct order order = { .request = request };
	char what[96];

	if (read_filter(request, &filter, err) < 0 ||
		api_reason(request, "reason", &order.reason, err) < 0)
		return -1;
	const char *since = json_get_string(request->body, "since");
	if (json_array_size(filter.accounts) == 0 || since == NULL)
		return err_set(err, ERR_USAGE, "MissingField",
			"accounts (at least one) and since are required: they select the changes to roll back");
	snprintf(what, sizeof what, "changes of %s since %.40s",
		count_of(json_array_size(filter.accounts), "account"), since);
	order.what = what;
	order.force = json_get_bool_or(request->body, "force", false);
	return undo_matching(&order, &filter, response, err) < 0 ? as_refusal(err) : 0;
}
