/*
 * A work list names single changes that are to be made or rolled back, instead of a sweep over
 * everything. Saved plans, approvals and rollbacks become work lists. Every resource is observed
 * again, live, and its item is handled only when the change is still the one on record.
 */
#ifndef REEVE_ENGINE_WORK_H
#define REEVE_ENGINE_WORK_H

#include "base/err.h"
#include "ledger/change_record.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct work_group;

struct work_item {
	struct change_record record; /* the change */
	/* Borrowed from the record: */
	const char *account, *cell_region, *baseline, *resource, *hash;
	bool done; /* the item was handled in this run, with whatever outcome */
	struct work_item *next;
	struct work_item *next_in_account, *next_in_cell;
};

struct work {
	struct work_item *first, **end;
	size_t count;
	struct work_group *accounts, *cells; /* the items of each account and of each cell, in the
											list's order */
	bool rollback;                       /* roll the changes back instead of making them */
	bool force;                          /* roll back even if the resource has changed since */
};

void work_init(struct work *work, bool rollback, bool force);
void work_release(struct work *work);

/* Adds a change by its stored record; refuses one that can't be read. A rollback undoes the items
 * in the order in which they were added. */
int work_add(struct work *work, const json_t *record, struct err *err) MUST_CHECK;

bool work_has_account(const struct work *work, const char *account);
/* Return the next item of that account or of that cell after `after`, which is one of the same
 * (NULL: before the first). NULL when there is none. */
struct work_item *work_of_account(const struct work *work, const char *account,
	const struct work_item *after);
struct work_item *work_of_cell(const struct work *work, const char *account, const char *region,
	const char *baseline, struct work_item *after);

#endif
