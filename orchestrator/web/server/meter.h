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
/* What happens when the table is full of keys of this minute: either the oldest key is forgotten,
 * so that no key suffers from what many others do, or all further keys share one count, so that all
 * together are bounded. */
enum meter_full { METER_FORGETS, METER_SHARES };
struct meter *meter_new(enum meter_full full);
void meter_free(struct meter *meter); /* NULL is fine */

/* Whether the key has been counted `most` times in its minute; then *retry_after_s says when the
 * next one begins. */
bool meter_is_spent(struct meter *meter, const char *key, int64_t most, int64_t now_us,
	int *retry_after_s);
/* Counts one. */
void meter_count(struct meter *meter, const char *key, int64_t now_us);

#endif
