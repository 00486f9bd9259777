/*
 * What a run has done, cell by cell: the coverage ledger of the accounts that are under way, kept
 * in memory and written account by account.
 *
 * A cell that was changed, or needs somebody's attention, is written at once: it would come out
 * otherwise when a resumed sweep looked at it again. Cells that are fine are written some at a
 * time, since a kill only makes a resumed sweep observe the last of them anew.
 */
#ifndef REEVE_ENGINE_RUN_CELLS_H
#define REEVE_ENGINE_RUN_CELLS_H

#include "engine/run.h"

MAY_YIELD int run_record_cell(struct run *run, const char *account, const char *region,
	const char *baseline, enum status status, struct err *err) MUST_CHECK;
/* Forgets what another, unfinished sweep has recorded of a cell that is observed anew: a resumption
 * does it again. */
MAY_YIELD int run_supersede_cell(struct run *run, const char *account, const char *region,
	const char *baseline, struct err *err) MUST_CHECK;
/* The status of a cell that this run has done; -1 when it has not. */
int run_cell_done(struct run *run, const char *account, const char *region, const char *baseline,
	enum status *status);
/* Writes what is not yet written of the account. A plan or sweep, which comes to an account once,
 * keeps nothing of it in memory after this. */
MAY_YIELD int run_account_done(struct run *run, const char *account, struct err *err) MUST_CHECK;
/* The same for all accounts. */
MAY_YIELD int run_write_cells(struct run *run, struct err *err) MUST_CHECK;
void run_cells_release(struct run *run);

#endif
