#include "engine/administrators.h"

#include "accounts/session.h"
#include "aws/read_cache.h"
#include "aws/session.h"
#include "base/banned.h"
#include "base/mem.h"
#include "engine/run.h"
#include "engine/sessions.h"

#include <uthash.h>

struct administrator {
	UT_hash_handle hh;
	struct aws_session *session;
	struct aws_read_cache *cache;
	struct aws_reader reader;
	struct aws_writer writer;
	char key[96]; /* The key is the account id and the baseline, since permissions are declared by
					 baseline. */
};

struct administrators {
	struct run *run;
	struct administrator *entries;
};

struct administrators *administrators_new(struct run *run)
{
	struct administrators *administrators = xcalloc(1, sizeof *administrators);

	administrators->run = run;
	return administrators;
}

void administrators_free(struct administrators *administrators)
{
	struct administrator *entry, *next;

	if (administrators == NULL)
		return;
	HASH_ITER(hh, administrators->entries, entry, next) {
		HASH_DEL(administrators->entries, entry);
		aws_session_release(entry->session);
		aws_read_cache_free(entry->cache);
		free((char *)entry->reader.account_id);
		free(entry);
	}
	free(administrators);
}

static struct administrator *get(struct administrators *administrators,
	const struct baseline *baseline, const char *account_id)
{
	struct run *run = administrators->run;
	struct administrator *entry;
	char key[sizeof entry->key];

	snprintf(key, sizeof key, "%s %s", account_id, baseline->id);
	HASH_FIND_STR(administrators->entries, key, entry);
	if (entry != NULL)
		return entry;
	entry = xcalloc(1, sizeof *entry);
	memcpy(entry->key, key, sizeof key);
	/* The orchestrator's own account is used without a role: Reeve is the delegated
	 * administrator there. */
	entry->session = strcmp(account_id, run->orchestrator_account) == 0
		? aws_session_retain(run->own)
		: run_session_for_account(run, account_id);
	entry->cache = aws_read_cache_new();
	entry->reader = (struct aws_reader){ run->engine.aws, entry->session, xstrdup(account_id),
		baseline->administrator_reads, entry->cache, &run->stats };
	entry->writer = (struct aws_writer){ run->engine.aws, entry->session, entry->reader.account_id,
		baseline->administrator_writes, NULL, NULL, NULL, &run->stats };
	HASH_ADD_STR(administrators->entries, key, entry);
	return entry;
}

struct aws_reader *administrators_reader(struct administrators *administrators,
	const struct baseline *baseline, const char *account_id)
{
	return &get(administrators, baseline, account_id)->reader;
}

struct aws_writer *administrators_writer(struct administrators *administrators,
	const struct baseline *baseline, const char *account_id)
{
	return &get(administrators, baseline, account_id)->writer;
}
