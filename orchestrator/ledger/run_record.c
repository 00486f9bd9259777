#include "ledger/run_record.h"

#include "base/banned.h"
#include "ledger/record_read.h"
#include "ledger/record_store.h"
#include "store/read.h"

static const char *const kind_names[] = {
	[RUN_PLAN] = "plan",
	[RUN_SWEEP] = "sweep",
	[RUN_APPLY] = "apply",
	[RUN_ROLLBACK] = "rollback",
	[RUN_EVENT] = "event",
};
static const struct record_names kinds = { "kind", kind_names, ARRAY_LENGTH(kind_names) };

static const char *const state_names[] = {
	[RUN_RUNNING] = "running",
	[RUN_FINISHED] = "finished",
	[RUN_INTERRUPTED] = "interrupted",
	[RUN_FAILED] = "failed",
};
static const struct record_names states = { "state", state_names, ARRAY_LENGTH(state_names) };

static const struct record_field halt_fields[] = {
	RECORD_TEXT(struct run_halt_cause, code, "code", RECORD_REQUIRED),
	RECORD_TEXT(struct run_halt_cause, message, "message", RECORD_OPTIONAL),
	RECORD_END,
};
static const struct record_type halt_type = {
	.name = "halt of a run", .fields = halt_fields, RECORD_PART(struct run_halt_cause)
};

static const struct record_field fields[] = {
	RECORD_TEXT(struct run_record, id, "id", RECORD_REQUIRED),
	RECORD_ENUM(struct run_record, kind, "kind", RECORD_REQUIRED, &kinds),
	RECORD_ENUM(struct run_record, state, "state", RECORD_REQUIRED, &states),
	RECORD_TIME(struct run_record, started_ms, "started", RECORD_OPTIONAL),
	RECORD_TIME(struct run_record, finished_ms, "finished", RECORD_OPTIONAL),
	RECORD_TEXT(struct run_record, generation, "generation", RECORD_OPTIONAL),
	RECORD_OBJECT(struct run_record, selection, "selection", RECORD_OPTIONAL),
	RECORD_OBJECT(struct run_record, cells, "cells", RECORD_OPTIONAL),
	RECORD_INTEGER(struct run_record, changes, "changes", RECORD_REQUIRED),
	RECORD_INTEGER(struct run_record, accounts_in_scope, "accounts_in_scope", RECORD_REQUIRED),
	RECORD_INTEGER(struct run_record, accounts_inactive, "accounts_inactive", RECORD_REQUIRED),
	RECORD_NESTED(struct run_record, halt, "halt", RECORD_OPTIONAL, &halt_type),
	RECORD_END,
};
static const struct record_type run_type = { .name = "run",
	.version = 1,
	.fields = fields,
	.identity = { "id" },
	RECORD_STORED(struct run_record) };

const char *run_kind_name(enum run_kind kind)
{
	return kind_names[kind];
}

int run_record_put(struct store *store, const struct run_record *record, struct err *err)
{
	struct store_key key = STORE_KEY(record->id);

	return record_put(store, STORE_RUNS, &key, &run_type, record, err);
}

void run_record_release(struct run_record *record)
{
	record_release(&run_type, record);
}

json_t *run_record_document(const struct run_record *record)
{
	json_t *document = json_copy(record->source);

	json_object_del(document, RECORD_VERSION_KEY);
	return document;
}

int run_record_read(struct store *store, const char *id, struct run_record *out, bool *found,
	struct err *err)
{
	struct store_key key = STORE_KEY(id);

	return record_get(store, STORE_RUNS, &key, &run_type, out, found, err);
}

struct each {
	int (*each)(void *argument, const struct run_record *record);
	void *argument;
	struct err *err;
	int result;
};

static int visit(void *argument, const struct store_key *key, const json_t *json)
{
	struct each *each = argument;
	struct run_record record;

	(void)key;
	each->result = record_decode(&run_type, json, &record, each->err);
	if (each->result < 0)
		return 1;
	int stop = each->each(each->argument, &record);
	run_record_release(&record);
	return stop;
}

int run_record_each(struct store *store,
	int (*each)(void *argument, const struct run_record *record), void *argument, struct err *err)
{
	struct each visiting = { each, argument, err, 0 };

	if (store_each_json(store, STORE_RUNS, NULL, visit, &visiting, err) < 0)
		return -1;
	return visiting.result;
}
