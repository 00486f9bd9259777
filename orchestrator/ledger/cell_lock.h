/*
 * Locks of cells: only one run at a time works on a cell. A sweep and an event that both saw the
 * same drift would otherwise both remediate it.
 */
#ifndef REEVE_LEDGER_CELL_LOCK_H
#define REEVE_LEDGER_CELL_LOCK_H

#include "base/compiler.h"

struct loop;
struct cell_lock;
struct cell_locks;

struct cell_locks *cell_locks_new(struct loop *loop);
void cell_locks_free(struct cell_locks *locks); /* NULL is fine; none may be held */

/* Waits until no one else holds the cell. Returns 0, or FIBER_CANCELLED without the lock. A NULL
 * table locks nothing. */
MAY_YIELD int cell_lock(struct cell_locks *locks, const char *account, const char *region,
	const char *baseline, struct cell_lock **out) MUST_CHECK;
void cell_unlock(struct cell_locks *locks, struct cell_lock *lock);

#endif
