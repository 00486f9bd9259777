/* Counts how often a resource was remediated. Who undid the changes is found in attempts_who.c. */
#include "guards/attempts.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "store/store.h"

/* The largest value of limits.attempts_per_resource. */
#define TIMES_KEPT 100
#define HOUR_MS (INT64_C(3600) * 1000)

struct record {
	size_t count;
	int64_t times_ms[TIMES_KEPT]; /* times of verified remediations, the oldest first */
	int64_t held_ms; /* when it was last found drifted and was held; 0: it is not held */
};

static struct store_key key_of(const struct attempts_key *key)
{
	return STORE_KEY(key->account, key->region, key->baseline, key->resource);
}

static int64_t window_ms(const struct config *config)
{
	return config_integer(config, "limits", "attempts_window_hours") * HOUR_MS;
}

static int malformed(const struct attempts_key *key, struct err *err)
{
	return err_set(err, ERR_STORE, "InvalidRecord",
		"the stored attempts for %s (%s, account %s) can't be read, so it is not remediated",
		key->resource, key->baseline, key->account);
}

static int parse_times(const json_t *times, struct record *record)
{
	size_t index;
	json_t *time;

	if (!json_is_array(times) || json_array_size(times) > TIMES_KEPT)
		return -1;
	json_array_foreach((json_t *)times, index, time)
		if (!json_is_string(time) ||
			clock_parse_rfc3339(json_string_value(time), &record->times_ms[record->count++]) < 0)
			return -1;
	return 0;
}

static int read_record(struct store *store, const struct attempts_key *key, struct record *record,
	struct err *err)
{
	struct store_key stored = key_of(key);
	CLEANUP_JSON json_t *value = NULL;

	*record = (struct record){ 0 };
	if (store_get_json(store, STORE_ATTEMPTS, &stored, &value, err) < 0)
		return -1;
	if (value == NULL)
		return 0;
	const json_t *held = json_object_get(value, "held");
	if (parse_times(json_object_get(value, "times"), record) < 0)
		return malformed(key, err);
	if (held != NULL && !json_is_null(held) &&
		(!json_is_string(held) ||
			clock_parse_rfc3339(json_string_value(held), &record->held_ms) < 0))
		return malformed(key, err);
	return 0;
}

static MAY_YIELD int write_record(struct store *store, const struct attempts_key *key,
	const struct record *record, struct err *err)
{
	struct store_key stored = key_of(key);
	char text[CLOCK_RFC3339_SIZE];
	CLEANUP_JSON json_t *value = json_pack("{s:s, s:s, s:s, s:o, s:[], s:n}", "account",
		key->account, "region", key->region, "baseline", key->baseline, "resource",
		json_text(key->resource), "times", "held");

	for (size_t i = 0; i < record->count; i++) {
		clock_format_rfc3339(record->times_ms[i], text);
		json_array_append_new(json_object_get(value, "times"), json_string(text));
	}
	if (record->held_ms != 0) {
		clock_format_rfc3339(record->held_ms, text);
		json_object_set_new(value, "held", json_string(text));
	}
	return store_put_json(store, STORE_ATTEMPTS, &stored, value, err);
}

/* The time of the last remediation or hold. A time in the future (the clock was set back) counts
 * as now. */
static bool was_quiet(const struct record *record, int64_t now_ms, int64_t window)
{
	int64_t last_ms = record->held_ms;

	for (size_t i = 0; i < record->count; i++)
		if (record->times_ms[i] > last_ms)
			last_ms = record->times_ms[i];
	return now_ms - last_ms >= window;
}

/* Removes attempts that no longer count. Nothing is removed while the resource is held, so that
 * the message keeps saying since when. */
static void prune(struct record *record, int64_t now_ms, int64_t window)
{
	size_t kept = 0;

	if (was_quiet(record, now_ms, window)) {
		*record = (struct record){ 0 };
		return;
	}
	for (size_t i = 0; i < record->count; i++)
		if (record->held_ms != 0 || now_ms - record->times_ms[i] < window)
			record->times_ms[kept++] = record->times_ms[i];
	record->count = kept;
}

int attempts_allowed(struct store *store, const struct config *config,
	const struct attempts_key *key, int64_t now_ms, struct attempts_verdict *verdict,
	struct err *err)
{
	int64_t limit = config_integer(config, "limits", "attempts_per_resource");
	struct record record;
	char since[CLOCK_RFC3339_SIZE];

	*verdict = (struct attempts_verdict){ .allowed = false };
	if (read_record(store, key, &record, err) < 0)
		return -1;
	prune(&record, now_ms, window_ms(config));
	verdict->count = record.count;
	verdict->first_ms = record.count > 0 ? record.times_ms[0] : 0;
	verdict->last_ms = record.count > 0 ? record.times_ms[record.count - 1] : 0;
	verdict->allowed = record.held_ms == 0 && (int64_t)record.count < limit;
	if (verdict->allowed)
		return 0;
	clock_format_rfc3339(verdict->first_ms, since);
	snprintf(verdict->message, sizeof verdict->message,
		"remediated %zu times since %s and undone each time; it is not remediated again until "
		"nobody has changed it for %lld h",
		verdict->count, since,
		(long long)config_integer(config, "limits", "attempts_window_hours"));
	return 0;
}

int attempts_record(struct store *store, const struct config *config,
	const struct attempts_key *key, int64_t now_ms, struct err *err)
{
	struct record record;

	if (read_record(store, key, &record, err) < 0)
		return -1;
	prune(&record, now_ms, window_ms(config));
	/* A remediation of a held resource was a person's decision. It counts as any other, and
	 * counting continues. */
	if (record.count == TIMES_KEPT)
		memmove(record.times_ms, record.times_ms + 1, --record.count * sizeof record.times_ms[0]);
	record.times_ms[record.count++] = now_ms;
	return write_record(store, key, &record, err);
}

int attempts_held(struct store *store, const struct attempts_key *key, int64_t now_ms,
	struct err *err)
{
	struct record record;

	if (read_record(store, key, &record, err) < 0)
		return -1;
	record.held_ms = now_ms;
	return write_record(store, key, &record, err);
}

int attempts_forget(struct store *store, const struct attempts_key *key, struct err *err)
{
	struct store_key stored = key_of(key);

	return store_delete(store, STORE_ATTEMPTS, &stored, err);
}
