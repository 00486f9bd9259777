/* Lists the latest status of each cell: the worst status of its findings or, for a cell without
 * findings, the status in the coverage ledger of the latest run that checked it. A cell that the
 * last sweep or plan of the whole organization did not check is left out, since its baseline is no
 * longer assigned there. */
#include "web/api/private.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/run.h"
#include "ledger/coverage.h"
#include "ledger/finding.h"
#include "ledger/run_record.h"
#include "ledger/status.h"
#include "web/api/input.h"
#include "web/api/runs.h"

#define RUNS_WITH_LEDGER 20 /* the store keeps the coverage ledgers of as many runs */
#define PAIR_SIZE 192       /* "region,baseline" */
#define ACCOUNT_DONE "~"    /* sorts after every region */
#define CURSOR_MAX 256

struct cells {
	const char *region, *baseline, *status; /* filters */
	const struct api_runs *runs;            /* the runs with coverage ledgers, the newest first */
	size_t run_count;                       /* how many of them count */
	const char *whole;   /* the latest of them that checked the whole organization; NULL: none */
	const char *account; /* the current account */
	const char *run;     /* the run whose ledger is being read */
	json_t *by_pair;     /* the cells of the account, by "region,baseline" */
	struct ledger_scan scan; /* counts the records that are read for the page */
	size_t limit;
	json_t *list;
	struct err *err; /* the error of a record that is not understood; `result` is then -1 */
	int result;
	char next[CURSOR_MAX];
};

/* --- the runs whose ledgers are read --- */

static bool is_whole(const struct run_record *run)
{
	static const char *const selectors[] = { "accounts", "ous", "regions", "baselines" };

	if ((run->kind != RUN_PLAN && run->kind != RUN_SWEEP) || run->state != RUN_FINISHED ||
		run->selection == NULL || json_get_integer_or(run->selection, "shards", 1) != 1)
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(selectors); i++)
		if (json_array_size(json_object_get(run->selection, selectors[i])) > 0)
			return false;
	return true;
}

/* A run over single changes (apply, rollback) says nothing about a whole cell. */
static bool looks_at_cells(const struct run_record *run)
{
	return run->kind != RUN_APPLY && run->kind != RUN_ROLLBACK;
}

/* Reads the runs that count: none that is older than one that checked the whole organization. */
static int find_runs(struct cells *cells, struct store *store, struct api_runs *runs,
	struct err *err)
{
	bool more;

	if (api_latest_runs(store, RUNS_WITH_LEDGER, NULL, runs, &more, err) < 0)
		return -1;
	cells->runs = runs;
	while (cells->whole == NULL && cells->run_count < runs->count) {
		const struct run_record *run = &runs->items[cells->run_count++];

		if (is_whole(run))
			cells->whole = run->id;
	}
	return 0;
}

/* --- the cells of one account --- */

static bool chosen(const struct cells *cells, const char *region, const char *baseline)
{
	return (cells->region == NULL || strcmp(region, cells->region) == 0) &&
		(cells->baseline == NULL || strcmp(baseline, cells->baseline) == 0);
}

static bool wants_finding(void *argument, const struct store_key *key)
{
	char region[64], baseline[128];

	ledger_key_part(key, 1, region, sizeof region);
	ledger_key_part(key, 2, baseline, sizeof baseline);
	return chosen(argument, region, baseline);
}

static void keep_later(json_t *cell, const char *key, const char *text)
{
	if (strcmp(json_get_string_or(cell, key, ""), text) < 0)
		json_object_set_new(cell, key, json_text(text));
}

static json_t *new_cell(const struct cells *cells, const char *region, const char *baseline,
	enum status status)
{
	return json_pack("{s:s, s:o, s:o, s:s, s:i, s:n, s:n}", "account", cells->account, "region",
		json_text(region), "baseline", json_text(baseline), "status", status_name(status),
		"findings", 0, "observed_at", "run");
}

/* Returns the status that new_cell or merge_finding wrote into the cell. */
static enum status status_in(const json_t *cell)
{
	enum status status;

	return status_parse(json_get_string_or(cell, "status", ""), &status) < 0 ? STATUS_UNKNOWN
																			 : status;
}

