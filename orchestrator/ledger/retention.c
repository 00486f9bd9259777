#include "ledger/retention.h"

#include "base/banned.h"
#include "base/json.h"
#include "ledger/coverage.h"
#include "ledger/journal.h"
#include "ledger/run_record.h"
#include "store/queue.h"

#define DAY_MS (24 * 60 * 60 * 1000LL)

struct runs {
	json_t *of_events, *others; /* ids in the order of their start, since ids begin with it */
	json_t *with_changes;       /* a set of those that changed something */
};

static int collect_run(void *argument, const struct run_record *record)
{
	struct runs *runs = argument;

	json_array_append_new(record->kind == RUN_EVENT ? runs->of_events : runs->others,
		json_string(record->id));
	if (record->changes > 0)
		json_object_set_new(runs->with_changes, record->id, json_null());
	return 0;
}

static MAY_YIELD int drop_ledgers(struct store *store, const json_t *ids, size_t kept,
	struct err *err)
{
	for (size_t i = 0; i + kept < json_array_size(ids); i++) {
		if (coverage_forget_run(store, json_string_value(json_array_get(ids, i)), err) < 0)
			return -1;
	}
	return 0;
}

/* --- changes --- */

static int collect_change(void *argument, const struct change_record *record)
{
	/* A change whose outcome is not known yet is never forgotten. */
	if (!change_state_in_flight(record->state))
		json_array_append_new(argument, json_string(record->id));
	return 0;
}

static MAY_YIELD int drop_changes(struct store *store, const char *run, struct err *err)
{
	CLEANUP_JSON json_t *ids = json_array();
	size_t index;
	json_t *id;

	if (journal_each_of_run(store, run, collect_change, ids, err) < 0)
		return -1;
	json_array_foreach(ids, index, id)
		if (journal_forget(store, run, json_string_value(id), err) < 0)
			return -1;
	return 0;
}

/* Returns whether the run began before that day: ids begin with their time, "20261124T…". */
static bool began_before(const char *id, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm utc;
	char day[16];

	gmtime_r(&seconds, &utc);
	strftime(day, sizeof day, "%Y%m%d", &utc);
	return strncmp(id, day, 8) < 0;
}

static MAY_YIELD int drop_runs(struct store *store, const struct runs *runs, const json_t *ids,
	int64_t now_ms, struct err *err)
{
	for (size_t i = 0; i + RETENTION_RUNS < json_array_size(ids); i++) {
		const char *id = json_string_value(json_array_get(ids, i));
		struct store_key key = STORE_KEY(id);
		bool old = began_before(id, now_ms - RETENTION_CHANGES_DAYS * DAY_MS);

		if (json_object_get(runs->with_changes, id) != NULL && !old)
			continue;
		if (drop_changes(store, id, err) < 0 || store_delete(store, STORE_RUNS, &key, err) < 0)
			return -1;
	}
	return 0;
}

int retention_apply(struct store *store, int64_t now_ms, struct err *err)
{
	CLEANUP_JSON json_t *of_events = json_array(), *others = json_array(),
						*with_changes = json_object();
	struct runs runs = { of_events, others, with_changes };

	if (run_record_each(store, collect_run, &runs, err) < 0)
		return -1;
	if (drop_ledgers(store, of_events, RETENTION_EVENT_LEDGERS, err) < 0 ||
		drop_ledgers(store, others, RETENTION_LEDGERS, err) < 0)
		return -1;
	if (drop_runs(store, &runs, of_events, now_ms, err) < 0)
		return -1;
	return drop_runs(store, &runs, others, now_ms, err);
}
