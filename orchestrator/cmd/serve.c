/* serve: runs the daemon. */
#include "base/banned.h"
#include "base/test_hook.h"
#include "cmd/fail.h"
#include "cmd/workplace.h"
#include "config/values.h"
#include "daemon/daemon.h"

static int run(struct invocation *invocation)
{
	struct workplace workplace = { 0 };
	struct err err = ERR_INIT, close_err = ERR_INIT;
	int status = EXIT_FINE;

	if (workplace_open(&workplace, invocation, "serve", &err) < 0) {
		status = command_fail(&err);
	} else {
		struct daemon_options options = { .engine = &workplace.engine,
			.config_path = invocation->config_path,
			.state_folder = invocation->state_folder,
			.drain_ms = (int)test_hook("REEVE_TEST_DRAIN_MS", 0) };

		if (daemon_serve(&options, &err) < 0)
			status = command_fail(&err);
	}
	if (workplace_close(&workplace, &close_err) < 0 && status == EXIT_FINE)
		status = command_fail(&close_err);
	return status;
}

const struct command command_serve = {
	.name = "serve",
	.arguments = "",
	.summary = "run as a daemon: scheduled sweeps, events, HTTP API",
	.description =
		"Walks the organization, then sweeps on schedule (\"schedule\" in the configuration), "
		"takes security events from an SQS queue (\"events\") and remediates the account that each "
		"event concerns. It answers the HTTP API (\"http\") and the control socket of the state "
		"folder, through which approvals, rollback, pause and exceptions work meanwhile. At SIGHUP "
		"it reloads the configuration; an invalid one is refused, and the old one stays in force. "
		"At SIGTERM it completes the changes in flight and exits. It is made for systemd: "
		"Type=notify with a watchdog.",
	.options = OPTIONS_BASIC,
	.run = run,
};
