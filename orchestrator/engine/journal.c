#include "engine/journal.h"

#include "aws/sigv4.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

#define CHANGE_MAX_BYTES (4 * 1024 * 1024)
#define IN_FLIGHT "in-flight"

static json_t *identity(const struct drift *drift)
{
	const struct cell *cell = drift->cell;

	return json_pack("{s:s, s:s, s:s, s:s, s:O?, s:O?, s:O?}", "account", cell->account->account->id, "region", drift->region, "baseline",
	                 cell->baseline->id, "resource", drift->resource, "before", drift->before, "after", drift->verdict->after, "calls",
	                 drift->verdict->calls);
}

void journal_change_hash(const struct drift *drift, char out[65])
{
	CLEANUP_JSON json_t *change = identity(drift);
	CLEANUP_BUF struct buf canonical = BUF_INIT(CHANGE_MAX_BYTES);

	json_add_canonical(&canonical, change);
	sigv4_sha256_hex(canonical.data, canonical.length, out);
}

static void make_id(const char *run_id, const char *hash, char out[32])
{
	char text[65 + RUN_ID_SIZE], id[65];

	snprintf(text, sizeof text, "%s%s", hash, run_id);
	sigv4_sha256_hex(text, strlen(text), id);
	snprintf(out, 32, "c-%.16s", id);
}

void journal_change_id(const char *run_id, const struct drift *drift, char out[32])
{
	char hash[65];

	journal_change_hash(drift, hash);
	make_id(run_id, hash, out);
}

json_t *journal_record(const struct drift *drift)
{
	const struct cell *cell = drift->cell;
	char hash[65], now[CLOCK_RFC3339_SIZE];
	json_t *record = identity(drift);

	journal_change_hash(drift, hash);
	clock_format_rfc3339(clock_now_ms(), now);
	json_object_set_new(record, "id", json_string(drift->change_id));
	json_object_set_new(record, "hash", json_string(hash));
	json_object_set_new(record, "kind", json_string("remedy"));
	json_object_set_new(record, "run", json_string(cell->account->run->id));
	json_object_set_new(record, "wave", json_integer((json_int_t)cell->account->run->wave));
	json_object_set_new(record, "account_name", json_text(cell->account->account->name));
	json_object_set_new(record, "cell_region", json_string(cell->region));
	json_object_set(record, "settings", (json_t *)cell->settings);
	json_object_set_new(record, "tier", json_string(tier_name(drift->tier)));
	json_object_set_new(record, "decided_by", json_text(cell->decided_by));
	json_object_set_new(record, "state", json_string("planned"));
	json_object_set_new(record, "at", json_string(now));
	json_object_set_new(record, "history", json_pack("[{s:s, s:s}]", "state", "planned", "at", now));
	return record;
}

json_t *journal_rollback_record(const struct run *run, const json_t *record, const json_t *current)
{
	static const char *const copied[] = { "account", "account_name", "region",     "cell_region", "baseline", "resource",
		                              "calls",   "settings",     "tier",       "hash",        "decided_by" };
	char now[CLOCK_RFC3339_SIZE], id[32];
	json_t *undo = json_object();

	for (size_t i = 0; i < ARRAY_LENGTH(copied); i++)
		json_object_set(undo, copied[i], json_object_get(record, copied[i]));
	clock_format_rfc3339(clock_now_ms(), now);
	make_id(run->id, json_get_string_or(record, "id", ""), id);
	json_object_set_new(undo, "id", json_string(id));
	json_object_set_new(undo, "kind", json_string("rollback"));
	json_object_set(undo, "of", json_object_get(record, "id"));
	json_object_set_new(undo, "run", json_string(run->id));
	json_object_set(undo, "before", (json_t *)current);
	json_object_set(undo, "after", json_object_get(record, "before"));
	json_object_set_new(undo, "state", json_string("planned"));
	json_object_set_new(undo, "at", json_string(now));
	json_object_set_new(undo, "history", json_pack("[{s:s, s:s}]", "state", "planned", "at", now));
	return undo;
}

static bool is_final(const char *state)
{
	return strcmp(state, "intent") != 0 && strcmp(state, "applied") != 0;
}

static void advance(json_t *record, const char *state, const struct err *cause, const json_t *result)
{
	char now[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(clock_now_ms(), now);
	json_object_set_new(record, "state", json_string(state));
	json_object_set_new(record, "at", json_string(now));
	json_array_append_new(json_object_get(record, "history"), json_pack("{s:s, s:s}", "state", state, "at", now));
	if (result != NULL)
		json_object_set(record, "result", (json_t *)result);
	if (cause != NULL)
		json_object_set_new(record, "cause", json_pack("{s:o, s:o, s:o}", "code", json_text(cause->code), "message", json_text(cause->message),
		                                               "request_id", json_text(cause->request_id)));
}

int journal_move(struct store *store, json_t *record, const char *state, const struct err *cause, const json_t *result, struct err *err)
{
	const char *id = json_get_string_or(record, "id", "");
	struct store_key key = STORE_KEY(id), flight = STORE_KEY(IN_FLIGHT, id);
	int outcome;

	advance(record, state, cause, result);
	/* Both or neither: a change whose outcome is not known must be found again. */
	store_batch_begin(store);
	outcome = store_put_json(store, STORE_JOURNAL, &key, record, err);
	if (outcome == 0)
		outcome = is_final(state) ? store_delete(store, STORE_META, &flight, err) : store_put(store, STORE_META, &flight, id, strlen(id), err);
	store_batch_end(store);
	return outcome;
}

int journal_read(struct store *store, const char *id, json_t **record, struct err *err)
{
	struct store_key key = STORE_KEY(id);

	return store_get_json(store, STORE_JOURNAL, &key, record, err);
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
			return err_set(err, ERR_STORE, "InvalidRecord", "change %s is in flight, but the journal has no record of it", json_string_value(id));
		json_array_append_new(found, record);
	}
	*records = json_incref(found);
	return 0;
}
