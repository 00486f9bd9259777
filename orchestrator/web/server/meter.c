#include "web/server/meter.h"

#include "base/banned.h"
#include "base/mem.h"

/* Out of memory is fatal, as in base/mem.c. */
#define uthash_malloc(size) xmalloc(size)
#include <uthash.h>

#define MINUTE_US (INT64_C(60) * 1000 * 1000)

struct count {
	char key[METER_KEY_SIZE];
	int64_t began_us, number;
	UT_hash_handle hh;
};

struct meter {
	enum meter_full full;
	struct count *counts; /* a uthash table, which keeps its keys in the order of their arrival */
	struct count rest;    /* the shared count of all keys that found no place in the table */
};

struct meter *meter_new(enum meter_full full)
{
	struct meter *meter = xcalloc(1, sizeof *meter);

	meter->full = full;
	return meter;
}

/* The analyzer does not see that uthash keeps no pointer to an item that it deletes. */
/* NOLINTBEGIN(clang-analyzer-unix.Malloc,clang-analyzer-core.NullDereference) */
static void drop(struct meter *meter, struct count *count)
{
	HASH_DEL(meter->counts, count);
	free(count);
}

static void drop_old(struct meter *meter, int64_t before_us)
{
	for (struct count *count = meter->counts, *next; count != NULL; count = next) {
		next = count->hh.next;
		if (count->began_us <= before_us)
			drop(meter, count);
	}
}

void meter_free(struct meter *meter)
{
	if (meter == NULL)
		return;
	drop_old(meter, INT64_MAX);
	free(meter);
}

static struct count *count_of(struct meter *meter, const char *key, int64_t now_us, bool make)
{
	struct count *count = NULL;

	HASH_FIND_STR(meter->counts, key, count);
	if (count == NULL && make) {
		if (HASH_COUNT(meter->counts) >= METER_MAX_KEYS)
			drop_old(meter, now_us - MINUTE_US);
		if (HASH_COUNT(meter->counts) >= METER_MAX_KEYS && meter->full == METER_FORGETS)
			drop(meter, meter->counts);
		if (HASH_COUNT(meter->counts) < METER_MAX_KEYS) {
			count = xcalloc(1, sizeof *count);
			snprintf(count->key, sizeof count->key, "%s", key);
			count->began_us = now_us;
			HASH_ADD_STR(meter->counts, key, count);
		}
	}
	/* A new key is counted with the rest when the table is full. */
	if (count == NULL && meter->full == METER_SHARES && HASH_COUNT(meter->counts) >= METER_MAX_KEYS)
		count = &meter->rest;
	if (count != NULL && now_us - count->began_us >= MINUTE_US) {
		count->began_us = now_us;
		count->number = 0;
	}
	return count;
}

/* NOLINTEND(clang-analyzer-unix.Malloc,clang-analyzer-core.NullDereference) */

bool meter_is_spent(struct meter *meter, const char *key, int64_t most, int64_t now_us,
	int *retry_after_s)
{
	const struct count *count = count_of(meter, key, now_us, false);

	if (count == NULL || count->number < most)
		return false;
	*retry_after_s = (int)((count->began_us + MINUTE_US - now_us) / (1000 * 1000)) + 1;
	return true;
}

void meter_count(struct meter *meter, const char *key, int64_t now_us)
{
	count_of(meter, key, now_us, true)->number++;
}
