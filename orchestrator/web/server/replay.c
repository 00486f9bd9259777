#include "web/server/replay.h"

#include "approvals/people.h"
#include "base/banned.h"
#include "base/mem.h"

/* Out of memory is fatal, as in base/mem.c. */
#define uthash_malloc(size) xmalloc(size)
#include <uthash.h>

struct kept {
	/* The key of the table is the person, a line feed (no name has one), and the client's key. */
	char id[PERSON_NAME_SIZE + REPLAY_KEY_MAX + 2];
	size_t person_length;
	char fingerprint[65];
	bool running;
	int64_t expires_us;
	struct replay answer;
	UT_hash_handle hh;
};

struct replays {
	struct kept *table;
	size_t bytes;
};

struct replays *replays_new(void)
{
	return xcalloc(1, sizeof(struct replays));
}

static void forget(struct replays *replays, struct kept *kept)
{
	HASH_DEL(replays->table, kept);
	replays->bytes -= kept->answer.length;
	free(kept->answer.text);
	free(kept);
}

void replays_free(struct replays *replays)
{
	if (replays == NULL)
		return;
	while (replays->table != NULL)
		forget(replays, replays->table);
	free(replays);
}

static struct kept *find(struct replays *replays, const char *person, const char *key)
{
	char id[sizeof((struct kept *)NULL)->id];
	struct kept *kept = NULL;

	snprintf(id, sizeof id, "%s\n%s", person, key);
	HASH_FIND_STR(replays->table, id, kept);
	return kept;
}

/* Removes expired answers; counts the person's keys and the bytes of their answers. */
static void sweep(struct replays *replays, const char *person, int64_t now_us, size_t *count,
	size_t *bytes)
{
	size_t length = strlen(person);

	for (struct kept *kept = replays->table, *next; kept != NULL; kept = next) {
		next = kept->hh.next;
		if (!kept->running && kept->expires_us <= now_us) {
			forget(replays, kept);
		} else if (kept->person_length == length && strncmp(kept->id, person, length) == 0) {
			*count += 1;
			*bytes += kept->answer.length;
		}
	}
}

enum replay_state replays_begin(struct replays *replays, const char *person, const char *key,
	const char *fingerprint, int64_t now_us, const struct replay **out)
{
	size_t count = 0, bytes = 0;

	sweep(replays, person, now_us, &count, &bytes);
	struct kept *kept = find(replays, person, key);
	if (kept != NULL) {
		*out = &kept->answer;
		if (strcmp(kept->fingerprint, fingerprint) != 0)
			return REPLAY_OTHER;
		return kept->running ? REPLAY_RUNNING : REPLAY_KEPT;
	}
	if (count >= REPLAY_MAX_KEYS || bytes >= REPLAY_MAX_PERSON_BYTES ||
		replays->bytes >= REPLAY_MAX_BYTES)
		return REPLAY_FULL;
	kept = xcalloc(1, sizeof *kept);
	snprintf(kept->id, sizeof kept->id, "%s\n%s", person, key);
	snprintf(kept->fingerprint, sizeof kept->fingerprint, "%s", fingerprint);
	kept->person_length = strlen(person);
	kept->running = true;
	HASH_ADD_STR(replays->table, id, kept);
	return REPLAY_NEW;
}

void replays_finish(struct replays *replays, const char *person, const char *key,
	const struct replay *answer, int64_t now_us)
{
	struct kept *kept = find(replays, person, key);

	if (kept == NULL)
		return;
	kept->running = false;
	kept->expires_us = now_us + REPLAY_KEEP_US;
	kept->answer = *answer;
	kept->answer.text = xstrndup(answer->text, answer->length);
	replays->bytes += answer->length;
}

void replays_drop(struct replays *replays, const char *person, const char *key)
{
	struct kept *kept = find(replays, person, key);

	if (kept != NULL)
		forget(replays, kept);
}

bool replay_key_is_valid(const char *key)
{
	size_t length = strlen(key);

	for (const char *c = key; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	return length >= 1 && length <= REPLAY_KEY_MAX;
}
