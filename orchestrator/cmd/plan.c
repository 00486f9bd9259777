/* plan: observe, print drift and what would be done. Mutates nothing in AWS. */
#include "cmd/cli_run.h"

static int run(struct invocation *invocation)
{
	return cli_run(invocation, RUN_PLAN);
}

const struct command command_plan = {
	.name = "plan",
	.arguments = "",
	.summary = "observe, print drift and what would be done; change nothing",
	.description =
		"Walks the organization, reads every cell (account x region x baseline) in scope and "
		"compares it\n"
		"with the desired state. Nothing in AWS is changed: each session is narrowed to reads.\n"
		"With --out the exact changes are saved, signed, for a later `reeve apply`.",
	.options = OPTIONS_SELECTORS | OPTIONS_ALL | OPTIONS_OUT,
	.run = run,
};
