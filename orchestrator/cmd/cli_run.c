#include "cmd/cli_run.h"

#include "base/banned.h"
#include "cmd/cli_progress.h"
#include "cmd/cli_report.h"
#include "cmd/workplace.h"
#include "engine/document.h"
#include "engine/plan_file.h"
#include "engine/sweep.h"

static bool selects(const struct selection *selection)
{
	return json_array_size(selection->accounts) + json_array_size(selection->ous) +
			json_array_size(selection->regions) + json_array_size(selection->baselines) >
		0 ||
		selection->shards != 1;
}

static int begin(struct invocation *invocation, const struct workplace *workplace,
	enum run_kind kind, struct run *run, struct err *err)
{
	if (invocation->resume && selects(&invocation->selection))
		return err_set(err, ERR_USAGE, "OptionNotTaken",
			"--resume goes on with the selectors of the sweep that was cut off: it takes no "
			"--account, --ou, --region, --baseline or --shard");
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

int cli_run_to_end(const struct invocation *invocation, struct run *run)
{
	struct err err = ERR_INIT, show_err = ERR_INIT;
	bool ok = sweep(run, &err) == 0;

	progress_stop();
	/* What was found before a fault is shown too: it is in the store. */
	if ((ok || run->cells_done > 0) && show(invocation, run, &show_err) < 0 && ok) {
		err = show_err;
		ok = false;
	}
	return ok ? exit_status(run) : command_fail(&err);
}

/* The plan file, with the key of the state folder's audit log. */
static int write_plan(const struct invocation *invocation, const struct run *run, struct err *err)
{
	struct audit_key key = { 0 };
	size_t changes = 0;
	int result = audit_key_load(invocation->state_folder, &key, err);

	if (result == 0 && key.pair == NULL)
		result = audit_key_create(invocation->state_folder, &key, err);
	if (result == 0)
		result = plan_file_write(run, &key, invocation->out, &changes, err);
	audit_key_release(&key);
	if (result == 0 && !invocation->json)
		printf("%zu changes saved in %s; `reeve apply %s` makes exactly these\n", changes,
			invocation->out, invocation->out);
	return result;
}

int cli_run(struct invocation *invocation, enum run_kind kind)
{
	struct workplace workplace;
	struct run run = { 0 };
	struct err err = ERR_INIT, close_err = ERR_INIT;
	int status;

	if (workplace_open(&workplace, invocation, run_kind_name(kind), &err) < 0 ||
		begin(invocation, &workplace, kind, &run, &err) < 0 || progress_start(&run, &err) < 0) {
		status = command_fail(&err);
	} else {
		status = cli_run_to_end(invocation, &run);
		if (invocation->out != NULL && status != EXIT_FAULT &&
			write_plan(invocation, &run, &err) < 0)
			status = command_fail(&err);
	}
	run_release(&run);
	if (workplace_close(&workplace, &close_err) < 0 && status != EXIT_FAULT)
		status = command_fail(&close_err);
	return status;
}
