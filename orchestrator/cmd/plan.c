/* plan: prints the drift that it observes and the changes that a sweep would make. It changes
 * nothing in AWS. */
#include "cmd/run.h"

static int run(struct invocation *invocation)
{
	return command_run(invocation, RUN_PLAN);
}

const struct command command_plan = {
	.name = "plan",
	.arguments = "",
	.summary = "show drift and what a sweep would do; change nothing",
	.description = "Walks the organization, reads every cell (account x region x baseline) in "
				   "scope and compares it with the desired state. Nothing in AWS is changed: a "
				   "session policy narrows each session to reads. With --out the exact changes are "
				   "saved in a signed file for a later `reeve apply`.",
	.options = OPTIONS_SELECTORS | OPTIONS_ALL | OPTIONS_OUT,
	.run = run,
};
