#include "ledger/migrations.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/json_read.h"
#include "ledger/coverage.h"
#include "store/migrate.h"

/* --- from schema 1 (reeve 0.1.0) to 2: the coverage ledger has a record for each run and account,
 * where it had one for each cell. Findings are read in both forms. --- */

#define CELLS \
	"cells" /* key: run id, account, region, baseline; value: the last three and a status */

struct gathering {
	struct store_migration *migration;
	struct coverage *coverage; /* the record that is being filled; NULL: none yet */
};

static int put_gathered(struct gathering *gathering, struct err *err)
{
	CLEANUP_BUF struct buf text = BUF_INIT(SIZE_MAX);
	struct coverage *coverage = gathering->coverage;

	gathering->coverage = NULL;
	if (coverage == NULL)
		return 0;
	struct store_key key = coverage_key(coverage);
	coverage_add_text(&text, coverage);
	coverage_free(coverage);
	return store_migration_put(gathering->migration, STORE_COVERAGE, &key, text.data, text.length,
		err);
}

static int not_understood(const char *run, struct err *err)
{
	return err_set(err, ERR_STORE, "InvalidRecord",
		"the record of a cell of run %s can't be understood; restore the state folder from a "
		"backup, or move it away to begin anew",
		run);
}

/* The cells of a run and account follow one another, since their keys begin with both. */
static int gather_cell(void *argument, const struct store_key *key, const void *value,
	size_t length, struct err *err)
{
	struct gathering *gathering = argument;
	CLEANUP_JSON json_t *cell = NULL;
	char run[128];
	enum status status;

	if (store_key_part(key, 0, run, sizeof run) < 0)
		return not_understood("?", err);
	if (json_parse(value, length, "record of a cell", &cell, err) < 0) {
		err->kind = ERR_STORE;
		return -1;
	}
	const char *account = json_get_string(cell, "account"),
			   *region = json_get_string(cell, "region"),
			   *baseline = json_get_string(cell, "baseline");
	if (account == NULL || region == NULL || baseline == NULL ||
		status_parse(json_get_string_or(cell, "status", ""), &status) < 0)
		return not_understood(run, err);
	if (gathering->coverage != NULL && !coverage_is_of(gathering->coverage, run, account) &&
		put_gathered(gathering, err) < 0)
		return -1;
	if (gathering->coverage == NULL)
		gathering->coverage = coverage_new(run, account);
	coverage_set(gathering->coverage, region, baseline, status);
	return 0;
}

static int cells_to_coverage(struct store_migration *migration, struct err *err)
{
	struct gathering gathering = { .migration = migration };
	int result = store_migration_each(migration, CELLS, gather_cell, &gathering, err);

	if (result == 0)
		result = put_gathered(&gathering, err);
	coverage_free(gathering.coverage);
	return result == 0 ? store_migration_drop(migration, CELLS, err) : -1;
}

const store_step ledger_migrations[] = { cells_to_coverage };
