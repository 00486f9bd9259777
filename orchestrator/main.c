#include "cmd/command.h"

#include "base/banned.h"

#include <signal.h>

static const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "cmd/commands.def"
#undef COMMAND
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
