#include "cmd/cli_work.h"

#include "base/banned.h"
#include "cmd/cli_progress.h"
#include "cmd/cli_run.h"
#include "engine/sweep.h"

int cli_work_run(const struct invocation *invocation, struct workplace *workplace,
	enum run_kind kind, struct work *work, struct run *run)
{
	struct selection everything;
	struct run own = { 0 };
	struct err err = ERR_INIT;
	int status;

	if (run == NULL)
		run = &own;
	selection_init(&everything);
	bool ok = run_begin(&workplace->engine, kind, &everything, run, &err) == 0;
	selection_release(&everything);
	if (ok) {
		run->work = work;
		ok = progress_start(run, &err) == 0;
	}
	status = ok ? cli_run_to_end(invocation, run) : command_fail(&err);
	if (run == &own)
		run_release(&own);
	return status;
}
