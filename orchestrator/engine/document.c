#include "engine/document.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "engine/work.h"
#include "ledger/coverage.h"
#include "store/read.h"

#include <errno.h>

/* Names come from outside, so they are written in ASCII: other characters could control a
 * terminal. */
#define DOCUMENT_FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15))

/* --- the walk over a run's findings --- */

struct visit {
	bool all;
	const char *run;
	/* One of the two is set: the function that gets the finding as a value, or the one that gets
	 * its text and key. */
	int (*each)(void *argument, const struct finding *finding);
	int (*each_text)(void *argument, const struct store_key *key, const void *text, size_t length);
	void *argument;
	int result;
};

/* Returns whether the finding is to be visited. Findings of other runs are not: a run over a work
 * list does not touch the other findings of a cell. */
static bool is_wanted(const struct visit *visit, const char *run, enum status status)
{
	return run != NULL && strcmp(run, visit->run) == 0 &&
		(visit->all || status <= STATUS_REMEDIATED);
}

static int visit_finding(void *argument, const struct finding *finding)
{
	struct visit *visit = argument;

	if (!is_wanted(visit, finding->run, finding->status))
		return 0;
	visit->result = visit->each(visit->argument, finding);
	return visit->result != 0;
}

static int visit_text(void *argument, const struct store_key *key, const void *text, size_t length)
{
	struct visit *visit = argument;

	visit->result = visit->each_text(visit->argument, key, text, length);
	return visit->result != 0;
}

static int visit_cell(const struct run *run, const struct store_key *key, struct visit *visit,
	struct err *err)
{
	if (visit->each_text != NULL)
		return store_each(run->engine.store, STORE_FINDINGS, key, visit_text, visit, err);
	return finding_each(run->engine.store, key, visit_finding, visit, err);
}

struct cell_walk {
	const struct run *run;
	const char *account;
	struct visit *visit;
	struct err *err;
};

/* Visits the findings of a cell that was done. Most cells need no attention, and of those only the
 * status is read. */
static int visit_covered(void *argument, const char *region, const char *baseline,
	enum status status)
{
	const struct cell_walk *walk = argument;
	struct store_key key = STORE_KEY(walk->account, region, baseline);

	if (!walk->visit->all && status > STATUS_REMEDIATED)
		return 0;
	if (visit_cell(walk->run, &key, walk->visit, walk->err) < 0)
		return -1;
	return walk->visit->result != 0;
}

static int visit_account(const struct run *run, const char *account_id, struct visit *visit,
	struct err *err)
{
	struct cell_walk walk = { run, account_id, visit, err };
	struct coverage *coverage;

	if (coverage_read(run->engine.store, run->id, account_id, &coverage, err) < 0)
		return -1;
	if (coverage == NULL)
		return 0;
	int result = coverage_each(coverage, visit_covered, &walk);
	coverage_free(coverage);
	return result < 0 ? -1 : 0;
}

static bool has_account(const struct organization *organization, const char *id)
{
	for (const struct account *account = organization->accounts; account != NULL;
		account = account->next)
		if (strcmp(account->id, id) == 0)
			return true;
	return false;
}

/* Visits the accounts of a work list that have left the organization. */
static int visit_lost_accounts(const struct run *run, struct visit *visit, struct err *err)
{
	CLEANUP_JSON json_t *seen = json_object();

	for (const struct work_item *item = run->work->first; item != NULL; item = item->next) {
		if (has_account(run->organization, item->account) ||
			json_object_get(seen, item->account) != NULL)
			continue;
		json_object_set_new(seen, item->account, json_null());
		if (visit_account(run, item->account, visit, err) < 0)
			return -1;
	}
	return 0;
}

static int visit_accounts(const struct run *run, struct visit *visit, struct err *err)
{
	if (run->organization == NULL)
		return 0;
	for (const struct account *account = run->organization->accounts;
		account != NULL && visit->result == 0; account = account->next)
		if (visit_account(run, account->id, visit, err) < 0)
			return -1;
	return run->work != NULL && visit->result == 0 ? visit_lost_accounts(run, visit, err) : 0;
}

int document_each_finding(const struct run *run, bool all,
	int (*each)(void *argument, const struct finding *finding), void *argument, struct err *err)
{
	struct visit visit = { .all = all, .run = run->id, .each = each, .argument = argument };

	return visit_accounts(run, &visit, err);
}

/* --- the document --- */

static json_t *run_json(const struct run *run)
{
	struct aws_stats stats = run_stats(run);
	char started[CLOCK_RFC3339_SIZE], finished[CLOCK_RFC3339_SIZE];
	json_t *json;

	clock_format_rfc3339(run->started_ms, started);
	clock_format_rfc3339(run->finished_ms, finished);
	json = json_pack("{s:s, s:s, s:s, s:s, s:f, s:I, s:I, s:I, s:I, s:I, s:b, s:b}", "id", run->id,
		"kind", run_kind_name(run->kind), "started", started, "finished", finished, "seconds",
		(double)((clock_monotonic_us() - run->began_us) / 1000) / 1000.0, "api_calls",
		(json_int_t)stats.api_calls, "retries", (json_int_t)stats.retries, "throttled",
		(json_int_t)stats.throttled, "assume_role_calls", (json_int_t)stats.assume_role_calls,
		"changes", (json_int_t)run->changes_made, "resumed", run->resumed, "interrupted",
		run->interrupted);
	if (run->halt.kind != ERR_NONE)
		json_object_set_new(json, "halt",
			json_pack("{s:o, s:o}", "code", json_text(run->halt.code), "message",
				json_text(run->halt.message)));
	return json;
}

