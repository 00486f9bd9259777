#include "ledger/journal.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "ledger/change.h"
#include "ledger/run_record.h"
#include "ledger/scan.h"
#include "store/queue.h"
#include "store/read.h"

#define IN_FLIGHT "in-flight"
/* This key is in the meta database once every record is in the index by run. */
#define INDEXED "journal-by-run"

void journal_plan(struct change_record *record, char id[CHANGE_ID_SIZE],
	char hash[CHANGE_HASH_SIZE])
{
	record->kind = CHANGE_REMEDY;
	change_hash(record, hash);
	record->hash = hash;
	change_make_id(record->run, hash, id);
	record->id = id;
	change_record_step(record, CHANGE_PLANNED, NULL, NULL);
}

void journal_plan_rollback(struct change_record *undo, const char *run,
	const struct change_record *record, const json_t *current, char id[CHANGE_ID_SIZE])
{
	change_make_id(run, record->id, id);
	*undo = (struct change_record){
		.id = id,
		.hash = record->hash,
		.kind = CHANGE_ROLLBACK,
		.of = record->id,
		.run = run,
		.account = record->account,
		.account_name = record->account_name,
		.cell_region = record->cell_region,
		.region = record->region,
		.baseline = record->baseline,
		.resource = record->resource,
		.settings = record->settings,
		.tier = record->tier,
		.decided_by = record->decided_by,
		.before = current,
		.after = record->before,
		.calls = record->calls,
	};
	change_record_step(undo, CHANGE_PLANNED, NULL, NULL);
}

static MAY_YIELD int put_index(struct store *store, const char *run, const char *id,
	struct err *err)
{
	struct store_key key = STORE_KEY(run, id);

	return store_put(store, STORE_RUN_CHANGES, &key, id, strlen(id), err);
}

/* Calls back for each record of the journal, which is read in one go. */
struct visiting {
	struct store *store;
	const char *run; /* only its records; NULL: all */
	journal_visit *each;
	void *argument;
	struct err *err;
	bool failed;
};

static int visit(struct visiting *visiting, const json_t *json)
{
	struct change_record record;
	int result = 1;

	if (change_record_decode(json, &record, visiting->err) < 0)
		visiting->failed = true;
	else
		result = visiting->run == NULL || strcmp(record.run, visiting->run) == 0
			? visiting->each(visiting->argument, &record)
			: 0;
	change_record_release(&record);
	return result;
}

static int visit_json(void *argument, const struct store_key *key, const json_t *json)
{
	(void)key;
	return visit(argument, json);
}

static int visit_all(struct visiting *visiting)
{
	return store_each_json(visiting->store, STORE_JOURNAL, NULL, visit_json, visiting,
			   visiting->err) < 0 ||
			visiting->failed
		? -1
		: 0;
}

static int add_to_list(void *argument, const struct change_record *record)
{
	change_list_add(argument, record);
	return 0;
}

/* Reads the records that were written before there was an index; there is none when all are in it.
 */
static int find_unindexed(struct store *store, struct change_list *records, bool *indexed,
	struct err *err)
{
	struct store_key key = STORE_KEY(INDEXED);
	struct visiting all = { .store = store, .each = add_to_list, .argument = records, .err = err };
	CLEANUP_JSON json_t *since = NULL;

	if (store_get_json(store, STORE_META, &key, &since, err) < 0)
		return -1;
	*indexed = since != NULL;
	return *indexed ? 0 : visit_all(&all);
}

/* Must be called within a batch. */
static MAY_YIELD int put_indexes(struct store *store, const struct change_list *records,
	struct err *err)
{
	struct store_key marker = STORE_KEY(INDEXED);
	CLEANUP_JSON json_t *since = json_pack("{s:I}", "since_ms", (json_int_t)clock_now_ms());

	for (size_t i = 0; i < records->count; i++)
		if (put_index(store, records->items[i].run, records->items[i].id, err) < 0)
			return -1;
	return store_put_json(store, STORE_META, &marker, since, err);
}

/* Queues the record. The text of the fields that no move changes is made once: the images and the
 * calls are the largest part of it. */
static MAY_YIELD int put_record(struct store *store, const struct store_key *key,
	struct change_record *record, struct err *err)
{
	if (!change_record_fits(record)) {
		CLEANUP_JSON json_t *json = change_record_encode(record);

		return store_put_json(store, STORE_JOURNAL, key, json, err); /* the store refuses it */
	}
	if (record->fixed.length == 0) {
		buf_init(&record->fixed, SIZE_MAX);
		change_record_add_fixed(&record->fixed, record);
	}
	struct buf *text = store_text(store);
	buf_add(text, record->fixed.data, record->fixed.length);
	change_record_add_moving(text, record);
	return store_put(store, STORE_JOURNAL, key, text->data, text->length, err);
}

