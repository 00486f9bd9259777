/* sweep: plans, then remediates or reports each drift by its tier. */
#include "cmd/run.h"

static int run(struct invocation *invocation)
{
	return command_run(invocation, RUN_SWEEP);
}

const struct command command_sweep = {
	.name = "sweep",
	.arguments = "",
	.summary = "plan, then remediate the drift whose tier is auto",
	.description =
		"Does what plan does, and remediates drift of the tier `auto`, verifying each change by "
		"reading the resource again. A change of the tier `approval` waits for a person; drift of "
		"the tier `alert` is only reported. An interrupted sweep is continued with --resume.",
	.options = OPTIONS_SELECTORS | OPTIONS_ALL | OPTIONS_RESUME,
	.run = run,
};
