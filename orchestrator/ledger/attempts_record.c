#include "ledger/attempts_record.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "ledger/record_read.h"
#include "ledger/record_store.h"
#include "store/queue.h"

/* The record as it is stored. */
struct stored {
	const char *account, *region, *baseline, *resource;
	const json_t *times;
	int64_t held_ms;
	json_t *source;
};

static const struct record_field fields[] = {
	RECORD_TEXT(struct stored, account, "account", RECORD_NULLABLE),
	RECORD_TEXT(struct stored, region, "region", RECORD_NULLABLE),
	RECORD_TEXT(struct stored, baseline, "baseline", RECORD_NULLABLE),
	RECORD_TEXT(struct stored, resource, "resource", RECORD_NULLABLE),
	RECORD_ARRAY(struct stored, times, "times", RECORD_REQUIRED),
	RECORD_TIME(struct stored, held_ms, "held", RECORD_NULLABLE),
	RECORD_END,
};
static const struct record_type type = { .name = "attempts",
	.version = 1,
	.fields = fields,
	.identity = { "account", "region", "baseline", "resource" },
	RECORD_STORED(struct stored) };

static struct store_key key_of(const struct attempts_key *key)
{
	return STORE_KEY(key->account, key->region, key->baseline, key->resource);
}

static int take_times(const json_t *times, struct attempts_record *out)
{
	size_t index;
	json_t *time;

	if (json_array_size(times) > ATTEMPTS_KEPT)
		return -1;
	json_array_foreach((json_t *)times, index, time)
		if (!json_is_string(time) ||
			clock_parse_rfc3339(json_string_value(time), &out->times_ms[out->count++]) < 0)
			return -1;
	return 0;
}

int attempts_record_read(struct store *store, const struct attempts_key *key,
	struct attempts_record *out, struct err *err)
{
	struct store_key place = key_of(key);
	struct stored stored;
	bool found;

	*out = (struct attempts_record){ 0 };
	int result = record_get(store, STORE_ATTEMPTS, &place, &type, &stored, &found, err);
	if (result == 0 && found)
		result = take_times(stored.times, out) < 0
			? err_set(err, ERR_STORE, "InvalidRecord", "its \"times\" are not times")
			: 0;
	if (result == 0)
		out->held_ms = stored.held_ms;
	record_release(&type, &stored);
	return result < 0 ? err_prefix(err,
							"the stored attempts for %s (%s, account %s) can't be read, so it "
							"is not remediated",
							key->resource, key->baseline, key->account)
					  : 0;
}

int attempts_record_write(struct store *store, const struct attempts_key *key,
	const struct attempts_record *record, struct err *err)
{
	struct store_key place = key_of(key);
	char text[CLOCK_RFC3339_SIZE];
	CLEANUP_JSON json_t *times = json_array();
	const struct stored stored = { key->account, key->region, key->baseline, key->resource, times,
		record->held_ms, NULL };

	for (size_t i = 0; i < record->count; i++) {
		clock_format_rfc3339(record->times_ms[i], text);
		json_array_append_new(times, json_string(text));
	}
	return record_put(store, STORE_ATTEMPTS, &place, &type, &stored, err);
}

int attempts_record_delete(struct store *store, const struct attempts_key *key, struct err *err)
{
	struct store_key place = key_of(key);

	return store_delete(store, STORE_ATTEMPTS, &place, err);
}