int journal_move(struct store *store, struct change_record *record, enum change_state state,
	const struct err *cause, const json_t *result, struct err *err)
{
	const char *id = record->id;
	struct store_key key = STORE_KEY(id), flight = STORE_KEY(IN_FLIGHT, id);
	struct change_list unindexed = { 0 };
	bool indexed = true, begins = state == CHANGE_INTENT;
	int outcome;

	if (begins && find_unindexed(store, &unindexed, &indexed, err) < 0) {
		change_list_release(&unindexed);
		return -1;
	}
	change_record_step(record, state, cause, result);
	/* Both are written or neither: a change whose outcome is not known must be found again, also by
	 * its run. */
	store_batch_begin(store);
	outcome = put_record(store, &key, record, err);
	if (outcome == 0)
		outcome = change_state_in_flight(state)
			? store_put(store, STORE_META, &flight, id, strlen(id), err)
			: store_delete(store, STORE_META, &flight, err);
	if (outcome == 0 && begins)
		outcome = put_index(store, record->run, id, err);
	if (outcome == 0 && !indexed)
		outcome = put_indexes(store, &unindexed, err);
	store_batch_end(store);
	change_list_release(&unindexed);
	return outcome;
}

int journal_forget(struct store *store, const char *run_id, const char *id, struct err *err)
{
	struct store_key key = STORE_KEY(id), by_run = STORE_KEY(run_id, id);

	store_batch_begin(store);
	int result = store_delete(store, STORE_JOURNAL, &key, err) < 0 ||
			store_delete(store, STORE_RUN_CHANGES, &by_run, err) < 0
		? -1
		: 0;
	store_batch_end(store);
	return result;
}

int journal_read(struct store *store, const char *id, struct change_record *out, bool *found,
	struct err *err)
{
	struct store_key key = STORE_KEY(id);
	CLEANUP_JSON json_t *json = NULL;

	*found = false;
	memset(out, 0, sizeof *out);
	if (store_get_json(store, STORE_JOURNAL, &key, &json, err) < 0 ||
		(json != NULL && change_record_decode(json, out, err) < 0))
		return -1;
	*found = json != NULL;
	return 0;
}

static int visit_indexed(void *argument, const struct store_key *key, const void *value,
	size_t length)
{
	struct visiting *visiting = argument;
	CLEANUP_JSON json_t *json = NULL;
	char id[64];

	(void)key;
	snprintf(id, sizeof id, "%.*s", (int)(length < sizeof id ? length : sizeof id),
		(const char *)value);
	struct store_key of_record = STORE_KEY(id);
	visiting->failed =
		store_get_json(visiting->store, STORE_JOURNAL, &of_record, &json, visiting->err) < 0;
	/* Retention may have removed the record since. */
	return visiting->failed ? 1 : json != NULL ? visit(visiting, json) : 0;
}

int journal_each_of_run(struct store *store, const char *run_id, journal_visit *each,
	void *argument, struct err *err)
{
	struct visiting visiting = {
		.store = store, .run = run_id, .each = each, .argument = argument, .err = err
	};
	struct store_key marker = STORE_KEY(INDEXED), prefix = STORE_KEY(run_id);
	CLEANUP_JSON json_t *since = NULL;

	if (strlen(run_id) >= RUN_ID_SIZE) /* this is no run's id, and it may be too long for a key */
		return 0;
	if (store_get_json(store, STORE_META, &marker, &since, err) < 0)
		return -1;
	if (since == NULL)
		return visit_all(&visiting);
	return store_each(store, STORE_RUN_CHANGES, &prefix, visit_indexed, &visiting, err) < 0 ||
			visiting.failed
		? -1
		: 0;
}

static int visit_scanned(void *argument, const struct store_key *key, const json_t *json,
	size_t bytes)
{
	(void)key, (void)bytes;
	return visit(argument, json);
}

int journal_each(struct store *store, journal_visit *each, void *argument, struct err *err)
{
	struct visiting visiting = { .store = store, .each = each, .argument = argument, .err = err };
	struct ledger_scan scan = { .store = store,
		.database = STORE_JOURNAL,
		.records = SIZE_MAX,
		.each = visit_scanned,
		.argument = &visiting };

	return ledger_scan(&scan, err) < 0 || visiting.failed ? -1 : 0;
}

static int collect_id(void *argument, const struct store_key *key, const void *value, size_t length)
{
	(void)key;
	json_array_append_new(argument, json_stringn(value, length));
	return 0;
}

static int add_in_flight(struct store *store, const char *id, struct change_list *list,
	struct err *err)
{
	struct change_record record;
	bool found;

	if (journal_read(store, id, &record, &found, err) < 0)
		return -1;
	if (!found)
		return err_set(err, ERR_STORE, "InvalidRecord",
			"change %s is in flight, but the journal has no record of it; restore the state folder "
			"from a copy",
			id);
	change_list_add(list, &record);
	change_record_release(&record);
	return 0;
}

int journal_in_flight(struct store *store, struct change_list *list, struct err *err)
{
	CLEANUP_JSON json_t *ids = json_array();
	struct store_key prefix = STORE_KEY(IN_FLIGHT);
	size_t index;
	json_t *id;

	if (store_each(store, STORE_META, &prefix, collect_id, ids, err) < 0)
		return -1;
	json_array_foreach(ids, index, id)
		if (add_in_flight(store, json_string_value(id), list, err) < 0)
			return -1;
	return 0;
}
