#include "cmd/run.h"

#include "base/banned.h"
#include "base/count.h"
#include "cmd/fail.h"
#include "cmd/progress.h"
#include "cmd/report.h"
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
			"--resume continues with the selectors of the interrupted sweep, so it can't be "
			"combined with --account, --ou, --region, --baseline or --shard");
	int result = invocation->resume
		? run_resume(&workplace->engine, run, err)
		: run_begin(&workplace->engine, kind, &invocation->selection, run, err);
	run->keeps_all = invocation->all;
	return result;
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

/* Makes the run, shows its document or report, and returns the exit status. Prints its errors. */
static int run_to_end(const struct invocation *invocation, struct run *run)
{
	struct err err = ERR_INIT, show_err = ERR_INIT;
	bool ok = sweep(run, &err) == 0;

	progress_stop();
	/* The findings from before a fault are in the store, so they are shown too. */
	if ((ok || run->cells_done > 0) && show(invocation, run, &show_err) < 0 && ok) {
		err = show_err;
		ok = false;
	}
	return ok ? exit_status(run) : command_fail(&err);
}

/* Writes the plan file of --out, signed with the key of the audit log. */
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
	if (result < 0 || invocation->json)
		return result;
	if (changes == 0)
		printf("there is nothing to change, so the plan saved in %s is empty\n", invocation->out);
	else
		printf("%s saved in %s; `reeve apply %s` makes exactly %s\n", count_of(changes, "change"),
			invocation->out, invocation->out, changes == 1 ? "this one" : "these");
	return result;
}

int command_run(struct invocation *invocation, enum run_kind kind)
{
	struct workplace workplace;
	struct run run = { 0 };
	struct err err = ERR_INIT, close_err = ERR_INIT;
	int status;

	if (workplace_open(&workplace, invocation, run_kind_name(kind), &err) < 0 ||
		begin(invocation, &workplace, kind, &run, &err) < 0 || progress_start(&run, &err) < 0) {
		status = command_fail(&err);
	} else {
		status = run_to_end(invocation, &run);
		if (invocation->out != NULL && status != EXIT_FAULT &&
			write_plan(invocation, &run, &err) < 0)
			status = command_fail(&err);
	}
	run_release(&run);
	if (workplace_close(&workplace, &close_err) < 0 && status != EXIT_FAULT)
		status = command_fail(&close_err);
	return status;
}

int command_run_work(const struct invocation *invocation, struct workplace *workplace,
	enum run_kind kind, struct work *work)
{
	struct selection everything;
	struct run run = { 0 };
	struct err err = ERR_INIT;
	int status;

	selection_init(&everything);
	bool ok = run_begin(&workplace->engine, kind, &everything, &run, &err) == 0;
	selection_release(&everything);
	if (ok) {
		run.work = work;
		ok = progress_start(&run, &err) == 0;
	}
	status = ok ? run_to_end(invocation, &run) : command_fail(&err);
	run_release(&run);
	return status;
}