static json_t *organization_json(const struct run *run)
{
	json_t *regions = json_array();
	const char *region;
	json_t *unused;

	json_object_foreach(run->regions, region, unused)
		json_array_append_new(regions, json_string(region));
	return json_pack("{s:o, s:I, s:I, s:o}", "id",
		json_text(run->organization != NULL ? run->organization->id : NULL), "accounts",
		(json_int_t)(run->organization != NULL ? run->organization->account_count : 0), "in_scope",
		(json_int_t)run->accounts_in_scope, "regions", regions);
}

static json_t *cells_json(const struct run *run)
{
	static const enum status order[] = { STATUS_COMPLIANT, STATUS_DRIFTED, STATUS_REMEDIATED,
		STATUS_AWAITING_APPROVAL, STATUS_ALERTED, STATUS_MANAGED_CENTRALLY, STATUS_EXEMPT,
		STATUS_NOT_APPLICABLE, STATUS_UNKNOWN };
	json_t *json = json_pack("{s:I}", "total", (json_int_t)status_total(&run->cells));

	for (size_t i = 0; i < ARRAY_LENGTH(order); i++)
		json_object_set_new(json, status_name(order[i]),
			json_integer((json_int_t)run->cells.of[order[i]]));
	return json;
}

struct writing {
	FILE *out;
	struct visit visit;
	struct buf text; /* the finding being written */
	struct err *err;
	bool any;
};

static bool is_ascii(const struct buf *text)
{
	unsigned char any = 0;

	for (size_t i = 0; i < text->length; i++)
		any |= (unsigned char)text->data[i];
	return any < 0x80;
}

static void write_text(struct writing *writing)
{
	fputs(writing->any ? ",\n  " : "\n  ", writing->out);
	fwrite(writing->text.data, 1, writing->text.length, writing->out);
	writing->any = true;
}

/* Reads the finding as a value and writes it anew. This is needed for a finding in the short form,
 * one with text beyond ASCII, and one that may be malformed. */
static int rewrite(struct writing *writing, const struct store_key *key, const void *value,
	size_t length)
{
	CLEANUP_JSON json_t *record = NULL;
	struct finding finding;

	if (json_parse(value, length, "finding", &record, writing->err) < 0) {
		writing->err->kind = ERR_STORE;
		return err_prefix(writing->err, "the state folder is damaged");
	}
	if (finding_decode(key, record, &finding, writing->err) < 0)
		return -1;
	if (is_wanted(&writing->visit, finding.run, finding.status)) {
		CLEANUP_JSON json_t *document = finding_document(&finding);

		buf_reset(&writing->text);
		json_add_ascii(&writing->text, document);
		write_text(writing);
	}
	finding_release(&finding);
	return 0;
}

/* Writes one finding. A whole finding is stored in the form that the document shows, so its text is
 * copied. */
static int write_finding(void *argument, const struct store_key *key, const void *value,
	size_t length)
{
	struct writing *writing = argument;
	struct finding_gist gist;
	enum status status;

	buf_reset(&writing->text);
	if (finding_copy_text(value, length, &gist, &writing->text) < 0 || gist.is_short ||
		status_parse(gist.status, &status) < 0 || !is_ascii(&writing->text))
		return rewrite(writing, key, value, length);
	if (is_wanted(&writing->visit, gist.run, status))
		write_text(writing);
	return 0;
}

static void write_member(FILE *out, const char *name, json_t *value, const char *before)
{
	fprintf(out, "%s\"%s\": ", before, name);
	json_dumpf(value, out, DOCUMENT_FLAGS);
	json_decref(value);
}

int document_write(const struct run *run, bool all, FILE *out, struct err *err)
{
	struct writing writing = {
		.out = out,
		.visit = { .all = all, .run = run->id, .each_text = write_finding, .argument = &writing },
		.text = BUF_INIT(SIZE_MAX),
		.err = err,
	};

	write_member(out, "run", run_json(run), "{");
	write_member(out, "organization", organization_json(run), ",\n ");
	write_member(out, "cells", cells_json(run), ",\n ");
	fputs(",\n \"findings\": [", out);
	int result = visit_accounts(run, &writing.visit, err);
	buf_release(&writing.text);
	if (result < 0 || writing.visit.result < 0)
		return -1;
	fputs(writing.any ? "\n ]}\n" : "]}\n", out);
	if (fflush(out) != 0 || ferror(out))
		return err_set(err, ERR_SYSTEM, "WriteFailed", "the document can't be written: %s",
			strerror(errno));
	return 0;
}
