/* apply FILE: makes exactly the changes of a saved plan, except where the resource has changed
 * since. */
#include "base/banned.h"
#include "cmd/fail.h"
#include "cmd/run.h"
#include "engine/plan_file.h"

static int load(const struct invocation *invocation, struct work *work, struct err *err)
{
	struct audit_key key = { 0 };
	int result = audit_key_load(invocation->state_folder, &key, err);

	if (result == 0 && key.pair == NULL)
		result = err_set(err, ERR_USAGE, "PlanRefused",
			"the state folder %s has no signing key, so it can't have made this plan; name the "
			"folder that made it with --state",
			invocation->state_folder);
	if (result == 0)
		result = plan_file_read(invocation->arguments[0], &key, work, err);
	audit_key_release(&key);
	return result;
}

static int run(struct invocation *invocation)
{
	struct workplace workplace = { 0 };
	struct work work;
	struct err err = ERR_INIT;
	int status;

	work_init(&work, false, false);
	if (invocation->argument_count == 0) {
		(void)err_set(&err, ERR_USAGE, "MissingArgument",
			"`reeve apply` needs the plan file that `reeve plan --out FILE` wrote");
		status = command_fail(&err);
	} else if (load(invocation, &work, &err) < 0 ||
		workplace_open(&workplace, invocation, "apply", &err) < 0) {
		status = command_fail(&err);
	} else {
		status = command_run_work(invocation, &workplace, RUN_APPLY, &work);
	}
	if (workplace_close(&workplace, &err) < 0 && status != EXIT_FAULT)
		status = command_fail(&err);
	work_release(&work);
	return status;
}

const struct command command_apply = {
	.name = "apply",
	.arguments = "FILE",
	.summary = "make exactly the changes of a saved plan",
	.description =
		"Reads a file that `reeve plan --out FILE` wrote, reads each resource again, and makes the "
		"change only where the resource is still as it was when the plan was made; otherwise the "
		"change is reported as moved. A file that was altered, even by one byte, is refused. "
		"Tiers, approvals, limits, pauses and change windows apply as in a sweep.",
	.options = OPTIONS_ALL,
	.most_arguments = 1,
	.run = run,
};
