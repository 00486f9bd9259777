/* pause and resume: the kill switch. A pause is in force before the next mutating call of every
 * process that works with the state folder. */
#include "cmd/pause_record.h"

#include "base/banned.h"
#include "base/json.h"
#include "cmd/fail.h"
#include "cmd/socket.h"
#include "cmd/socket_find.h"
#include "guards/pause_file.h"

#include <stdlib.h>

/* One of the two commands. */
struct pause_verb {
	const char *word; /* for the outcome: "paused" or "resumed" */
	const char *path; /* of the daemon's API, for a user without access to the folder */
	int (*here)(const struct invocation *invocation, const struct pause_request *requests,
		size_t count, const char *word, struct err *err);
};

/* --- pause --- */

/* Writes the file of pauses first and records the pause afterwards. Only where there is no state
 * folder yet the record comes first, since making it makes the folder. */
static int pause_now(const struct invocation *invocation, const struct pause_request *requests,
	size_t count, bool *by_other, struct err *err)
{
	if (pause_add(invocation->state_folder, requests, count, err) < 0) {
		if (!err_is(err, ERR_STORE, "Missing"))
			return -1;
		err_clear(err);
		if (pause_record(invocation, by_other, err) < 0 ||
			pause_add(invocation->state_folder, requests, count, err) < 0)
			return -1;
	}
	if (pause_record(invocation, by_other, err) < 0)
		return err_prefix(err,
			"the pause is in force, but it could not be recorded in the audit log");
	return 0;
}

static int pause_here(const struct invocation *invocation, const struct pause_request *requests,
	size_t count, const char *word, struct err *err)
{
	bool by_other = false;

	return pause_now(invocation, requests, count, &by_other, err) < 0
		? -1
		: pause_show(invocation, word, NULL, by_other, err);
}

/* --- resume --- */

/* Fails when accounts or baselines were named: a mistyped account must not look as if it had been
 * resumed. */
static int refuse_unpaused(const struct invocation *invocation, struct err *err)
{
	if (json_array_size(invocation->selection.accounts) +
			json_array_size(invocation->selection.baselines) ==
		0)
		return 0;
	return err_set(err, ERR_USAGE, "NotPaused",
		"nothing was resumed: no pause has exactly this scope; `reeve status` shows the pauses");
}

static int resume_here(const struct invocation *invocation, const struct pause_request *requests,
	size_t count, const char *word, struct err *err)
{
	CLEANUP_JSON json_t *ended = NULL;
	bool by_other = false;

	if (pause_remove(invocation->state_folder, requests, count, &ended, err) < 0)
		return -1;
	if (pause_record(invocation, &by_other, err) < 0)
		return err_prefix(err,
			"the pause has ended, but that could not be recorded in the audit log yet");
	if (json_array_size(ended) == 0 && refuse_unpaused(invocation, err) < 0)
		return -1;
	return pause_show(invocation, word, ended, by_other, err);
}

/* --- both --- */

static int by_daemon(const struct invocation *invocation, const struct pause_verb *verb,
	const struct pause_request *requests, size_t count, struct err *err)
{
	CLEANUP_JSON json_t *answer = NULL;

	if (pause_by_daemon(invocation, verb->path, requests, count, &answer, err) < 0)
		return -1;
	pause_show_answer(invocation, verb->word, answer);
	return 0;
}

static int run(const struct invocation *invocation, const struct pause_verb *verb)
{
	struct pause_request *requests = NULL;
	struct err err = ERR_INIT;
	size_t count = 0;
	int result, route = 0;

	result = pause_requests(invocation, &requests, &count, &err);
	if (result == 0)
		result = route = socket_route(invocation, FOLDER_PAUSE, &err);
	if (result >= 0)
		result = route > 0 ? by_daemon(invocation, verb, requests, count, &err)
						   : verb->here(invocation, requests, count, verb->word, &err);
	free(requests);
	return result < 0 ? command_fail(&err) : EXIT_FINE;
}

static int run_pause(struct invocation *invocation)
{
	static const struct pause_verb verb = { "paused", "/api/v1/pauses", pause_here };

	return run(invocation, &verb);
}

static int run_resume(struct invocation *invocation)
{
	static const struct pause_verb verb = { "resumed", "/api/v1/resume", resume_here };

	return run(invocation, &verb);
}

const struct command command_pause = {
	.name = "pause",
	.arguments = "",
	.summary = "stop all changes at once (the kill switch)",
	.description =
		"Stops changes before the next mutating call of every process that works with this state "
		"folder: all changes, or those in the given accounts (--account), or those of the given "
		"baselines (--baseline). Checking and reporting go on; a change that is held back is "
		"reported as drifted with the cause Paused. A change of several calls may stop between two "
		"of them; the journal shows it. `reeve resume` ends the pause.\nA user without access to "
		"the state folder reaches the daemon on the operators' socket (http.socket in the "
		"configuration).",
	.options = OPTIONS_WHOM | OPTIONS_REASON,
	.run = run_pause,
};

const struct command command_resume = {
	.name = "resume",
	.arguments = "",
	.summary = "end a pause",
	.description = "Ends the pause of everything, or the pauses of the given accounts (--account) "
				   "or baselines (--baseline), each in the scope in which it was made. Ending the "
				   "pause of everything leaves the pauses of single accounts and baselines in "
				   "force, and shows them. When the file of pauses can't be read, everything is "
				   "paused; `reeve resume` without options then starts a new file.",
	.options = OPTIONS_WHOM | OPTIONS_REASON,
	.run = run_resume,
};
