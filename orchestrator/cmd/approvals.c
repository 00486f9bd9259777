/* approvals [list|show ID|approve ID|deny ID]: what waits for a human, and the answer. */
#include "approvals/approvals.h"
#include "audit/audit.h"
#include "base/banned.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "cmd/cli_approvals.h"
#include "cmd/cli_socket.h"
#include "cmd/cli_terminal.h"
#include "cmd/command.h"
#include "cmd/workplace.h"
#include "engine/document.h"
#include "engine/sweep.h"
#include "engine/work.h"

#include <unistd.h>

#define TEXT_MAX_BYTES (256 * 1024 * 1024)

/* --- list and show: beside a running process --- */

static int show_list(const struct invocation *invocation, const json_t *requests, int64_t now_ms,
	struct err *err)
{
	size_t index;
	json_t *request;

	if (invocation->json) {
		CLEANUP_JSON json_t *document = json_pack("{s:O}", "approvals", requests);

		print_document(stdout, document);
		putchar('\n');
	} else {
		approvals_print_list(stdout, requests, now_ms);
	}
	json_array_foreach(requests, index, request)
		if (strcmp(json_get_string_or(request, "state", ""), "unreadable") == 0) {
			(void)err_set(err, ERR_STORE, "InvalidRecord", "%s",
				json_get_string_or(request, "cause", "an approval can't be read"));
			return EXIT_FAULT;
		}
	return EXIT_FINE;
}

/* A copy that shows the state which it has by the clock. */
static json_t *as_of(const json_t *request, int64_t now_ms)
{
	json_t *copy = json_deep_copy(request);

	json_object_set_new(copy, "state",
		json_string(approval_state_name(approval_state_at(request, now_ms))));
	return copy;
}

static int show_one(const struct invocation *invocation, const json_t *request, int64_t now_ms)
{
	CLEANUP_JSON json_t *shown = as_of(request, now_ms);

	if (invocation->json) {
		CLEANUP_JSON json_t *document = json_pack("{s:O}", "approval", shown);

		print_document(stdout, document);
		putchar('\n');
	} else {
		approvals_print_request(stdout, shown, now_ms);
	}
	return EXIT_FINE;
}

static int look_into(const struct invocation *invocation, struct approvals *approvals, bool one,
	struct err *err)
{
	CLEANUP_JSON json_t *found = NULL;
	int64_t now_ms = clock_now_ms();

	if (one)
		return approvals_find(approvals, invocation->arguments[1], &found, err) < 0
			? EXIT_FAULT
			: show_one(invocation, found, now_ms);
	return approvals_list(approvals, invocation->all, now_ms, &found, err) < 0
		? EXIT_FAULT
		: show_list(invocation, found, now_ms, err);
}

/* By the daemon to whose folder this user has no way. */
static int look_by_daemon(const struct invocation *invocation, bool one, struct err *err)
{
	CLEANUP_JSON json_t *found = NULL;
	CLEANUP_JSON json_t *answer = NULL;
	CLEANUP_BUF struct buf path = BUF_INIT(1);

	if (!one)
		return cli_socket_list(invocation,
				   invocation->all ? "/api/v1/approvals?all=true" : "/api/v1/approvals",
				   "approvals", &found, err) < 0
			? EXIT_FAULT
			: show_list(invocation, found, clock_now_ms(), err);
	cli_socket_path(&path, "/api/v1/approvals/", invocation->arguments[1], "");
	if (cli_socket_ask(invocation, "GET", &path, NULL, &answer, err) < 0)
		return EXIT_FAULT;
	return show_one(invocation, json_object_get(answer, "approval"), clock_now_ms());
}

static int look_here(const struct invocation *invocation, bool one, struct err *err)
{
	struct store_options options = { .mode = STORE_READ };
	struct store *store = NULL;

	if (store_open(invocation->state_folder, &options, NULL, &store, err) < 0)
		return EXIT_FAULT;
	struct approvals *approvals = approvals_new(store);
	int status = look_into(invocation, approvals, one, err);
	approvals_free(approvals);
	if (store_close(store, status == EXIT_FINE ? err : NULL) < 0)
		status = EXIT_FAULT;
	return status;
}

static int look(const struct invocation *invocation, bool one, struct err *err)
{
	int route = cli_socket_route(invocation, FOLDER_READ, err);

	if (route < 0)
		return EXIT_FAULT;
	return route > 0 ? look_by_daemon(invocation, one, err) : look_here(invocation, one, err);
}

/* --- approve and deny --- */

