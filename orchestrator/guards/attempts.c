/* Counts how often a resource was remediated. Who undid the changes is found in attempts_who.c. */
#include "guards/attempts.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/count.h"
#include "config/values.h"
#include "store/store.h"

#define HOUR_MS (INT64_C(3600) * 1000)

static int64_t window_ms(const struct config *config)
{
	return config_integer(config, "limits", "attempts_window_hours") * HOUR_MS;
}

/* The time of the last remediation or hold. A time in the future (the clock was set back) counts
 * as now. */
static bool was_quiet(const struct attempts_record *record, int64_t now_ms, int64_t window)
{
	int64_t last_ms = record->held_ms;

	for (size_t i = 0; i < record->count; i++)
		if (record->times_ms[i] > last_ms)
			last_ms = record->times_ms[i];
	return now_ms - last_ms >= window;
}

/* Removes attempts that no longer count. Nothing is removed while the resource is held, so that
 * the message keeps saying since when. */
static void prune(struct attempts_record *record, int64_t now_ms, int64_t window)
{
	size_t kept = 0;

	if (was_quiet(record, now_ms, window)) {
		*record = (struct attempts_record){ 0 };
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
	struct attempts_record record;
	char since[CLOCK_RFC3339_SIZE];

	*verdict = (struct attempts_verdict){ .allowed = false };
	if (attempts_record_read(store, key, &record, err) < 0)
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
		"remediated %s since %s and undone each time; it is not remediated again until nobody has "
		"changed it for %s",
		count_of(verdict->count, "time"), since,
		count_of((size_t)config_integer(config, "limits", "attempts_window_hours"), "hour"));
	return 0;
}

int attempts_record(struct store *store, const struct config *config,
	const struct attempts_key *key, int64_t now_ms, struct err *err)
{
	struct attempts_record record;

	if (attempts_record_read(store, key, &record, err) < 0)
		return -1;
	prune(&record, now_ms, window_ms(config));
	/* A remediation of a held resource was a person's decision. It counts as any other, and
	 * counting continues. */
	if (record.count == ATTEMPTS_KEPT)
		memmove(record.times_ms, record.times_ms + 1, --record.count * sizeof record.times_ms[0]);
	record.times_ms[record.count++] = now_ms;
	return attempts_record_write(store, key, &record, err);
}

int attempts_held(struct store *store, const struct attempts_key *key, int64_t now_ms,
	struct err *err)
{
	struct attempts_record record;

	if (attempts_record_read(store, key, &record, err) < 0)
		return -1;
	record.held_ms = now_ms;
	return attempts_record_write(store, key, &record, err);
}

int attempts_forget(struct store *store, const struct attempts_key *key, struct err *err)
{
	return attempts_record_delete(store, key, err);
}
