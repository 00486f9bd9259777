/* Puts a cell into the coverage ledger, as a run records it. */
#ifndef REEVE_TEST_COVERAGE_HELP_H
#define REEVE_TEST_COVERAGE_HELP_H

#include "base/err.h"
#include "ledger/coverage.h"
#include "store/queue.h"

/* Records the status of one cell. It reads and writes the whole record of the account and run, and
 * waits for the disk. */
static inline int put_covered(struct store *store, const char *run, const char *account,
	const char *region, const char *baseline, enum status status, struct err *err)
{
	struct coverage *coverage = NULL;

	if (coverage_read(store, run, account, &coverage, err) < 0)
		return -1;
	if (coverage == NULL)
		coverage = coverage_new(run, account);
	coverage_set(coverage, region, baseline, status);
	int result = coverage_write(store, coverage, err);
	coverage_free(coverage);
	return result < 0 ? -1 : store_flush(store, err);
}

#endif
