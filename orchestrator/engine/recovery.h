/*
 * The changes that an earlier process left in flight: it is not known whether they took effect.
 * They are read from the journal once in a process, before its first change; changes in flight
 * after that are this process's own.
 */
#ifndef REEVE_ENGINE_RECOVERY_H
#define REEVE_ENGINE_RECOVERY_H

#include "base/compiler.h"
#include "base/err.h"
#include "io/fiber.h"
#include "ledger/change_record.h"
#include "ledger/run_record.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <uthash.h>

/* The changes of one account. */
struct recovery_account {
	UT_hash_handle hh;
	char account[13];
	char run[RUN_ID_SIZE];      /* the last run that tried to read their resources */
	struct change_list records; /* those that are still in flight */
	struct fiber_once once;
	struct err failure;
};

struct recovery {
	struct recovery_account *accounts;
	int64_t loaded_ms; /* 0: the journal was not read yet */
};

struct baseline_set;

struct recovery *recovery_new(void);
void recovery_free(struct recovery *recovery); /* NULL is fine */

/* Reads the journal. Does nothing when called again. */
int recovery_load(struct recovery *recovery, struct store *store, struct err *err) MUST_CHECK;

/* Returns the account's changes in flight; NULL when there are none. Owned by the recovery. */
struct recovery_account *recovery_find(const struct recovery *recovery, const char *account);

/* Returns the change in flight on that resource when the resource could not be read since: nothing
 * may be changed on it then. NULL when there is none. Borrowed until the next yield. */
const struct change_record *recovery_holding(const struct recovery *recovery, const char *account,
	const char *cell_region, const char *baseline, const char *resource);

/* Returns the same for a change whose baseline is not in the set. Nobody can say what that change
 * did to the resource, so no other baseline may change the resource either. When the resource is
 * the account as a whole, nothing is held, since that would stop baselines that have only the
 * account in common. */
const struct change_record *recovery_holding_unknown(const struct recovery *recovery,
	const struct baseline_set *baselines, const char *account, const char *region,
	const char *resource);

#endif
