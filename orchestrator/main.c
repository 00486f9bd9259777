#include "cmd/command.h"

#include "base/banned.h"

#include <signal.h>

static const struct command *const commands[] = {
	&command_accounts,
	&command_plan,
	&command_sweep,
	&command_status,
	&command_baselines,
	&command_apply,
	&command_approvals,
	&command_changes,
	&command_rollback,
	&command_exceptions,
	&command_pause,
	&command_resume,
	&command_event,
	&command_serve,
	&command_policy,
	&command_config,
	&command_audit,
	NULL,
};

int main(int argc, char **argv)
{
	const struct command *command = NULL;
	struct invocation invocation;
	struct err err = ERR_INIT;
	int status = EXIT_FINE;

	signal(SIGPIPE, SIG_IGN);
	if (command_line_parse(argc, argv, commands, &command, &invocation, &err) < 0)
		status = command_fail(&err);
	else if (command != NULL)
		status = command->run(&invocation);
	invocation_release(&invocation);
	return status;
}
