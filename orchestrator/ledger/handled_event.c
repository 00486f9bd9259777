#include "ledger/handled_event.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"

#define DAY_MS (24 * 60 * 60 * 1000LL)
#define MOST_LOOKED_THROUGH 100000
#define OLDEST_DAYS \
	400 /* what is older than this was missed by no earlier prune, unless no process ran for more \
		   than a year */
#define AHEAD_DAYS 1 /* the clock may have been put back since */

static void day_name(int64_t now_ms, int64_t days_ago, char out[24])
{
	snprintf(out, 24, "%06lld", (long long)(now_ms / DAY_MS - days_ago));
}

int handled_event_find(struct store *store, const char *identity, int64_t now_ms, int64_t days,
	json_t **record, struct err *err)
{
	char day[24];

	*record = NULL;
	for (int64_t ago = -AHEAD_DAYS; ago <= days && *record == NULL; ago++) {
		day_name(now_ms, ago, day);
		struct store_key key = STORE_KEY(day, identity);
		if (store_get_json(store, STORE_SEEN, &key, record, err) < 0)
			return -1;
	}
	return 0;
}

int handled_event_put(struct store *store, const json_t *record, int64_t now_ms, struct err *err)
{
	char day[24];

	day_name(now_ms, 0, day);
	struct store_key key = STORE_KEY(day, json_get_string_or(record, "identity", ""));
	return store_put_json(store, STORE_SEEN, &key, record, err);
}

int handled_event_prune(struct store *store, int64_t now_ms, int64_t days, struct err *err)
{
	char day[24];

	for (int64_t ago = days + 1; ago <= OLDEST_DAYS; ago++) {
		day_name(now_ms, ago, day);
		struct store_key prefix = STORE_KEY(day);
		if (store_delete_prefix(store, STORE_SEEN, &prefix, err) < 0)
			return -1;
	}
	return 0;
}

/* --- the newest --- */

struct newest {
	const char *account, *outcome;
	size_t limit, looked;
	json_t **kept; /* a heap, the oldest on top */
	size_t count;
};

static const char *at(const json_t *record)
{
	return json_get_string_or(record, "at", "");
}

static void swap(json_t **left, json_t **right)
{
	json_t *other = *left;

	*left = *right;
	*right = other;
}

static void sink(struct newest *newest, size_t i)
{
	for (;;) {
		size_t least = i, left = 2 * i + 1;

		for (size_t child = left; child < left + 2 && child < newest->count; child++)
			if (strcmp(at(newest->kept[child]), at(newest->kept[least])) < 0)
				least = child;
		if (least == i)
			return;
		swap(&newest->kept[i], &newest->kept[least]);
		i = least;
	}
}

static void keep(struct newest *newest, const json_t *record)
{
	if (newest->count == newest->limit) {
		if (newest->limit == 0 || strcmp(at(record), at(newest->kept[0])) <= 0)
			return;
		json_decref(newest->kept[0]);
		newest->kept[0] = json_deep_copy(record);
		sink(newest, 0);
		return;
	}
	size_t i = newest->count++;
	newest->kept[i] = json_deep_copy(record);
	for (; i > 0 && strcmp(at(newest->kept[i]), at(newest->kept[(i - 1) / 2])) < 0; i = (i - 1) / 2)
		swap(&newest->kept[i], &newest->kept[(i - 1) / 2]);
}

static bool is(const json_t *record, const char *key, const char *wanted)
{
	return wanted == NULL || strcmp(json_get_string_or(record, key, ""), wanted) == 0;
}

static int look(void *argument, const struct store_key *key, const json_t *record)
{
	struct newest *newest = argument;

	(void)key;
	if (is(record, "account", newest->account) && is(record, "outcome", newest->outcome))
		keep(newest, record);
	return ++newest->looked >= MOST_LOOKED_THROUGH;
}

static int compare_newest_first(const void *left, const void *right)
{
	return strcmp(at(*(json_t *const *)right), at(*(json_t *const *)left));
}

int handled_event_recent(struct store *store, int64_t now_ms, int64_t days, const char *account,
	const char *outcome, size_t limit, json_t **list, struct err *err)
{
	struct newest newest = { .account = account,
		.outcome = outcome,
		.limit = limit,
		.kept = xcalloc(limit + 1, sizeof(json_t *)) };
	int result = 0;
	char day[24];

	for (int64_t ago = -AHEAD_DAYS;
		ago <= days && result == 0 && newest.count < limit && newest.looked < MOST_LOOKED_THROUGH;
		ago++) {
		day_name(now_ms, ago, day);
		struct store_key prefix = STORE_KEY(day);
		result = store_each_json(store, STORE_SEEN, &prefix, look, &newest, err);
	}
	qsort(newest.kept, newest.count, sizeof *newest.kept, compare_newest_first);
	*list = json_array();
	for (size_t i = 0; i < newest.count; i++)
		json_array_append_new(*list, newest.kept[i]);
	free(newest.kept);
	return result < 0 ? -1 : 0;
}
