#include "ledger/coverage.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "ledger/record_read.h"
#include "ledger/record_write.h"
#include "store/queue.h"
#include "store/read.h"

#define NOT_DONE '.'

/* Keys that coverage_add_text writes by itself, without a json_t in between. */
#define KEY_ACCOUNT "account"
#define KEY_REGIONS "regions"
#define KEY_CELLS "cells"

/* The record as it is stored. */
struct coverage_record {
	const char *account;
	const json_t *regions; /* names */
	const json_t *cells;   /* for each baseline a text with one letter for each region */
	json_t *source;
};

static const struct record_field fields[] = {
	RECORD_TEXT(struct coverage_record, account, KEY_ACCOUNT, RECORD_REQUIRED),
	RECORD_ARRAY(struct coverage_record, regions, KEY_REGIONS, RECORD_REQUIRED),
	RECORD_OBJECT(struct coverage_record, cells, KEY_CELLS, RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type type = {
	.name = "coverage",
	.version = 1,
	.fields = fields,
	.identity = { KEY_ACCOUNT },
	RECORD_STORED(struct coverage_record),
};

struct row {
	char *baseline;
	char *letters; /* one for each region, NOT_DONE or a status's; ends with a NUL */
};

struct coverage {
	char *run, *account;
	char **regions;
	struct row *rows;
	size_t region_count, row_count, done;
};

struct coverage *coverage_new(const char *run, const char *account)
{
	struct coverage *coverage = xcalloc(1, sizeof *coverage);

	coverage->run = xstrdup(run);
	coverage->account = xstrdup(account);
	return coverage;
}

void coverage_free(struct coverage *coverage)
{
	if (coverage == NULL)
		return;
	for (size_t i = 0; i < coverage->region_count; i++)
		free(coverage->regions[i]);
	for (size_t i = 0; i < coverage->row_count; i++) {
		free(coverage->rows[i].baseline);
		free(coverage->rows[i].letters);
	}
	free(coverage->regions);
	free(coverage->rows);
	free(coverage->run);
	free(coverage->account);
	free(coverage);
}

bool coverage_is_of(const struct coverage *coverage, const char *run, const char *account)
{
	return strcmp(coverage->run, run) == 0 && strcmp(coverage->account, account) == 0;
}

/* --- cells --- */

/* Returns the number of regions when there is no such region. */
static size_t find_region(const struct coverage *coverage, const char *region)
{
	size_t i = 0;

	while (i < coverage->region_count && strcmp(coverage->regions[i], region) != 0)
		i++;
	return i;
}

static size_t find_row(const struct coverage *coverage, const char *baseline)
{
	size_t i = 0;

	while (i < coverage->row_count && strcmp(coverage->rows[i].baseline, baseline) != 0)
		i++;
	return i;
}

static void add_region(struct coverage *coverage, const char *region)
{
	size_t count = ++coverage->region_count;

	coverage->regions = xrealloc(coverage->regions, count * sizeof *coverage->regions);
	coverage->regions[count - 1] = xstrdup(region);
	for (size_t i = 0; i < coverage->row_count; i++) {
		struct row *row = &coverage->rows[i];

		row->letters = xrealloc(row->letters, count + 1);
		row->letters[count - 1] = NOT_DONE;
		row->letters[count] = '\0';
	}
}

static void add_row(struct coverage *coverage, const char *baseline)
{
	size_t count = ++coverage->row_count;

	coverage->rows = xrealloc(coverage->rows, count * sizeof *coverage->rows);
	struct row *row = &coverage->rows[count - 1];
	*row = (struct row){ xstrdup(baseline), xmalloc(coverage->region_count + 1) };
	memset(row->letters, NOT_DONE, coverage->region_count);
	row->letters[coverage->region_count] = '\0';
}

/* Returns the cell's letter, or NULL when the ledger has no place for the cell. */
static char *letter_of(const struct coverage *coverage, const char *region, const char *baseline)
{
	size_t column = find_region(coverage, region), row = find_row(coverage, baseline);

	return column < coverage->region_count && row < coverage->row_count
		? &coverage->rows[row].letters[column]
		: NULL;
}

void coverage_set(struct coverage *coverage, const char *region, const char *baseline,
	enum status status)
{
	if (find_region(coverage, region) == coverage->region_count)
		add_region(coverage, region);
	if (find_row(coverage, baseline) == coverage->row_count)
		add_row(coverage, baseline);
	char *letter = letter_of(coverage, region, baseline);
	coverage->done += *letter == NOT_DONE;
	*letter = status_letter(status);
}

bool coverage_unset(struct coverage *coverage, const char *region, const char *baseline)
{
	char *letter = letter_of(coverage, region, baseline);

	if (letter == NULL || *letter == NOT_DONE)
		return false;
	*letter = NOT_DONE;
	coverage->done--;
	return true;
}

int coverage_get(const struct coverage *coverage, const char *region, const char *baseline,
	enum status *status)
{
	const char *letter = letter_of(coverage, region, baseline);

	return letter != NULL ? status_of_letter(*letter, status) : -1;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int compare_rows(const void *left, const void *right)
{
	return strcmp(((const struct row *)left)->baseline, ((const struct row *)right)->baseline);
}

int coverage_each(const struct coverage *coverage,
	int (*each)(void *argument, const char *region, const char *baseline, enum status status),
	void *argument)
{
	char **regions = xcalloc(coverage->region_count + 1, sizeof *regions);
	struct row *rows = xcalloc(coverage->row_count + 1, sizeof *rows);
	int result = 0;

	if (coverage->region_count > 0)
		memcpy(regions, coverage->regions, coverage->region_count * sizeof *regions);
	if (coverage->row_count > 0)
		memcpy(rows, coverage->rows, coverage->row_count * sizeof *rows);
	qsort(regions, coverage->region_count, sizeof *regions, compare_names);
	qsort(rows, coverage->row_count, sizeof *rows, compare_rows);
	for (size_t i = 0; i < coverage->region_count && result == 0; i++) {
		size_t column = find_region(coverage, regions[i]);

		for (size_t j = 0; j < coverage->row_count && result == 0; j++) {
			enum status status;

			if (status_of_letter(rows[j].letters[column], &status) == 0)
				result = each(argument, regions[i], rows[j].baseline, status);
		}
	}
	free(regions);
	free(rows);
	return result;
}

/* --- the record --- */

static int not_understood(const char *run, const char *account, const char *why, struct err *err)
{
	return err_set(err, ERR_STORE, "InvalidRecord",
		"the record of what run %s has done in account %s can't be understood (%s); restore the "
		"state folder from a backup, or start a new sweep without --resume",
		run, account, why);
}

/* Returns whether the text has one letter for each region, each of them a status's or NOT_DONE. */
static bool is_row(const char *letters, size_t count)
{
	enum status status;

	for (size_t i = 0; i < count; i++)
		if (letters[i] == '\0' ||
			(letters[i] != NOT_DONE && status_of_letter(letters[i], &status) < 0))
			return false;
	return letters[count] == '\0';
}

static const char *take_regions(struct coverage *coverage, const json_t *regions)
{
	size_t index;
	json_t *region;

	json_array_foreach((json_t *)regions, index, region) {
		const char *name = json_string_value(region);

		if (name == NULL || find_region(coverage, name) < coverage->region_count)
			return "a region is no name, or stands there twice";
		add_region(coverage, name);
	}
	return NULL;
}

static const char *take_rows(struct coverage *coverage, const json_t *cells)
{
	const char *baseline;
	json_t *letters;

	json_object_foreach((json_t *)cells, baseline, letters) {
		const char *text = json_string_value(letters);

		if (text == NULL || !is_row(text, coverage->region_count))
			return "a status is unknown, or the regions and the statuses are not equally many";
		add_row(coverage, baseline);
		struct row *row = &coverage->rows[coverage->row_count - 1];
		memcpy(row->letters, text, coverage->region_count);
		for (size_t i = 0; i < coverage->region_count; i++)
			coverage->done += text[i] != NOT_DONE;
	}
	return NULL;
}

static int from_json(const char *run, const json_t *json, struct coverage **out, struct err *err)
{
	struct coverage_record record;
	struct err cause = ERR_INIT;

	*out = NULL;
	if (record_decode(&type, json, &record, &cause) < 0)
		return err_set(err, ERR_STORE, cause.code,
			"it is not known what run %s has done: %s; or start a new sweep without --resume", run,
			cause.message);
	struct coverage *coverage = coverage_new(run, record.account);
	const char *why = take_regions(coverage, record.regions);
	if (why == NULL)
		why = take_rows(coverage, record.cells);
	record_release(&type, &record);
	if (why != NULL) {
		(void)not_understood(run, coverage->account, why, err);
		coverage_free(coverage);
		return -1;
	}
	*out = coverage;
	return 0;
}

void coverage_add_text(struct buf *out, const struct coverage *coverage)
{
	buf_add_string(out, "{\"" KEY_ACCOUNT "\":");
	json_add_string(out, coverage->account);
	buf_add_string(out, ",\"" KEY_REGIONS "\":[");
	for (size_t i = 0; i < coverage->region_count; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		json_add_string(out, coverage->regions[i]);
	}
	buf_add_string(out, "],\"" KEY_CELLS "\":{");
	for (size_t i = 0; i < coverage->row_count; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		json_add_string(out, coverage->rows[i].baseline);
		buf_add_char(out, ':');
		json_add_string(out, coverage->rows[i].letters);
	}
	buf_add_char(out, '}');
	record_add_version(out, &type);
	buf_add_char(out, '}');
}

/* --- the store --- */

int coverage_read(struct store *store, const char *run, const char *account, struct coverage **out,
	struct err *err)
{
	struct store_key key = STORE_KEY(run, account);
	CLEANUP_JSON json_t *record = NULL;

	*out = NULL;
	if (store_get_json(store, STORE_COVERAGE, &key, &record, err) < 0)
		return -1;
	return record != NULL ? from_json(run, record, out, err) : 0;
}

struct store_key coverage_key(const struct coverage *coverage)
{
	return STORE_KEY(coverage->run, coverage->account);
}

int coverage_write(struct store *store, const struct coverage *coverage, struct err *err)
{
	struct store_key key = coverage_key(coverage);

	if (coverage->done == 0)
		return store_delete(store, STORE_COVERAGE, &key, err);
	struct buf *text = store_text(store);
	coverage_add_text(text, coverage);
	return store_put(store, STORE_COVERAGE, &key, text->data, text->length, err);
}

struct counting {
	const char *run;
	struct status_counts *counts;
	struct err *err;
	int result;
};

static int count_cell(void *argument, const char *region, const char *baseline, enum status status)
{
	struct status_counts *counts = argument;

	(void)region;
	(void)baseline;
	counts->of[status]++;
	return 0;
}

static int count_record(void *argument, const struct store_key *key, const json_t *record)
{
	struct counting *counting = argument;
	struct coverage *coverage;

	(void)key;
	counting->result = from_json(counting->run, record, &coverage, counting->err);
	if (counting->result < 0)
		return 1;
	(void)coverage_each(coverage, count_cell, counting->counts);
	coverage_free(coverage);
	return 0;
}

int coverage_count(struct store *store, const char *run, struct status_counts *counts,
	struct err *err)
{
	struct store_key prefix = STORE_KEY(run);
	struct counting counting = { run, counts, err, 0 };

	if (store_each_json(store, STORE_COVERAGE, &prefix, count_record, &counting, err) < 0)
		return -1;
	return counting.result;
}

int coverage_forget_run(struct store *store, const char *run, struct err *err)
{
	struct store_key prefix = STORE_KEY(run);

	return store_delete_prefix(store, STORE_COVERAGE, &prefix, err);
}