static void merge_finding(struct cells *cells, const char *region, const struct finding *finding)
{
	char pair[PAIR_SIZE], observed[CLOCK_RFC3339_SIZE];

	snprintf(pair, sizeof pair, "%s,%s", region, finding->baseline);
	json_t *cell = json_object_get(cells->by_pair, pair);
	if (cell == NULL) {
		cell = new_cell(cells, region, finding->baseline, STATUS_NOT_APPLICABLE);
		json_object_set_new(cells->by_pair, pair, cell);
	}
	json_object_set_new(cell, "status",
		json_string(status_name(status_worst(status_in(cell), finding->status))));
	json_object_set_new(cell, "findings",
		json_integer(json_get_integer_or(cell, "findings", 0) + 1));
	clock_format_rfc3339(finding->observed_ms, observed);
	keep_later(cell, "observed_at", observed);
	keep_later(cell, "run", finding->run != NULL ? finding->run : "");
}

static int add_finding(void *argument, const struct store_key *key, const json_t *record,
	size_t bytes)
{
	struct cells *cells = argument;
	struct finding finding;
	char region[64];

	(void)bytes;
	cells->result = finding_decode(key, record, &finding, cells->err);
	if (cells->result < 0)
		return 1;
	ledger_key_part(key, 1, region, sizeof region);
	merge_finding(cells, region, &finding);
	finding_release(&finding);
	return 0;
}

static int add_covered(void *argument, const char *region, const char *baseline, enum status status)
{
	struct cells *cells = argument;
	char pair[PAIR_SIZE];

	if (!chosen(cells, region, baseline))
		return 0;
	snprintf(pair, sizeof pair, "%s,%s", region, baseline);
	json_t *cell = json_object_get(cells->by_pair, pair);
	if (cell != NULL) {
		keep_later(cell, "run", cells->run); /* this run checked it, so it is still assigned */
		return 0;
	}
	cell = new_cell(cells, region, baseline, status);
	json_object_set_new(cell, "run", json_text(cells->run));
	json_object_set_new(cells->by_pair, pair, cell);
	return 0;
}

/* Adds the cells that the runs have checked in the account; each run has one record for it. */
static int read_coverage(struct cells *cells, struct err *err)
{
	for (size_t i = 0; i < cells->run_count; i++) {
		const struct run_record *run = &cells->runs->items[i];
		struct coverage *coverage;

		if (!looks_at_cells(run))
			continue;
		cells->run = run->id;
		if (coverage_read(cells->scan.store, cells->run, cells->account, &coverage, err) < 0)
			return -1;
		if (coverage == NULL)
			continue;
		(void)coverage_each(coverage, add_covered, cells);
		coverage_free(coverage);
		cells->scan.records--;
	}
	return 0;
}

