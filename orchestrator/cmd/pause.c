/* pause: the kill switch. In force before the next mutating call of whatever process is running. */
#include "cmd/cli_pause.h"

#include "base/banned.h"
#include "base/json.h"
#include "cmd/cli_socket.h"

#include <stdlib.h>

/* The switch first, and the record after it. Only where there is no folder yet the record comes
 * first, which makes it. */
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
		return err_prefix(err, "the pause is in force, but could not be recorded in the audit log");
	return 0;
}

static int pause_here(const struct invocation *invocation, const struct pause_request *requests,
	size_t count, struct err *err)
{
	bool by_other = false;

	return pause_now(invocation, requests, count, &by_other, err) < 0
		? -1
		: pause_show(invocation, "paused", NULL, by_other, err);
}

static int ask_daemon(const struct invocation *invocation, const struct pause_request *requests,
	size_t count, struct err *err)
{
	CLEANUP_JSON json_t *answer = NULL;

	if (pause_by_daemon(invocation, "/api/v1/pauses", requests, count, &answer, err) < 0)
		return -1;
	pause_show_answer(invocation, "paused", answer);
	return 0;
}

static int run(struct invocation *invocation)
{
	struct pause_request *requests = NULL;
	struct err err = ERR_INIT;
	size_t count = 0;
	int result, route = 0;

	result = pause_requests(invocation, &requests, &count, &err);
	if (result == 0)
		result = route = cli_socket_route(invocation, FOLDER_PAUSE, &err);
	if (result >= 0)
		result = route > 0 ? ask_daemon(invocation, requests, count, &err)
						   : pause_here(invocation, requests, count, &err);
	free(requests);
	return result < 0 ? command_fail(&err) : EXIT_FINE;
}

const struct command command_pause = {
	.name = "pause",
	.arguments = "",
	.summary = "the kill switch: make no more changes, at once",
	.description = "Stops every further change before the next mutating call of whatever process "
				   "runs with this state folder:\n"
				   "all of them, or those in the accounts (--account), or those of the baselines "
				   "(--baseline). Observing and\n"
				   "reporting go on; what is held is reported as drifted, with the cause Paused. A "
				   "change of several calls may\n"
				   "be stopped between two of them; the journal shows it. `reeve resume` ends it. "
				   "A user to whom the state\n"
				   "folder is closed asks the daemon on the operators' socket (http.socket in the "
				   "configuration).",
	.options = OPTIONS_WHOM | OPTIONS_REASON,
	.run = run,
};
