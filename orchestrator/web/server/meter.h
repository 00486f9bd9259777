/* Counts by key and minute: the requests of a person, the wrong tokens of an address. The table has
 * a bounded size. Times are those of clock_monotonic_us. */
#ifndef REEVE_WEB_SERVER_METER_H
#define REEVE_WEB_SERVER_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METER_KEY_SIZE 176
#define METER_MAX_KEYS 1024

struct meter;
/* The behaviour when the table is full of keys of this minute. METER_FORGETS drops the oldest key,
 * so that no key suffers from many others; with METER_SHARES all further keys share one count, so
 * that all of them together are limited. */
enum meter_full { METER_FORGETS, METER_SHARES };
struct meter *meter_new(enum meter_full full);
void meter_free(struct meter *meter); /* NULL is allowed */

/* Returns whether the key has been counted `most` times in its minute; then *retry_after_s is the
 * time in seconds until the next minute begins. */
bool meter_is_spent(struct meter *meter, const char *key, int64_t most, int64_t now_us,
	int *retry_after_s);
/* Counts one event of the key. */
void meter_count(struct meter *meter, const char *key, int64_t now_us);

#endif
