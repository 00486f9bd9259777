#include "engine/run_cells.h"

#include "base/banned.h"
#include "base/log.h"
#include "base/mem.h"
#include "ledger/coverage.h"

#include <uthash.h>

/* Cells that need no attention are written when this many have gathered. */
#define UNWRITTEN_MOST 32

struct run_account {
	UT_hash_handle hh;
	char account[13];
	struct coverage *coverage;   /* of this run */
	struct coverage *unfinished; /* of the sweep that was cut off; NULL when it has none for this
									account */
	bool knows_unfinished;
	size_t unwritten; /* cells */
};

/* Returns the coverage of the account: read from the store when the sweep is resumed, else empty.
 */
static struct coverage *begin(struct run *run, const char *account)
{
	struct coverage *coverage = NULL;
	struct err err = ERR_INIT;

	/* When the record can't be read, its cells are done again. run_resume has read and counted all
	 * records before. */
	if (run->resumed && coverage_read(run->engine.store, run->id, account, &coverage, &err) < 0)
		log_warning("%s", err.message);
	return coverage != NULL ? coverage : coverage_new(run->id, account);
}

static struct run_account *find(struct run *run, const char *account)
{
	struct run_account *entry;

	HASH_FIND_STR(run->covered, account, entry);
	if (entry != NULL)
		return entry;
	entry = xcalloc(1, sizeof *entry);
	snprintf(entry->account, sizeof entry->account, "%s", account);
	entry->coverage = begin(run, account);
	HASH_ADD_STR(run->covered, account, entry);
	return entry;
}

static void drop(struct run *run, struct run_account *entry)
{
	HASH_DEL(run->covered, entry);
	coverage_free(entry->coverage);
	coverage_free(entry->unfinished);
	free(entry);
}

static MAY_YIELD int write_account(struct run *run, struct run_account *entry, struct err *err)
{
	if (entry->unwritten == 0)
		return 0;
	entry->unwritten = 0;
	return coverage_write(run->engine.store, entry->coverage, err);
}

int run_record_cell(struct run *run, const char *account, const char *region, const char *baseline,
	enum status status, struct err *err)
{
	struct run_account *entry = find(run, account);

	coverage_set(entry->coverage, region, baseline, status);
	entry->unwritten++;
	run->cells.of[status]++;
	run->cells_done++;
	if (status > STATUS_REMEDIATED && entry->unwritten < UNWRITTEN_MOST)
		return 0;
	return write_account(run, entry, err);
}

int run_cell_done(struct run *run, const char *account, const char *region, const char *baseline,
	enum status *status)
{
	if (!run->resumed)
		return -1;
	return coverage_get(find(run, account)->coverage, region, baseline, status);
}

int run_supersede_cell(struct run *run, const char *account, const char *region,
	const char *baseline, struct err *err)
{
	if (run->unfinished[0] == '\0')
		return 0;
	struct run_account *entry = find(run, account);
	if (!entry->knows_unfinished &&
		coverage_read(run->engine.store, run->unfinished, account, &entry->unfinished, err) < 0)
		return -1;
	entry->knows_unfinished = true;
	if (entry->unfinished == NULL || !coverage_unset(entry->unfinished, region, baseline))
		return 0;
	return coverage_write(run->engine.store, entry->unfinished, err);
}

static bool comes_once(const struct run *run)
{
	return run->kind == RUN_PLAN || run->kind == RUN_SWEEP;
}

int run_account_done(struct run *run, const char *account, struct err *err)
{
	struct run_account *entry;

	HASH_FIND_STR(run->covered, account, entry);
	if (entry == NULL)
		return 0;
	int result = write_account(run, entry, err);
	if (comes_once(run))
		drop(run, entry);
	return result;
}

/* Finds an account with unwritten cells. The table may change while a write yields, so the search
 * starts anew each time. */
static struct run_account *find_unwritten(const struct run *run)
{
	struct run_account *entry, *next;

	HASH_ITER(hh, run->covered, entry, next)
		if (entry->unwritten > 0)
			return entry;
	return NULL;
}

int run_write_cells(struct run *run, struct err *err)
{
	struct run_account *entry;

	while ((entry = find_unwritten(run)) != NULL)
		if (write_account(run, entry, err) < 0)
			return -1;
	return 0;
}

void run_cells_release(struct run *run)
{
	struct run_account *entry, *next;

	HASH_ITER(hh, run->covered, entry, next)
		drop(run, entry);
}
