#include "ledger/run_record.h"

#include "base/banned.h"
#include "base/json.h"
#include "ledger/record.h"

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

const char *run_kind_name(enum run_kind kind)
{
	return record_name(&kinds, (int)kind);
}

const char *run_state_name(enum run_state state)
{
	return record_name(&states, (int)state);
}

static bool has(const json_t *record, const char *key, const struct record_names *names, int value)
{
	int found;

	return record_parse_name(names, json_get_string_or(record, key, ""), &found) == 0 &&
		found == value;
}

bool run_has_kind(const json_t *record, enum run_kind kind)
{
	return has(record, "kind", &kinds, (int)kind);
}

bool run_has_state(const json_t *record, enum run_state state)
{
	return has(record, "state", &states, (int)state);
}
