#include "engine/cell_view.h"

#include "base/banned.h"
#include "config/values.h"
#include "engine/administrators.h"

static struct cell *cell_of(struct baseline_context *context)
{
	return context->engine;
}

static MAY_YIELD struct aws_reader *reader_in(struct baseline_context *context,
	const char *account_id, struct err *err)
{
	struct cell *cell = cell_of(context);

	(void)err;
	return administrators_reader(cell->account->administrators, cell->baseline, account_id);
}

/* Refuses a writer: a baseline may not write while it observes. */
static MAY_YIELD struct aws_writer *writer_in(struct baseline_context *context,
	const char *account_id, struct err *err)
{
	struct cell *cell = cell_of(context);

	(void)err_set(err, ERR_UNDECLARED, "ObserveWrites",
		"baseline %s may not write in account %s while it observes", cell->baseline->id,
		account_id);
	return NULL;
}

void cell_prepare(struct cell *cell, struct baseline_context *context, struct aws_reader *reader)
{
	const struct run *run = cell->account->run;

	*reader = (struct aws_reader){
		.aws = run->engine.aws,
		.session = cell->account->session,
		.account_id = cell->account->account->id,
		.declared = cell->baseline->reads,
		.cache = cell->account->cache,
		.charged = &cell->account->run->stats,
	};
	*context = (struct baseline_context){
		.place = {
			.account_id = cell->account->account->id,
			.partition = run->organization->partition,
			.region = cell->region,
			.home_region = config_string(run->engine.config, "organization", "home_region"),
			.orchestrator_account = run->orchestrator_account,
		},
		.reader = reader,
		.settings = cell->settings,
		.reader_in = reader_in,
		.writer_in = writer_in,
		.engine = cell,
	};
}
