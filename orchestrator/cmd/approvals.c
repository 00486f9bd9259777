/* approvals [list|show ID|approve ID|deny ID]: lists the changes that wait for a person, and
 * answers them. */
#include "approvals/list.h"
#include "approvals/rules.h"
#include "approvals/store.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "cmd/approval_answer.h"
#include "cmd/approval_list.h"
#include "cmd/approval_text.h"
#include "cmd/command.h"
#include "cmd/fail.h"
#include "cmd/socket.h"
#include "cmd/socket_find.h"
#include "cmd/terminal.h"
#include "store/store.h"

/* --- list and show: they only read, so they work beside a running process --- */

static void print_as(const char *key, json_t *value)
{
	CLEANUP_JSON json_t *document = json_pack("{s:o}", key, value);

	print_document(stdout, document);
	putchar('\n');
}

static int show_list(const struct invocation *invocation, const struct request_list *list,
	int64_t now_ms, struct err *err)
{
	if (invocation->json)
		print_as("approvals", request_list_document(list, now_ms));
	else
		approvals_print_list(stdout, invocation->baselines, list, now_ms);
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].unreadable.cause != NULL) {
			(void)err_set(err, ERR_STORE, "InvalidRecord", "%s", list->items[i].unreadable.cause);
			return EXIT_FAULT;
		}
	return EXIT_FINE;
}

static int show_one(const struct invocation *invocation, const struct approval_request *request,
	int64_t now_ms)
{
	if (invocation->json)
		print_as("approval", approval_request_document(request, now_ms));
	else
		approvals_print_request(stdout, invocation->baselines, request, now_ms);
	return EXIT_FINE;
}

static int look_into(const struct invocation *invocation, struct approvals *approvals, bool one,
	struct err *err)
{
	CLEANUP_REQUEST struct approval_request request = { 0 };
	CLEANUP_REQUEST_LIST struct request_list list = { 0 };
	int64_t now_ms = clock_now_ms();

	if (one)
		return approvals_find(approvals, invocation->arguments[1], &request, err) < 0
			? EXIT_FAULT
			: show_one(invocation, &request, now_ms);
	return approvals_list(approvals, invocation->all, now_ms, &list, err) < 0
		? EXIT_FAULT
		: show_list(invocation, &list, now_ms, err);
}

static int list_by_daemon(const struct invocation *invocation, struct err *err)
{
	CLEANUP_REQUEST_LIST struct request_list list = { 0 };
	CLEANUP_JSON json_t *found = NULL;

	if (socket_list(invocation,
			invocation->all ? "/api/v1/approvals?all=true" : "/api/v1/approvals", "approvals",
			&found, err) < 0 ||
		request_list_from_document(found, &list, err) < 0)
		return EXIT_FAULT;
	return show_list(invocation, &list, clock_now_ms(), err);
}

/* Asks the daemon, when the state folder is closed to this user. */
static int look_by_daemon(const struct invocation *invocation, bool one, struct err *err)
{
	CLEANUP_REQUEST struct approval_request request = { 0 };
	CLEANUP_JSON json_t *answer = NULL;
	CLEANUP_BUF struct buf path = BUF_INIT(1);

	if (!one)
		return list_by_daemon(invocation, err);
	socket_path(&path, "/api/v1/approvals/", invocation->arguments[1], "");
	if (socket_ask(invocation, "GET", &path, NULL, &answer, err) < 0 ||
		approval_request_from_document(json_object_get(answer, "approval"), &request, err) < 0)
		return EXIT_FAULT;
	return show_one(invocation, &request, clock_now_ms());
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
	int route = socket_route(invocation, FOLDER_READ, err);

	if (route < 0)
		return EXIT_FAULT;
	return route > 0 ? look_by_daemon(invocation, one, err) : look_here(invocation, one, err);
}

/* --- the command --- */

static int check_options(const struct invocation *invocation, bool answers, struct err *err)
{
	const char *as = invocation->as;

	if (!answers && (invocation->note != NULL || as != NULL))
		return err_set(err, ERR_USAGE, "OptionNotTaken",
			"--note and --as belong to `reeve approvals approve` and `deny` only");
	if (answers && invocation->all)
		return err_set(err, ERR_USAGE, "OptionNotTaken",
			"--all belongs to `reeve approvals list` only");
	if (as != NULL && strcmp(as, "system") != 0 && strcmp(as, "aws") != 0)
		return err_set(err, ERR_USAGE, "InvalidIdentity",
			"--as takes system (the system user who runs this command) or aws (the identity of its "
			"AWS credentials), not '%s'",
			as);
	if (invocation->note != NULL && strlen(invocation->note) > APPROVAL_NOTE_MAX_BYTES)
		return err_set(err, ERR_USAGE, "NoteTooLong", "--note has %zu bytes; the most is %d",
			strlen(invocation->note), APPROVAL_NOTE_MAX_BYTES);
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
			"`reeve approvals %s` needs the id of an approval request; `reeve approvals list` "
			"shows them",
			what);
	else if (check_options(invocation, approves || denies, &err) == 0)
		status = approves || denies ? approval_answer(invocation, approves, &err)
									: look(invocation, shows, &err);
	if (err.kind != ERR_NONE)
		(void)command_fail(&err);
	return status;
}

const struct command command_approvals = {
	.name = "approvals",
	.arguments = "[list|show ID|approve ID|deny ID]",
	.summary = "list the changes that wait for a person, and answer them",
	.description =
		"list: shows the changes that wait, or that are approved and not made yet; with --all also "
		"the others.\nshow: shows exactly what would happen, to which resource and why. An id may "
		"be shortened while it stays unambiguous.\napprove, deny: the answer is given by the "
		"person in the configuration's \"people\" who has this system user, or with --as aws the "
		"identity of the AWS credentials. When enough people have approved, the change is made at "
		"once, provided that the resource is still what was shown, and verified. A change that a "
		"limit, a pause or a change window holds back stays approved until the approval expires, "
		"and a sweep makes it. One denial denies the change.\nExit status: 0 the answer is "
		"recorded, and the change made and verified where it was due; 2 refused, moved, held back "
		"or failed; 3 the account or resource can't be read; 1 a fault.\nWhile `reeve serve` holds "
		"the state folder, it takes the answer and makes the change; it identifies you by your "
		"system user only. A user without access to the state folder reaches it on the operators' "
		"socket (http.socket in the configuration).",
	.options = OPTIONS_ALL | OPTIONS_ANSWER,
	.most_arguments = 2,
	.run = run,
};
