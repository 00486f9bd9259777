#include "cmd/approval_answer.h"

#include "approvals/answer.h"
#include "approvals/approvals.h"
#include "approvals/check.h"
#include "approvals/list.h"
#include "base/banned.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/json.h"
#include "cmd/approval_text.h"
#include "cmd/socket.h"
#include "cmd/socket_find.h"
#include "cmd/terminal.h"
#include "cmd/workplace.h"
#include "engine/document.h"
#include "engine/sweep.h"
#include "engine/work.h"
#include "ledger/approval_outcome.h"
#include "store/queue.h"

#include <unistd.h>

/* The state of the command while it gives one answer. */
struct answering {
	const struct invocation *invocation;
	struct workplace *workplace;
	struct approvals *approvals;
	bool approve;
	struct person person;
	struct approval_request request; /* without a source: none was found */
	bool answered; /* the answer is recorded: a failure after that is one of the change */
	struct run run;
	bool has_run;
	json_t *answer;              /* the daemon's reply as JSON; NULL: this process did everything */
	struct approval_reply reply; /* what `answer` says */
	enum approval_outcome outcome;
	struct finding made; /* the finding of the resource after the run; without a source: none */
	int status;
};

static MAY_YIELD int identify(struct answering *answering, struct err *err)
{
	const char *as = answering->invocation->as;

	if (as == NULL || strcmp(as, "system") == 0)
		return people_by_uid(answering->workplace->config, getuid(), &answering->person, err);
	return people_by_own_aws(answering->workplace->loop, answering->workplace->aws,
		answering->workplace->config, &answering->person, err);
}

/* An attempt by an unknown identity goes to the audit log too. */
static MAY_YIELD int refuse_unknown(const struct answering *answering, struct err *err)
{
	struct err failed = ERR_INIT;

	if (approvals_record_refusal(answering->workplace->audit, &answering->request,
			answering->approve, err, &failed) < 0)
		*err = failed;
	return -1;
}

static int keep_finding(void *argument, const struct finding *finding)
{
	struct answering *answering = argument;
	const struct change_record *change = &answering->request.change;

	if (strcmp(finding->resource, change->resource) != 0 ||
		strcmp(finding->baseline, change->baseline) != 0)
		return 0;
	finding_release(&answering->made);
	answering->made = *finding;
	json_incref(answering->made.source); /* the finding's texts are borrowed from it */
	return 0;
}

/* Draws the outcome of the change, and the new state of its approval, from the finding of the run.
 * A change that was held back or failed stays approved. */
static MAY_YIELD int conclude(struct answering *answering, struct err *err)
{
	const struct finding *made = &answering->made;
	enum status status = made->source != NULL ? made->status : STATUS_UNKNOWN;
	const char *hash = answering->request.hash;
	int64_t now_ms = clock_now_ms();

	answering->outcome = made->source != NULL ? approval_outcome_of(made)
											  : APPROVAL_OUTCOME_UNKNOWN;
	answering->status = status == STATUS_UNKNOWN ? EXIT_UNKNOWN
		: status_is_fine(status)                 ? EXIT_FINE
												 : EXIT_DRIFT;
	switch (answering->outcome) {
	case APPROVAL_OUTCOME_VERIFIED:
		return approvals_done(answering->approvals, hash, made->change != NULL ? made->change : "",
			now_ms, err);
	case APPROVAL_OUTCOME_MOVED:
		answering->status = EXIT_DRIFT;
		return approvals_void(answering->approvals, hash,
			"the resource has changed since the approval was requested", now_ms, err);
	case APPROVAL_OUTCOME_NOT_NEEDED:
		return approvals_void(answering->approvals, hash,
			"the resource was already as desired when the change was about to be made", now_ms,
			err);
	default:
		return 0;
	}
}

static MAY_YIELD int make_change(struct answering *answering, struct work *work, struct err *err)
{
	struct workplace *workplace = answering->workplace;
	struct selection everything;

	selection_init(&everything);
	int result = work_add(work, answering->request.change_json, err);
	if (result == 0)
		result = run_begin(&workplace->engine, RUN_APPLY, &everything, &answering->run, err);
	selection_release(&everything);
	if (result < 0)
		return -1;
	answering->has_run = true;
	answering->run.work = work;
	if (sweep(&answering->run, err) < 0 ||
		document_each_finding(&answering->run, true, keep_finding, answering, err) < 0)
		return -1;
	if (answering->run.interrupted)
		return err_set(err, ERR_CANCELLED, "Interrupted",
			"the run was stopped before its end; the next sweep makes the change");
	return conclude(answering, err);
}