static MAY_YIELD int read_account(struct cells *cells, struct err *err)
{
	struct ledger_scan *scan = &cells->scan;
	struct store_key prefix = STORE_KEY(cells->account);
	size_t left = scan->records;

	scan->records = SIZE_MAX; /* all records of an account are read */
	scan->database = STORE_FINDINGS;
	scan->prefix = &prefix;
	scan->after.length = 0;
	scan->wants = wants_finding;
	scan->each = add_finding;
	if (ledger_scan(scan, err) < 0 || cells->result < 0)
		return -1;
	if (read_coverage(cells, err) < 0)
		return -1;
	size_t read = SIZE_MAX - scan->records;
	scan->records = left > read ? left - read : 0;
	return 0;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool shows(const struct cells *cells, const json_t *cell)
{
	if (cells->whole != NULL && strcmp(json_get_string_or(cell, "run", ""), cells->whole) < 0)
		return false;
	return cells->status == NULL ||
		strcmp(json_get_string_or(cell, "status", ""), cells->status) == 0;
}

/* Adds the cells after a "region,baseline" pair ("": all) in order. Returns true when the page is
 * full. */
static bool add_page(struct cells *cells, const char *after)
{
	size_t count = json_object_size(cells->by_pair), used = 0;
	const char **names = xcalloc(count + 1, sizeof *names), *name;
	bool full = false;
	json_t *cell;

	json_object_foreach(cells->by_pair, name, cell)
		names[used++] = name;
	qsort(names, used, sizeof *names, compare_names);
	for (size_t i = 0; i < used && !full; i++) {
		cell = json_object_get(cells->by_pair, names[i]);
		if (strcmp(names[i], after) <= 0 || !shows(cells, cell))
			continue;
		json_array_append(cells->list, cell);
		full = json_array_size(cells->list) == cells->limit;
		if (full)
			snprintf(cells->next, sizeof cells->next, "%s,%s", cells->account, names[i]);
	}
	free(names);
	return full;
}

/* --- the list --- */

static int read_cursor(const char *text, char account[LEDGER_ACCOUNT_SIZE], char pair[PAIR_SIZE],
	struct err *err)
{
	const char *comma = strchr(text, ',');

	if (comma == NULL || comma - text != LEDGER_ACCOUNT_SIZE - 1 || strlen(comma + 1) >= PAIR_SIZE)
		return api_bad_after(err);
	snprintf(account, LEDGER_ACCOUNT_SIZE, "%.12s", text);
	snprintf(pair, PAIR_SIZE, "%s", comma + 1);
	return api_check_id(API_ID_ACCOUNT, account, NULL) < 0 ? api_bad_after(err) : 0;
}

/* Lists the accounts that can have cells: those of the last walk, and those with findings. */
static int next_account(struct store *store, const char *after, char out[LEDGER_ACCOUNT_SIZE],
	struct err *err)
{
	char known[LEDGER_ACCOUNT_SIZE], found[LEDGER_ACCOUNT_SIZE];

	if (ledger_next_part(store, STORE_ACCOUNTS, after, known, err) < 0 ||
		ledger_next_part(store, STORE_FINDINGS, after, found, err) < 0)
		return -1;
	bool take_known = found[0] == '\0' || (known[0] != '\0' && strcmp(known, found) <= 0);
	snprintf(out, LEDGER_ACCOUNT_SIZE, "%s", take_known ? known : found);
	return 0;
}

static MAY_YIELD int walk(struct cells *cells, char account[LEDGER_ACCOUNT_SIZE], const char *only,
	const char *pair, struct err *err)
{
	for (const char *after = pair; account[0] != '\0'; after = "") {
		CLEANUP_JSON json_t *by_pair = json_object();

		cells->account = account;
		cells->by_pair = by_pair;
		if (read_account(cells, err) < 0)
			return -1;
		if (add_page(cells, after) || only != NULL)
			return 0;
		if (cells->scan.records == 0) {
			snprintf(cells->next, sizeof cells->next, "%s," ACCOUNT_DONE, account);
			return 0;
		}
		if (next_account(cells->scan.store, account, account, err) < 0)
			return -1;
	}
	return 0;
}

static int filters(const struct api_request *request, struct cells *cells, const char **account,
	struct err *err)
{
	enum status status;

	*account = api_text(request, "account");
	cells->region = api_text(request, "region");
	cells->baseline = api_text(request, "baseline");
	cells->status = api_text(request, "status");
	if (cells->status != NULL && status_parse(cells->status, &status) < 0)
		return err_set(err, ERR_USAGE, "InvalidStatus", "'%.64s' is not a status of a cell",
			cells->status);
	return api_check_id(API_ID_ACCOUNT, *account, err) < 0 ||
			api_check_id(API_ID_REGION, cells->region, err) < 0 ||
			api_check_id(API_ID_BASELINE, cells->baseline, err) < 0
		? -1
		: 0;
}

MAY_YIELD int api_list_cells(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	struct store *store = api_engine(request)->store;
	struct cells cells = {
		.scan = { .store = store, .records = API_PAGE_RECORDS, .argument = &cells }, .err = err
	};
	char account[LEDGER_ACCOUNT_SIZE] = "", pair[PAIR_SIZE] = "";
	const char *only;
	struct api_page page;
	CLEANUP_RUNS struct api_runs runs = { NULL };

	if (api_page(request, &page, err) < 0 || filters(request, &cells, &only, err) < 0 ||
		(page.after != NULL && read_cursor(page.after, account, pair, err) < 0) ||
		find_runs(&cells, store, &runs, err) < 0)
		return -1;
	if (only != NULL && page.after != NULL && strcmp(account, only) != 0)
		return api_bad_after(err);
	if (only != NULL)
		snprintf(account, sizeof account, "%s", only);
	else if (page.after == NULL && next_account(store, "", account, err) < 0)
		return -1;
	CLEANUP_JSON json_t *list = json_array();
	cells.list = list;
	cells.limit = page.limit;
	if (walk(&cells, account, only, pair, err) < 0)
		return -1;
	api_answer_page(response, "cells", json_incref(list), cells.next);
	return 0;
}