/* One answer on its way, and what came of it. */
struct answering {
	const struct invocation *invocation;
	struct workplace *workplace;
	struct approvals *approvals;
	bool approve;
	struct person person;
	json_t *request;
	bool answered; /* the answer is on record; what fails from then on is the change */
	struct run run;
	bool has_run;
	json_t *answer;      /* the daemon's, when it has done all this; NULL: it was done here */
	const char *outcome; /* of the change; NULL: it was not to be made yet */
	json_t *finding;     /* of its resource after the run; NULL: none */
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

/* That somebody unknown tried is on record too. */
static MAY_YIELD int refuse_unknown(const struct answering *answering, struct err *err)
{
	struct err failed = ERR_INIT;

	if (approvals_record_refusal(answering->workplace->audit, answering->request,
			answering->approve, err, &failed) < 0)
		*err = failed;
	return -1;
}

static int keep_finding(void *argument, const json_t *finding)
{
	struct answering *answering = argument;
	const json_t *change = json_object_get(answering->request, "change");

	if (strcmp(json_get_string_or(finding, "resource", ""),
			json_get_string_or(change, "resource", "?")) != 0 ||
		strcmp(json_get_string_or(finding, "baseline", ""),
			json_get_string_or(change, "baseline", "?")) != 0)
		return 0;
	json_decref(answering->finding);
	answering->finding = json_deep_copy(finding);
	return 0;
}

/* What the run has made of the change, and of its approval. One that is held back, or failed, stays
 * approved: the next sweep tries it again while the approval lasts. */
static MAY_YIELD int conclude(struct answering *answering, struct err *err)
{
	const char *hash = json_get_string_or(answering->request, "hash", ""),
			   *change = json_get_string_or(answering->finding, "change", "");
	const char *code = json_get_string_or(json_object_get(answering->finding, "cause"), "code", "");
	enum status status = STATUS_UNKNOWN;
	int64_t now_ms = clock_now_ms();

	if (status_parse(json_get_string_or(answering->finding, "status", ""), &status) < 0)
		status = STATUS_UNKNOWN;
	answering->status = status == STATUS_UNKNOWN ? EXIT_UNKNOWN
		: status_is_fine(status)                 ? EXIT_FINE
												 : EXIT_DRIFT;
	if (status == STATUS_REMEDIATED) {
		answering->outcome = "verified";
		return approvals_done(answering->approvals, hash, change, now_ms, err);
	}
	if (strcmp(code, "Moved") == 0 || strcmp(code, "ResourceGone") == 0) {
		answering->outcome = "moved";
		answering->status = EXIT_DRIFT;
		return approvals_void(answering->approvals, hash,
			"the resource has moved since it was asked for", now_ms, err);
	}
	if (status == STATUS_COMPLIANT || status == STATUS_NOT_APPLICABLE) {
		answering->outcome = "not needed";
		return approvals_void(answering->approvals, hash,
			"the resource was as desired when it came to be changed", now_ms, err);
	}
	/* A change that was held back before its first call is proposed again. */
	answering->outcome = status == STATUS_UNKNOWN                         ? "unknown"
		: json_is_object(json_object_get(answering->finding, "proposal")) ? "held"
																		  : "failed";
	return 0;
}

static MAY_YIELD int make_change(struct answering *answering, struct work *work, struct err *err)
{
	struct workplace *workplace = answering->workplace;
	struct selection everything;

	selection_init(&everything);
	int result = work_add(work, json_object_get(answering->request, "change"), err);
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
			"the run was stopped before its end; the next sweep goes on");
	return conclude(answering, err);
}

/* The request as it is after everything. */
static MAY_YIELD int read_back(struct answering *answering, struct err *err)
{
	json_t *now = NULL;

	if (store_flush(answering->workplace->store, err) < 0 ||
		approvals_by_hash(answering->approvals, json_get_string_or(answering->request, "hash", ""),
			&now, err) < 0)
		return -1;
	if (now != NULL) {
		json_decref(answering->request);
		answering->request = now;
	}
	return 0;
}

