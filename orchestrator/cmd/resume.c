/* resume: ends a pause. */
#include "cmd/cli_pause.h"

#include "base/banned.h"
#include "base/json.h"
#include "cmd/cli_socket.h"

#include <stdlib.h>

/* A mistyped account must not look as if it had been resumed. */
static int refuse_unpaused(const struct invocation *invocation, struct err *err)
{
	if (json_array_size(invocation->selection.accounts) +
			json_array_size(invocation->selection.baselines) ==
		0)
		return 0;
	return err_set(err, ERR_USAGE, "NotPaused",
		"nothing was resumed, since there is no pause of just that; `reeve status` shows those "
		"that there are");
}

static int resume(const struct invocation *invocation, const struct pause_request *requests,
	size_t count, struct err *err)
{
	CLEANUP_JSON json_t *ended = NULL;
	bool by_other = false;

	if (pause_remove(invocation->state_folder, requests, count, &ended, err) < 0)
		return -1;
	if (pause_record(invocation, &by_other, err) < 0)
		return err_prefix(err,
			"the pause has ended, which could not be recorded in the audit log yet");
	if (json_array_size(ended) == 0 && refuse_unpaused(invocation, err) < 0)
		return -1;
	return pause_show(invocation, "resumed", ended, by_other, err);
}

static int ask_daemon(const struct invocation *invocation, const struct pause_request *requests,
	size_t count, struct err *err)
{
	CLEANUP_JSON json_t *answer = NULL;

	if (pause_by_daemon(invocation, "/api/v1/resume", requests, count, &answer, err) < 0)
		return -1;
	pause_show_answer(invocation, "resumed", answer);
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
						   : resume(invocation, requests, count, &err);
	free(requests);
	return result < 0 ? command_fail(&err) : EXIT_FINE;
}

const struct command command_resume = {
	.name = "resume",
	.arguments = "",
	.summary = "end a pause",
	.description =
		"Ends the pause of everything, or that of the accounts (--account) or baselines "
		"(--baseline): each as it was\n"
		"made. Ending the pause of everything leaves those of single accounts and baselines, and "
		"shows them. A file\n"
		"of pauses that can't be read pauses everything; `reeve resume` alone begins a new one.",
	.options = OPTIONS_WHOM | OPTIONS_REASON,
	.run = run,
};
