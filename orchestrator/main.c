#include "cmd/command.h"

#include "base/banned.h"
#include "cmd/fail.h"
#include "cmd/options.h"

#include <signal.h>

int main(int argc, char **argv)
{
	const struct command *command = NULL;
	struct invocation invocation;
	struct err err = ERR_INIT;
	int status = EXIT_FINE;

	signal(SIGPIPE, SIG_IGN);
	if (command_line_parse(argc, argv, &command, &invocation, &err) < 0)
		status = command_fail(&err);
	else if (command != NULL)
		status = command->run(&invocation);
	invocation_release(&invocation);
	return status;
}
