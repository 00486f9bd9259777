/*
 * What an earlier process left in flight: changes of which it is not known whether they took
 * effect. They are read from the journal once in a process, before its first change; what is in
 * flight after that is this process's own.
 */
#ifndef REEVE_ENGINE_RECOVERY_H
#define REEVE_ENGINE_RECOVERY_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>

struct recovery;

struct recovery *recovery_new(void);
void recovery_free(struct recovery *recovery); /* NULL is fine */

/* Reads the journal; nothing the second time. */
int recovery_load(struct recovery *recovery, struct store *store, struct err *err) MUST_CHECK;

/* The change in flight whose resource could not be read since, so that nothing may be done to it;
 * NULL when there is none. Borrowed until the next yield. */
const json_t *recovery_holding(const struct recovery *recovery, const char *account,
	const char *cell_region, const char *baseline, const char *resource);

#endif
