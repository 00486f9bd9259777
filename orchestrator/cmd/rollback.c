/* rollback CHANGE|RUN [--force]: restores before-images, newest first. */
#include "base/banned.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "cmd/fail.h"
#include "cmd/run.h"
#include "cmd/socket.h"
#include "cmd/socket_find.h"
#include "cmd/socket_run.h"
#include "engine/undo.h"

struct target {
	const char *change, *run; /* at most one is set */
	int64_t since_ms;
};

static int find_target(const struct invocation *invocation, struct target *target, struct err *err)
{
	const char *what = invocation->argument_count > 0 ? invocation->arguments[0] : NULL;

	*target = (struct target){ .since_ms = 0 };
	if (what != NULL && strncmp(what, "c-", 2) == 0)
		target->change = what;
	else
		target->run = what;
	if (what == NULL &&
		(json_array_size(invocation->selection.accounts) == 0 || invocation->since == NULL))
		return err_set(err, ERR_USAGE, "MissingArgument",
			"`reeve rollback` needs the id of a change or a run, or --account ID with --since "
			"TIME");
	if (target->change == NULL && invocation->since != NULL &&
		clock_parse_rfc3339(invocation->since, &target->since_ms) < 0)
		return err_set(err, ERR_USAGE, "InvalidSince",
			"--since takes a time such as 2026-11-24T08:00:00Z, not '%s'", invocation->since);
	return 0;
}

static int collect_work(const struct invocation *invocation, const struct target *target,
	struct store *store, struct work *work, struct err *err)
{
	const struct undo_filter filter = {
		.run = target->run, .accounts = invocation->selection.accounts, .since_ms = target->since_ms
	};

	return target->change != NULL ? undo_add_change(store, target->change, work, err)
								  : undo_add_changes(store, &filter, work, err);
}

/* Asks the daemon for the rollback. The caller passes in *err why the state folder could not be
 * opened; ERR_NONE when it was not tried. Returns the exit status. */
static int run_by_daemon(const struct invocation *invocation, const struct target *target,
	struct err *err)
{
	CLEANUP_JSON json_t *body = json_pack("{s:b}", "force", invocation->force);
	CLEANUP_JSON json_t *answer = NULL;
	CLEANUP_BUF struct buf path = BUF_INIT(1);

	if (target->change == NULL && json_array_size(invocation->selection.accounts) > 0)
		json_object_set(body, "accounts", invocation->selection.accounts);
	if (target->change == NULL && invocation->since != NULL)
		json_object_set_new(body, "since", json_text(invocation->since));
	if (target->change != NULL)
		socket_path(&path, "/api/v1/changes/", target->change, "/rollback");
	else if (target->run != NULL)
		socket_path(&path, "/api/v1/runs/", target->run, "/rollback");
	else
		socket_path(&path, "/api/v1/rollback", "", "");
	if (socket_ask(invocation, "POST", &path, body, &answer, err) < 0)
		return command_fail(err);
	return socket_show_run(invocation, json_object_get(answer, "result"));
}

static int run(struct invocation *invocation)
{
	struct workplace workplace = { 0 };
	struct target target;
	struct work work;
	struct err err = ERR_INIT, close_err = ERR_INIT;
	bool held = false;
	int status, route = 0;

	work_init(&work, true, invocation->force);
	if (find_target(invocation, &target, &err) < 0 ||
		(route = socket_route(invocation, FOLDER_WRITE, &err)) < 0) {
		status = command_fail(&err);
	} else if (route > 0) {
		held = true;
		status = EXIT_FINE;
	} else if (workplace_open(&workplace, invocation, "rollback", &err) < 0) {
		held = err.kind == ERR_BUSY;
		status = held ? EXIT_FINE : command_fail(&err);
	} else if (collect_work(invocation, &target, workplace.store, &work, &err) < 0) {
		status = command_fail(&err);
	} else {
		status = command_run_work(invocation, &workplace, RUN_ROLLBACK, &work);
	}
	if (workplace_close(&workplace, &close_err) < 0 && status != EXIT_FAULT)
		status = command_fail(&close_err);
	work_release(&work);
	return held ? run_by_daemon(invocation, &target, &err) : status;
}

const struct command command_rollback = {
	.name = "rollback",
	.arguments = "CHANGE|RUN",
	.summary = "undo a change, a run, or an account's changes since a time",
	.description =
		"Restores the before-images, newest first, and verifies each by reading the resource "
		"again. A resource that has changed since is left as it is, unless --force is given. A "
		"change that was rolled back is not made again automatically: when the resource drifts in "
		"the same way, the change waits for a person's approval. With --account ID --since TIME "
		"instead of a change or run, all of the account's changes since then are rolled back. "
		"While `reeve serve` holds the state folder, the command asks it to do the rollback.",
	.options = OPTIONS_SELECTORS | OPTIONS_ALL | OPTIONS_FORCE | OPTIONS_SINCE,
	.most_arguments = 1,
	.run = run,
};
