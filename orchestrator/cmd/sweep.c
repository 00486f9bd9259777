/* sweep: plan, then act by tier. */
#include "cmd/cli_run.h"

static int run(struct invocation *invocation)
{
	return cli_run(invocation, RUN_SWEEP);
}

const struct command command_sweep = {
	.name = "sweep",
	.arguments = "",
	.summary = "plan, then mend what its tier lets Reeve mend",
	.description =
		"Does what plan does, and mends drift of the tier `auto`, verifying each change by reading "
		"the\n"
		"resource again. Drift of the tiers `approval` and `alert` is recorded and reported.\n"
		"A sweep that was cut off goes on with --resume.",
	.options = OPTIONS_SELECTORS | OPTIONS_ALL | OPTIONS_RESUME,
	.run = run,
};
