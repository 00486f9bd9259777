/*
 * The coverage ledger: the status of each cell that a run has done. There is one record for each
 * run and account, in which a cell takes one letter, so that many baselines, regions and runs stay
 * cheap. The order of the calls:
 *
 * - coverage_read reads the record, and sets NULL when there is none: then coverage_new makes one.
 * - coverage_set and coverage_get work on single cells.
 * - coverage_write queues the record.
 *
 * A record has the account, its regions (names, "global" among them) and its cells: for each
 * baseline a text with one letter for each region, '.' where the cell is not done
 * (see status_letter).
 */
#ifndef REEVE_LEDGER_COVERAGE_H
#define REEVE_LEDGER_COVERAGE_H

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "ledger/status.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>

struct coverage;

struct coverage *coverage_new(const char *run, const char *account);
void coverage_free(struct coverage *coverage);

/* Returns whether the ledger is that of the run and account. */
bool coverage_is_of(const struct coverage *coverage, const char *run, const char *account);
void coverage_set(struct coverage *coverage, const char *region, const char *baseline,
	enum status status);
/* Marks the cell as not done. Returns false when it was not done. */
bool coverage_unset(struct coverage *coverage, const char *region, const char *baseline);
/* Returns -1 when the cell is not done. */
int coverage_get(const struct coverage *coverage, const char *region, const char *baseline,
	enum status *status) MUST_CHECK;
/* Calls each(argument, region, baseline, status) for every cell that is done, in the order of
 * regions and then of baselines; 0 to go on, else the walk ends with that result. */
int coverage_each(const struct coverage *coverage,
	int (*each)(void *argument, const char *region, const char *baseline, enum status status),
	void *argument);

/* Reads what is committed of the run in the account; *out is NULL when there is nothing. A record
 * that can't be understood is an error (ERR_STORE): it is not known what was done. */
int coverage_read(struct store *store, const char *run, const char *account, struct coverage **out,
	struct err *err) MUST_CHECK;
/* Queues the record. A record without a cell is removed. */
MAY_YIELD int coverage_write(struct store *store, const struct coverage *coverage, struct err *err)
	MUST_CHECK;
/* The record's key and text, for a caller that writes it by itself. */
struct store_key coverage_key(const struct coverage *coverage);
void coverage_add_text(struct buf *out, const struct coverage *coverage);
/* Adds up the cells of all accounts of the run. */
int coverage_count(struct store *store, const char *run, struct status_counts *counts,
	struct err *err) MUST_CHECK;
/* Removes all records of the run. */
MAY_YIELD int coverage_forget_run(struct store *store, const char *run, struct err *err) MUST_CHECK;

#endif
