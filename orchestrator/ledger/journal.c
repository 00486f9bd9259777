#include "ledger/journal.h"

#include "aws/sigv4/sigv4.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "approvals/rules.h"

#define IN_FLIGHT "in-flight"
/* Stands in the meta database once every record is in the index by run. */
#define INDEXED "journal-by-run"

static void make_id(const char *run_id, const char *hash, char out[32])
{
	char text[65 + RUN_ID_SIZE], id[65];

	snprintf(text, sizeof text, "%s%s", hash, run_id);
	sigv4_sha256_hex(text, strlen(text), id);
	snprintf(out, 32, "c-%.16s", id);
}

static void set_text(json_t *record, const char *name, const char *text)
{
	json_object_set_new_nocheck(record, name, json_text(text));
}

/* NULL stands as null. */
static void set_value(json_t *record, const char *name, const json_t *value)
{
	json_object_set_new_nocheck(record, name,
		value != NULL ? json_incref((json_t *)value) : json_null());
}

static json_t *step(const char *state, const char *at)
{
	json_t *entry = json_object();

	set_text(entry, "state", state);
	set_text(entry, "at", at);
	return entry;
}

/* The first step of the record's history. */
static void begin(json_t *record)
{
	char now[CLOCK_RFC3339_SIZE];
	json_t *history = json_array();

	clock_format_rfc3339(clock_now_ms(), now);
	set_text(record, "state", "planned");
	set_text(record, "at", now);
	json_array_append_new(history, step("planned", now));
	json_object_set_new_nocheck(record, "history", history);
}

void journal_plan(struct drift *drift)
{
	const struct cell *cell = drift->cell;
	const struct run *run = cell->account->run;
	json_t *record = drift->record = json_object();

	set_text(record, "account", cell->account->account->id);
	set_text(record, "region", drift->region);
	set_text(record, "baseline", cell->baseline->id);
	set_text(record, "resource", drift->resource);
	set_value(record, "before", drift->before);
	set_value(record, "after", drift->verdict->after);
	set_value(record, "calls", drift->verdict->calls);
	approval_change_hash(record, drift->hash);
	make_id(run->id, drift->hash, drift->change_id);
	set_text(record, "id", drift->change_id);
	set_text(record, "hash", drift->hash);
	set_text(record, "kind", "remedy");
	set_text(record, "run", run->id);
	json_object_set_new_nocheck(record, "wave", json_integer((json_int_t)run->wave));
	set_text(record, "account_name", cell->account->account->name);
	set_text(record, "cell_region", cell->region);
	json_object_set(record, "settings", (json_t *)cell->settings);
	set_text(record, "tier", tier_name(drift->tier));
	set_text(record, "decided_by", cell->decided_by);
	begin(record);
}

json_t *journal_rollback_record(const struct run *run, const json_t *record, const json_t *current)
{
	static const char *const copied[] = { "account", "account_name", "region", "cell_region",
		"baseline", "resource", "calls", "settings", "tier", "hash", "decided_by" };
	char id[32];
	json_t *undo = json_object();

	for (size_t i = 0; i < ARRAY_LENGTH(copied); i++)
		json_object_set(undo, copied[i], json_object_get(record, copied[i]));
	make_id(run->id, json_get_string_or(record, "id", ""), id);
	json_object_set_new(undo, "id", json_string(id));
	json_object_set_new(undo, "kind", json_string("rollback"));
	json_object_set(undo, "of", json_object_get(record, "id"));
	json_object_set_new(undo, "run", json_string(run->id));
	json_object_set(undo, "before", (json_t *)current);
	json_object_set(undo, "after", json_object_get(record, "before"));
	begin(undo);
	return undo;
}

static bool is_final(const char *state)
{
	return strcmp(state, "intent") != 0 && strcmp(state, "applied") != 0;
}