static int show_json(const struct answering *answering, const struct err *refused, struct err *err)
{
	CLEANUP_JSON json_t *approval =
		answering->request != NULL ? as_of(answering->request, clock_now_ms()) : json_null();
	CLEANUP_JSON json_t *refusal = refused->kind == ERR_NONE
		? json_null()
		: json_pack("{s:o, s:o}", "code", json_text(refused->code), "message",
			  json_text(refused->message));
	CLEANUP_JSON json_t *outcome = answering->outcome != NULL ? json_string(answering->outcome)
															  : json_null();

	fputs("{\"approval\": ", stdout);
	print_document(stdout, approval);
	fputs(",\n\"refused\": ", stdout);
	json_dumpf(refusal, stdout, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	fputs(",\n\"outcome\": ", stdout);
	json_dumpf(outcome, stdout, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	fputs(",\n\"result\": ", stdout);
	if (answering->answer != NULL) {
		json_dumpf(json_object_get(answering->answer, "result"), stdout,
			JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
		fputs("}\n", stdout);
		return 0;
	}
	if (answering->has_run && document_write(&answering->run, true, stdout, err) < 0)
		return -1;
	fputs(answering->has_run ? "}\n" : "null}\n", stdout);
	return 0;
}

static void show_text(const struct answering *answering)
{
	const json_t *request = answering->request;

	printf("%s %s by ", json_get_string_or(request, "id", "?"),
		answering->approve ? "approved" : "denied");
	print_text(stdout, answering->person.name, 0, false);
	fputs(" (", stdout);
	print_text(stdout, answering->person.via, 0, false);
	fputs(")\n", stdout);
	if (answering->outcome != NULL)
		approvals_print_outcome(stdout, answering->outcome, answering->finding);
	else if (answering->approve)
		printf("it has %lld of %lld approvals: somebody else must approve it too\n",
			(long long)approval_count(request), (long long)approval_needed(request, NULL));
}

/* From who it is to what came of the change. */
static MAY_YIELD int give_answer(struct answering *answering, struct work *work, struct err *err)
{
	const struct invocation *invocation = answering->invocation;
	struct workplace *workplace = answering->workplace;
	json_t *updated = NULL;

	if (approvals_find(answering->approvals, invocation->arguments[1], &answering->request, err) <
		0)
		return -1;
	if (identify(answering, err) < 0)
		return refuse_unknown(answering, err);
	if (approvals_answer(answering->approvals, workplace->config, workplace->audit,
			answering->request, &answering->person, answering->approve, invocation->note,
			clock_now_ms(), &updated, err) < 0)
		return -1;
	json_decref(answering->request);
	answering->request = updated;
	answering->answered = true;
	if (strcmp(json_get_string_or(updated, "state", ""), "approved") != 0)
		return 0;
	workplace->engine.actor = answering->person.name; /* the run is theirs */
	if (make_change(answering, work, err) < 0 || read_back(answering, err) < 0)
		return err_prefix(err, "%s is approved and on record, but its change",
			json_get_string_or(answering->request, "id", "?"));
	return 0;
}

/* --- by the daemon that holds the folder --- */

static int status_of(const char *outcome)
{
	if (outcome == NULL || strcmp(outcome, "verified") == 0 || strcmp(outcome, "not needed") == 0)
		return EXIT_FINE;
	return strcmp(outcome, "unknown") == 0 ? EXIT_UNKNOWN : EXIT_DRIFT;
}

/* What there is to show of a change that was held back before a run: as the run would have told it.
 */
static json_t *finding_of(const json_t *answer)
{
	const json_t *finding = json_object_get(answer, "finding"),
				 *change = json_object_get(json_object_get(answer, "approval"), "change");

	if (json_is_object(finding))
		return json_incref((json_t *)finding);
	return json_pack("{s:O?, s:O?}", "resource", json_object_get(change, "resource"), "cause",
		json_object_get(answer, "cause"));
}

static void take_answer(struct answering *answering)
{
	const json_t *person = json_object_get(answering->answer, "person");

	json_decref(answering->request);
	answering->request = json_incref(json_object_get(answering->answer, "approval"));
	snprintf(answering->person.name, sizeof answering->person.name, "%s",
		json_get_string_or(person, "name", "?"));
	snprintf(answering->person.via, sizeof answering->person.via, "%s",
		json_get_string_or(person, "via", "?"));
	answering->outcome = json_get_string(answering->answer, "outcome");
	if (answering->outcome != NULL)
		answering->finding = finding_of(answering->answer);
	answering->status = status_of(answering->outcome);
	answering->answered = true;
}

/* The request of a refused answer, for --json. */
static void read_request(struct answering *answering)
{
	CLEANUP_BUF struct buf path = BUF_INIT(1);
	CLEANUP_JSON json_t *found = NULL;
	struct err unused = ERR_INIT;

	cli_socket_path(&path, "/api/v1/approvals/", answering->invocation->arguments[1], "");
	if (cli_socket_ask(answering->invocation, "GET", &path, NULL, &found, &unused) == 0)
		answering->request = json_incref(json_object_get(found, "approval"));
}

/* *err is why the folder could not be opened, or none. */
static int ask_daemon(struct answering *answering, struct err *err)
{
	const struct invocation *invocation = answering->invocation;
	CLEANUP_JSON json_t *body = json_object();
	CLEANUP_BUF struct buf path = BUF_INIT(1);

	if (cli_socket_check_identity(invocation, err) < 0)
		return -1;
	if (invocation->note != NULL)
		json_object_set_new(body, "note", json_text(invocation->note));
	cli_socket_path(&path, "/api/v1/approvals/", invocation->arguments[1],
		answering->approve ? "/approve" : "/deny");
	if (cli_socket_ask(invocation, "POST", &path, body, &answering->answer, err) == 0) {
		take_answer(answering);
		return 0;
	}
	if (err->kind == ERR_LIMIT && invocation->json)
		read_request(answering);
	return -1;
}

static MAY_YIELD int answer(const struct invocation *invocation, bool approve, struct err *err)
{
	struct workplace workplace = { 0 };
	struct answering answering = {
		.invocation = invocation, .workplace = &workplace, .approve = approve
	};
	struct err close_err = ERR_INIT, show_err = ERR_INIT;
	struct work work;
	int result;

	work_init(&work, false, false);
	result = cli_socket_route(invocation, FOLDER_WRITE, err);
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
	json_decref(answering.request);
	json_decref(answering.finding);
	json_decref(answering.answer);
	if (workplace_close(&workplace, &close_err) < 0 && result == 0) {
		*err = close_err;
		result = -1;
	}
	work_release(&work);
	return result == 0 ? answering.status : refused ? EXIT_DRIFT : EXIT_FAULT;
}

/* --- the command --- */

static int check_options(const struct invocation *invocation, bool answers, struct err *err)
{
	const char *as = invocation->as;

	if (!answers && (invocation->note != NULL || as != NULL))
		return err_set(err, ERR_USAGE, "OptionNotTaken",
			"only `reeve approvals approve` and `deny` take --note and --as");
	if (answers && invocation->all)
		return err_set(err, ERR_USAGE, "OptionNotTaken", "only `reeve approvals list` takes --all");
	if (as != NULL && strcmp(as, "system") != 0 && strcmp(as, "aws") != 0)
		return err_set(err, ERR_USAGE, "InvalidIdentity",
			"--as takes system (the system user that runs this) or aws (the AWS identity whose "
			"credentials it has), not '%s'",
			as);
	if (invocation->note != NULL && strlen(invocation->note) > APPROVAL_NOTE_MAX_BYTES)
		return err_set(err, ERR_USAGE, "NoteTooLong",
			"--note has %zu bytes; at most %d are possible", strlen(invocation->note),
			APPROVAL_NOTE_MAX_BYTES);
	return 0;
}

static MAY_YIELD int run(struct invocation *invocation)
{
	const char *what = invocation->argument_count > 0 ? invocation->arguments[0] : "list";
	bool lists = strcmp(what, "list") == 0, shows = strcmp(what, "show") == 0,
		 approves = strcmp(what, "approve") == 0, denies = strcmp(what, "deny") == 0;
	struct err err = ERR_INIT;
	int status = EXIT_FAULT;

	if (!lists && !shows && !approves && !denies)
		(void)err_set(&err, ERR_USAGE, "UnknownArgument",
			"`reeve approvals` takes list, show, approve or deny, not '%s'", what);
	else if (lists && invocation->argument_count > 1)
		(void)err_set(&err, ERR_USAGE, "TooManyArguments",
			"`reeve approvals list` does not take '%s'", invocation->arguments[1]);
	else if (!lists && invocation->argument_count < 2)
		(void)err_set(&err, ERR_USAGE, "MissingArgument",
			"`reeve approvals %s` takes the id of an approval; `reeve approvals list` shows them",
			what);
	else if (check_options(invocation, approves || denies, &err) == 0)
		status = approves || denies ? answer(invocation, approves, &err)
									: look(invocation, shows, &err);
	if (err.kind != ERR_NONE)
		(void)command_fail(&err);
	return status;
}

const struct command command_approvals = {
	.name = "approvals",
	.arguments = "[list|show ID|approve ID|deny ID] ",
	.summary = "what waits for a human, and the answer",
	.description =
		"list: the changes that wait, or are approved and not yet made; --all: the others too. "
		"show: exactly what\n"
		"would happen, to what and why. An id may be cut short while it stays unambiguous.\n"
		"approve, deny: who answers is the person in the configuration's \"people\" whom the "
		"system user stands\n"
		"for, or with --as aws, whom the AWS credentials of this command stand for. When enough "
		"have approved,\n"
		"the change is made at once, where the resource is still what was shown, and verified; "
		"what is held\n"
		"back by a limit, a pause or a window stays approved until it expires, and a sweep makes "
		"it. One denial\n"
		"denies. Exit status: 0 recorded, and made and verified where it was to be made; 2 "
		"refused, moved, held\n"
		"back or failed; 3 the account or resource can't be read; 1 a fault. While `reeve serve` "
		"holds the state\n"
		"folder, it takes the answer and makes the change, and knows who answers by the system "
		"user only. A user to\n"
		"whom the folder is closed asks it on the operators' socket (http.socket in the "
		"configuration).",
	.options = OPTIONS_ALL | OPTIONS_ANSWER,
	.most_arguments = 2,
	.run = run,
};