/* Reads the request again, as it stands after the run. */
static MAY_YIELD int read_back(struct answering *answering, struct err *err)
{
	struct approval_request now;
	bool found;

	if (store_flush(answering->workplace->store, err) < 0 ||
		approvals_by_hash(answering->approvals, answering->request.hash, &now, &found, err) < 0)
		return -1;
	if (found) {
		approval_request_release(&answering->request);
		answering->request = now;
	}
	return 0;
}

static int show_json(const struct answering *answering, const struct err *refused, struct err *err)
{
	CLEANUP_JSON json_t *approval = answering->request.source != NULL
		? approval_request_document(&answering->request, clock_now_ms())
		: json_null();
	CLEANUP_JSON json_t *refusal = refused->kind == ERR_NONE
		? json_null()
		: json_pack("{s:o, s:o}", "code", json_text(refused->code), "message",
			  json_text(refused->message));
	CLEANUP_JSON json_t *outcome = json_text(approval_outcome_name(answering->outcome));

	fputs("{\"approval\": ", stdout);
	print_document(stdout, approval);
	fputs(",\n\"refused\": ", stdout);
	json_dumpf(refusal, stdout, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	fputs(",\n\"outcome\": ", stdout);
	json_dumpf(outcome, stdout, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	fputs(",\n\"result\": ", stdout);
	if (answering->answer != NULL) {
		if (answering->reply.result != NULL)
			json_dumpf(answering->reply.result, stdout,
				JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
		fputs(answering->reply.result != NULL ? "}\n" : "null}\n", stdout);
		return 0;
	}
	if (answering->has_run && document_write(&answering->run, true, stdout, err) < 0)
		return -1;
	fputs(answering->has_run ? "}\n" : "null}\n", stdout);
	return 0;
}

static void show_text(const struct answering *answering)
{
	const struct approval_request *request = &answering->request;

	printf("%s %s by ", request->id, answering->approve ? "approved" : "denied");
	print_text(stdout, answering->person.name, 0, false);
	fputs(" (", stdout);
	print_text(stdout, answering->person.via, 0, false);
	fputs(")\n", stdout);
	if (answering->outcome != APPROVAL_OUTCOME_NONE)
		approvals_print_outcome(stdout, answering->outcome, &answering->made);
	else if (answering->approve)
		printf("it has %s: another person must approve it too\n",
			count_among((size_t)approval_count(request), (size_t)request->required, "approval"));
}

/* Identifies the person, records the answer and, where it was the last one needed, makes the
 * change. */
static MAY_YIELD int give_answer(struct answering *answering, struct work *work, struct err *err)
{
	const struct invocation *invocation = answering->invocation;
	struct workplace *workplace = answering->workplace;
	struct approval_request updated;

	if (approvals_find(answering->approvals, invocation->arguments[1], &answering->request, err) <
		0)
		return -1;
	if (identify(answering, err) < 0)
		return refuse_unknown(answering, err);
	if (approvals_answer(answering->approvals, workplace->config, workplace->audit,
			&answering->request, &answering->person, answering->approve, invocation->note,
			clock_now_ms(), &updated, err) < 0)
		return -1;
	approval_request_release(&answering->request);
	answering->request = updated;
	answering->answered = true;
	if (updated.state != APPROVAL_APPROVED)
		return 0;
	/* the run is recorded under this person's name */
	workplace->engine.actor = answering->person.name;
	if (make_change(answering, work, err) < 0 || read_back(answering, err) < 0)
		return err_prefix(err, "%s is approved and recorded, but its change",
			answering->request.id);
	return 0;
}

/* --- through the daemon, which holds the state folder --- */

static int status_of(enum approval_outcome outcome)
{
	switch (outcome) {
	case APPROVAL_OUTCOME_NONE:
	case APPROVAL_OUTCOME_VERIFIED:
	case APPROVAL_OUTCOME_NOT_NEEDED:
		return EXIT_FINE;
	case APPROVAL_OUTCOME_UNKNOWN:
		return EXIT_UNKNOWN;
	default:
		return EXIT_DRIFT;
	}
}

/* Takes the finding of the daemon's run. Where the change was held back before a run, it says what
 * the run would have reported. */
static int take_finding(struct answering *answering, struct err *err)
{
	const struct approval_reply *reply = &answering->reply;

	if (reply->finding != NULL)
		return finding_from_document(reply->finding, &answering->made, err);
	answering->made.resource = answering->request.change.resource;
	answering->made.cause = reply->cause;
	return 0;
}

/* Reads the daemon's answer. The daemon has recorded the person's answer already, so that a failure
 * here is no refusal. */
static int take_answer(struct answering *answering, struct err *err)
{
	struct approval_reply *reply = &answering->reply;

	answering->answered = true;
	if (approval_reply_from_document(answering->answer, reply, err) < 0 ||
		approval_request_from_document(reply->approval, &answering->request, err) < 0 ||
		take_finding(answering, err) < 0)
		return err_prefix(err, "the answer is recorded, but the daemon's reply can't be read");
	snprintf(answering->person.name, sizeof answering->person.name, "%s", reply->person.name);
	snprintf(answering->person.via, sizeof answering->person.via, "%s", reply->person.via);
	answering->outcome = reply->outcome;
	answering->status = status_of(reply->outcome);
	return 0;
}

/* Reads the request whose answer was refused, since --json shows it. */
static void read_request(struct answering *answering)
{
	CLEANUP_BUF struct buf path = BUF_INIT(1);
	CLEANUP_JSON json_t *found = NULL;
	struct err unused = ERR_INIT;

	socket_path(&path, "/api/v1/approvals/", answering->invocation->arguments[1], "");
	if (socket_ask(answering->invocation, "GET", &path, NULL, &found, &unused) < 0)
		return;
	if (approval_request_from_document(json_object_get(found, "approval"), &answering->request,
			&unused) < 0)
		answering->request = (struct approval_request){ 0 }; /* it is shown as null */
}

/* *err says why the state folder could not be opened; ERR_NONE when it was not tried. */
static int ask_daemon(struct answering *answering, struct err *err)
{
	const struct invocation *invocation = answering->invocation;
	CLEANUP_JSON json_t *body = json_object();
	CLEANUP_BUF struct buf path = BUF_INIT(1);

	if (socket_check_identity(invocation, err) < 0)
		return -1;
	if (invocation->note != NULL)
		json_object_set_new(body, "note", json_text(invocation->note));
	socket_path(&path, "/api/v1/approvals/", invocation->arguments[1],
		answering->approve ? "/approve" : "/deny");
	if (socket_ask(invocation, "POST", &path, body, &answering->answer, err) == 0)
		return take_answer(answering, err);
	if (err->kind == ERR_LIMIT && invocation->json)
		read_request(answering);
	return -1;
}

int approval_answer(const struct invocation *invocation, bool approve, struct err *err)
{
	struct workplace workplace = { 0 };
	struct answering answering = {
		.invocation = invocation, .workplace = &workplace, .approve = approve
	};
	struct err close_err = ERR_INIT, show_err = ERR_INIT;
	struct work work;
	int result;

	work_init(&work, false, false);
	result = socket_route(invocation, FOLDER_WRITE, err);
	if (result > 0) {
		result = ask_daemon(&answering, err);
	} else if (result == 0 && workplace_open(&workplace, invocation, "approvals", err) == 0) {
		answering.approvals = workplace.engine.approvals;
		result = give_answer(&answering, &work, err);
	} else {
		result = err->kind == ERR_BUSY ? ask_daemon(&answering, err) : -1;
	}
	bool refused = result < 0 && err->kind == ERR_LIMIT && !answering.answered;
	if (invocation->json && (result == 0 || refused)) {
		if (show_json(&answering, err, &show_err) < 0 && result == 0) {
			*err = show_err;
			result = -1;
		}
	} else if (result == 0) {
		show_text(&answering);
	}
	if (answering.has_run)
		run_release(&answering.run);
	finding_release(&answering.made);
	approval_request_release(&answering.request);
	json_decref(answering.answer);
	if (workplace_close(&workplace, &close_err) < 0 && result == 0) {
		*err = close_err;
		result = -1;
	}
	work_release(&work);
	return result == 0 ? answering.status : refused ? EXIT_DRIFT : EXIT_FAULT;
}
