/*
 * The coverage ledger of a run, which records the cells that are done. The accounts under way are
 * kept in memory and written account by account.
 *
 * A cell that was changed, or needs somebody's attention, is written at once, because it would get
 * another status if a resumed sweep looked at it again. Cells that are fine are written several at
 * a time, since a kill only makes a resumed sweep observe the last of them again.
 */
#ifndef REEVE_ENGINE_RUN_CELLS_H
#define REEVE_ENGINE_RUN_CELLS_H

#include "engine/run.h"

MAY_YIELD int run_record_cell(struct run *run, const char *account, const char *region,
	const char *baseline, enum status status, struct err *err) MUST_CHECK;
/* Removes the record that another, unfinished sweep has of a cell that is observed anew, so that
 * its resumption does the cell again. */
MAY_YIELD int run_supersede_cell(struct run *run, const char *account, const char *region,
	const char *baseline, struct err *err) MUST_CHECK;
/* Sets *status to the status of a cell that this run has done; -1 when it has not done the cell. */
int run_cell_done(struct run *run, const char *account, const char *region, const char *baseline,
	enum status *status);
/* Writes the account's cells that are not yet written. A plan or sweep handles each account once,
 * and keeps nothing of it in memory after this. */
MAY_YIELD int run_account_done(struct run *run, const char *account, struct err *err) MUST_CHECK;
/* The same for all accounts. */
MAY_YIELD int run_write_cells(struct run *run, struct err *err) MUST_CHECK;
void run_cells_release(struct run *run);

#endif
