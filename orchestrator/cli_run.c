#include "cli_run.h"

#include "base/banned.h"
#include "cli_progress.h"
#include "cli_report.h"
#include "engine/document.h"
#include "engine/sweep.h"
#include "workplace.h"

static int begin(struct invocation *invocation, const struct workplace *workplace, enum run_kind kind, struct run *run, struct err *err)
{
	if (invocation->resume)
		return run_resume(&workplace->engine, run, err);
	return run_begin(&workplace->engine, kind, &invocation->selection, run, err);
}

static int show(const struct invocation *invocation, const struct run *run, struct err *err)
{
	if (invocation->json)
		return document_write(run, invocation->all, stdout, err);
	return report_print(run, invocation->all, stdout, err);
}

static int exit_status(const struct run *run)
{
	int status = status_exit_code(&run->cells);

	if (run->interrupted)
		return EXIT_FAULT;
	return status == EXIT_FINE && run->halt.kind != ERR_NONE ? EXIT_DRIFT : status;
}

int cli_run(struct invocation *invocation, enum run_kind kind)
{
	struct workplace workplace;
	struct run run = { 0 };
	struct err err = ERR_INIT, close_err = ERR_INIT;
	int status = EXIT_FAULT;

	bool ok = workplace_open(&workplace, invocation, run_kind_name(kind), &err) == 0 &&
	          begin(invocation, &workplace, kind, &run, &err) == 0 && progress_start(&run, &err) == 0;
	if (ok) {
		ok = sweep(&run, &err) == 0;
		progress_stop();
		/* What was found before a fault is shown too: it is in the store. */
		struct err show_err = ERR_INIT;
		if ((ok || run.cells_done > 0) && show(invocation, &run, &show_err) < 0 && ok) {
			err = show_err;
			ok = false;
		}
		status = ok ? exit_status(&run) : EXIT_FAULT;
	}
	if (!ok)
		command_fail(&err);
	run_release(&run);
	if (workplace_close(&workplace, &close_err) < 0 && ok)
		status = command_fail(&close_err);
	return status;
}