static void advance(json_t *record, const char *state, const struct err *cause,
	const json_t *result)
{
	char now[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(clock_now_ms(), now);
	set_text(record, "state", state);
	set_text(record, "at", now);
	json_array_append_new(json_object_get(record, "history"), step(state, now));
	if (result != NULL)
		json_object_set(record, "result", (json_t *)result);
	if (cause != NULL)
		json_object_set_new(record, "cause",
			json_pack("{s:o, s:o, s:o}", "code", json_text(cause->code), "message",
				json_text(cause->message), "request_id", json_text(cause->request_id)));
}

static MAY_YIELD int put_index(struct store *store, const char *run, const char *id,
	struct err *err)
{
	struct store_key key = STORE_KEY(run, id);

	return store_put(store, STORE_RUN_CHANGES, &key, id, strlen(id), err);
}

static int collect_unindexed(void *argument, const struct store_key *key, const json_t *record)
{
	(void)key;
	json_array_append_new(argument,
		json_pack("{s:s, s:s}", "run", json_get_string_or(record, "run", ""), "id",
			json_get_string_or(record, "id", "")));
	return 0;
}

/* The records that a store has from before there was an index, as an array of {run, id}; NULL when
 * all are in it. */
static int find_unindexed(struct store *store, json_t **records, bool *indexed, struct err *err)
{
	struct store_key key = STORE_KEY(INDEXED);
	CLEANUP_JSON json_t *since = NULL;

	if (store_get_json(store, STORE_META, &key, &since, err) < 0)
		return -1;
	*indexed = since != NULL;
	if (*indexed)
		return 0;
	*records = json_array();
	return store_each_json(store, STORE_JOURNAL, NULL, collect_unindexed, *records, err);
}

/* Within a batch. */
static MAY_YIELD int put_indexes(struct store *store, const json_t *records, struct err *err)
{
	struct store_key marker = STORE_KEY(INDEXED);
	CLEANUP_JSON json_t *since = json_pack("{s:I}", "since_ms", (json_int_t)clock_now_ms());
	size_t index;
	json_t *record;

	json_array_foreach(records, index, record)
		if (put_index(store, json_get_string_or(record, "run", ""),
				json_get_string_or(record, "id", ""), err) < 0)
			return -1;
	return store_put_json(store, STORE_META, &marker, since, err);
}

static void add_members(struct buf *out, json_t *record, void *from, const void *until)
{
	for (void *at = from; at != until; at = json_object_iter_next(record, at)) {
		buf_add_char(out, ',');
		json_add_string(out, json_object_iter_key(at));
		buf_add_char(out, ':');
		json_add_text(out, json_object_iter_value(at));
	}
}

/* Queues the record. `fixed`, which may be NULL, keeps the text of the members before the state,
 * which no move changes: of the most of it, the images and the calls, the text is made once. */
static MAY_YIELD int put_record(struct store *store, const struct store_key *key, json_t *record,
	struct buf *fixed, struct err *err)
{
	void *state = json_object_iter_at(record, "state");
	bool known = fixed != NULL && fixed->length > 0;
	bool fits = known ? json_fits(json_object_get(record, "result"), JSON_MAX_DEPTH - 1)
					  : json_fits(record, JSON_MAX_DEPTH);

	if (fixed == NULL || !fits) /* which is then refused */
		return store_put_json(store, STORE_JOURNAL, key, record, err);
	if (!known)
		add_members(fixed, record, json_object_iter(record), state);
	struct buf *text = store_text(store);
	buf_add(text, fixed->data, fixed->length);
	add_members(text, record, state, NULL);
	buf_add_char(text, '}');
	text->data[0] = '{'; /* the first comma */
	return store_put(store, STORE_JOURNAL, key, text->data, text->length, err);
}

static MAY_YIELD int move(struct store *store, json_t *record, struct buf *fixed, const char *state,
	const struct err *cause, const json_t *result, struct err *err)
{
	const char *id = json_get_string_or(record, "id", "");
	struct store_key key = STORE_KEY(id), flight = STORE_KEY(IN_FLIGHT, id);
	CLEANUP_JSON json_t *unindexed = NULL;
	bool indexed = true, begins = strcmp(state, "intent") == 0;
	int outcome;

	if (begins && find_unindexed(store, &unindexed, &indexed, err) < 0)
		return -1;
	advance(record, state, cause, result);
	/* Both or neither: a change whose outcome is not known must be found again, also by its run. */
	store_batch_begin(store);
	outcome = put_record(store, &key, record, fixed, err);
	if (outcome == 0)
		outcome = is_final(state) ? store_delete(store, STORE_META, &flight, err)
								  : store_put(store, STORE_META, &flight, id, strlen(id), err);
	if (outcome == 0 && begins)
		outcome = put_index(store, json_get_string_or(record, "run", ""), id, err);
	if (outcome == 0 && !indexed)
		outcome = put_indexes(store, unindexed, err);
	store_batch_end(store);
	return outcome;
}

int journal_move(struct store *store, json_t *record, const char *state, const struct err *cause,
	const json_t *result, struct err *err)
{
	return move(store, record, NULL, state, cause, result, err);
}

int journal_move_drift(struct drift *drift, const char *state, const struct err *cause,
	const json_t *result, struct err *err)
{
	return move(drift->cell->account->run->engine.store, drift->record, &drift->fixed, state, cause,
		result, err);
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

int journal_read(struct store *store, const char *id, json_t **record, struct err *err)
{
	struct store_key key = STORE_KEY(id);

	return store_get_json(store, STORE_JOURNAL, &key, record, err);
}

struct of_run {
	struct store *store;
	const char *run;
	int (*each)(void *argument, const struct store_key *key, const json_t *record);
	void *argument;
	struct err *err;
	bool failed;
};

static int each_scanned(void *argument, const struct store_key *key, const json_t *record)
{
	const struct of_run *of = argument;

	return strcmp(json_get_string_or(record, "run", ""), of->run) == 0
		? of->each(of->argument, key, record)
		: 0;
}

static int each_indexed(void *argument, const struct store_key *key, const void *value,
	size_t length)
{
	struct of_run *of = argument;
	CLEANUP_JSON json_t *record = NULL;
	char id[64];

	snprintf(id, sizeof id, "%.*s", (int)(length < sizeof id ? length : sizeof id),
		(const char *)value);
	of->failed = journal_read(of->store, id, &record, of->err) < 0;
	/* A record may have been dropped since, by its age. */
	return of->failed ? 1 : record != NULL ? each_scanned(of, key, record) : 0;
}

int journal_each_of_run(struct store *store, const char *run_id,
	int (*each)(void *argument, const struct store_key *key, const json_t *record), void *argument,
	struct err *err)
{
	struct of_run of = { store, run_id, each, argument, err, false };
	struct store_key marker = STORE_KEY(INDEXED), prefix = STORE_KEY(run_id);
	CLEANUP_JSON json_t *since = NULL;

	if (strlen(run_id) >= RUN_ID_SIZE) /* no run's, and may be too long for a key */
		return 0;
	if (store_get_json(store, STORE_META, &marker, &since, err) < 0)
		return -1;
	if (since == NULL)
		return store_each_json(store, STORE_JOURNAL, NULL, each_scanned, &of, err);
	return store_each(store, STORE_RUN_CHANGES, &prefix, each_indexed, &of, err) < 0 || of.failed
		? -1
		: 0;
}

static int compare_newest_first(const void *left, const void *right)
{
	const json_t *a = *(json_t *const *)left, *b = *(json_t *const *)right;

	return strcmp(json_get_string_or(b, "at", ""), json_get_string_or(a, "at", ""));
}

json_t *journal_newest_first(const json_t *records)
{
	size_t count = json_array_size(records);
	json_t **list = xcalloc(count, sizeof *list), *result = json_array();

	for (size_t i = 0; i < count; i++)
		list[i] = json_array_get(records, i);
	qsort(list, count, sizeof *list, compare_newest_first);
	for (size_t i = 0; i < count; i++)
		json_array_append(result, list[i]);
	free(list);
	return result;
}

static int collect_id(void *argument, const struct store_key *key, const void *value, size_t length)
{
	(void)key;
	json_array_append_new(argument, json_stringn(value, length));
	return 0;
}

int journal_in_flight(struct store *store, json_t **records, struct err *err)
{
	CLEANUP_JSON json_t *ids = json_array();
	CLEANUP_JSON json_t *found = json_array();
	struct store_key prefix = STORE_KEY(IN_FLIGHT);
	size_t index;
	json_t *id;

	if (store_each(store, STORE_META, &prefix, collect_id, ids, err) < 0)
		return -1;
	json_array_foreach(ids, index, id) {
		json_t *record = NULL;

		if (journal_read(store, json_string_value(id), &record, err) < 0)
			return -1;
		if (record == NULL)
			return err_set(err, ERR_STORE, "InvalidRecord",
				"change %s is in flight, but the journal has no record of it",
				json_string_value(id));
		json_array_append_new(found, record);
	}
	*records = json_incref(found);
	return 0;
}
