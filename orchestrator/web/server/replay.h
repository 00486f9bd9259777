/* Idempotency-Key: the answer to a request that would change something is kept for ten minutes and
 * repeated when the same person sends the same request with the same key, so that a client which
 * lost an answer can ask again without making the change twice. Answers are kept in memory, so a
 * restart loses them. The memory is bounded by refusing a person with too many keys or too large
 * answers; no answer is dropped early. Times are those of clock_monotonic_us. */
#ifndef REEVE_WEB_SERVER_REPLAY_H
#define REEVE_WEB_SERVER_REPLAY_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- limits --- */

#define REPLAY_KEY_MAX 64 /* characters of the header field */
#define REPLAY_KEEP_US (INT64_C(600) * 1000 * 1000)
#define REPLAY_MAX_KEYS 1000 /* keys of one person */
#define REPLAY_MAX_PERSON_BYTES \
	((size_t)4 << 20) /* bytes of one person's answers; the last answer may exceed it */
#define REPLAY_MAX_BYTES ((size_t)64 << 20) /* bytes of all kept answers */

struct replay {
	int status;               /* the answer's status */
	const char *content_type; /* static text */
	char *text;
	size_t length;
};

struct replays;
struct replays *replays_new(void);
void replays_free(struct replays *replays); /* NULL is allowed; requests may still be running */

enum replay_state {
	REPLAY_NEW,     /* the request is new: handle it, then call replays_finish or replays_drop */
	REPLAY_KEPT,    /* *out is the answer, borrowed until the next call */
	REPLAY_RUNNING, /* the first request is still running */
	REPLAY_OTHER,   /* the key was used for another request */
	REPLAY_FULL,    /* this person has too many keys, or all kept answers take too much memory */
};
/* Looks up the key and begins a new request. `fingerprint` is a hash of route and body, in 64
 * hexadecimal digits. */
enum replay_state replays_begin(struct replays *replays, const char *person, const char *key,
	const char *fingerprint, int64_t now_us, const struct replay **out);
/* Keeps a copy of the answer of a request that was REPLAY_NEW. */
void replays_finish(struct replays *replays, const char *person, const char *key,
	const struct replay *answer, int64_t now_us);
/* Removes the key of a request that was not handled after all. */
void replays_drop(struct replays *replays, const char *person, const char *key);

/* Returns whether a header field's value can be a key: 1 to 64 visible ASCII characters. */
bool replay_key_is_valid(const char *key);

#endif
