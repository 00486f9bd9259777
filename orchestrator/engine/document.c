#include "engine/document.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "engine/work.h"

#include <errno.h>

/* Names come from outside: in ASCII they can't speak to a terminal. */
#define DOCUMENT_FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15))

struct cells {
	json_t *cells; /* of one account: those whose findings are wanted */
	bool all;
};

static int collect_cell(void *argument, const struct store_key *key, const json_t *value)
{
	struct cells *cells = argument;
	enum status status;

	(void)key;
	if (status_parse(json_get_string_or(value, "status", ""), &status) < 0)
		status = STATUS_UNKNOWN;
	/* A remediated resource is fine now, but the reader wants to know what was done. */
	if (cells->all || status <= STATUS_REMEDIATED)
		json_array_append(cells->cells, (json_t *)value);
	return 0;
}

struct visit {
	bool all;
	const char *run;
	int (*each)(void *argument, const json_t *finding);
	void *argument;
	int result;
};

static int visit_finding(void *argument, const struct store_key *key, const json_t *finding)
{
	struct visit *visit = argument;
	enum status status;

	(void)key;
	/* A run over single changes leaves the cell's other findings as they were. */
	if (strcmp(json_get_string_or(finding, "run", ""), visit->run) != 0)
		return 0;
	if (!visit->all && status_parse(json_get_string_or(finding, "status", ""), &status) == 0 && status > STATUS_REMEDIATED)
		return 0;
	visit->result = visit->each(visit->argument, finding);
	return visit->result != 0;
}

static int visit_account(const struct run *run, const char *account_id, struct visit *visit, struct err *err)
{
	CLEANUP_JSON json_t *list = json_array();
	struct cells cells = { list, visit->all };
	struct store_key prefix = STORE_KEY(run->id, account_id);
	size_t index;
	json_t *cell;

	if (store_each_json(run->engine.store, STORE_CELLS, &prefix, collect_cell, &cells, err) < 0)
		return -1;
	json_array_foreach(list, index, cell) {
		struct store_key key = STORE_KEY(account_id, json_get_string_or(cell, "region", ""), json_get_string_or(cell, "baseline", ""));

		if (store_each_json(run->engine.store, STORE_FINDINGS, &key, visit_finding, visit, err) < 0)
			return -1;
		if (visit->result != 0)
			return 0;
	}
	return 0;
}

static bool has_account(const struct organization *organization, const char *id)
{
	for (const struct account *account = organization->accounts; account != NULL; account = account->next)
		if (strcmp(account->id, id) == 0)
			return true;
	return false;
}

/* Accounts of a work list that have left the organization. */
static int visit_lost_accounts(const struct run *run, struct visit *visit, struct err *err)
{
	CLEANUP_JSON json_t *seen = json_object();

	for (const struct work_item *item = run->work->first; item != NULL; item = item->next) {
		if (has_account(run->organization, item->account) || json_object_get(seen, item->account) != NULL)
			continue;
		json_object_set_new(seen, item->account, json_null());
		if (visit_account(run, item->account, visit, err) < 0)
			return -1;
	}
	return 0;
}

int document_each_finding(const struct run *run, bool all, int (*each)(void *argument, const json_t *finding),
                          void *argument, struct err *err)
{
	struct visit visit = { all, run->id, each, argument, 0 };

	if (run->organization == NULL)
		return 0;
	for (const struct account *account = run->organization->accounts; account != NULL && visit.result == 0; account = account->next)
		if (visit_account(run, account->id, &visit, err) < 0)
			return -1;
	return run->work != NULL && visit.result == 0 ? visit_lost_accounts(run, &visit, err) : 0;
}

static json_t *run_json(const struct run *run)
{
	struct aws_stats stats = run_stats(run);
	char started[CLOCK_RFC3339_SIZE], finished[CLOCK_RFC3339_SIZE];
	json_t *json;

	clock_format_rfc3339(run->started_ms, started);
	clock_format_rfc3339(run->finished_ms, finished);
	json = json_pack("{s:s, s:s, s:s, s:s, s:f, s:I, s:I, s:I, s:I, s:I, s:b, s:b}", "id", run->id, "kind", run_kind_name(run->kind),
	                 "started", started, "finished", finished, "seconds",
	                 (double)((clock_monotonic_us() - run->began_us) / 1000) / 1000.0, "api_calls", (json_int_t)stats.api_calls,
	                 "retries", (json_int_t)stats.retries, "throttled", (json_int_t)stats.throttled, "assume_role_calls",
	                 (json_int_t)stats.assume_role_calls, "changes", (json_int_t)run->changes_made, "resumed", run->resumed,
	                 "interrupted", run->interrupted);
	if (run->halt.kind != ERR_NONE)
		json_object_set_new(json, "halt", json_pack("{s:o, s:o}", "code", json_text(run->halt.code), "message", json_text(run->halt.message)));
	return json;
}

static json_t *organization_json(const struct run *run)
{
	json_t *regions = json_array();
	const char *region;
	json_t *unused;

	json_object_foreach(run->regions, region, unused)
		json_array_append_new(regions, json_string(region));
	return json_pack("{s:o, s:I, s:I, s:o}", "id", json_text(run->organization != NULL ? run->organization->id : NULL), "accounts",
	                 (json_int_t)(run->organization != NULL ? run->organization->account_count : 0), "in_scope",
	                 (json_int_t)run->accounts_in_scope, "regions", regions);
}

static json_t *cells_json(const struct run *run)
{
	static const enum status order[] = { STATUS_COMPLIANT, STATUS_DRIFTED, STATUS_REMEDIATED, STATUS_AWAITING_APPROVAL, STATUS_ALERTED,
		                             STATUS_MANAGED_CENTRALLY, STATUS_EXEMPT, STATUS_NOT_APPLICABLE, STATUS_UNKNOWN };
	json_t *json = json_pack("{s:I}", "total", (json_int_t)status_total(&run->cells));

	for (size_t i = 0; i < ARRAY_LENGTH(order); i++)
		json_object_set_new(json, status_name(order[i]), json_integer((json_int_t)run->cells.of[order[i]]));
	return json;
}

struct writing {
	FILE *out;
	struct buf text; /* of the finding under way */
	bool any;
};

/* The proposal is for whoever reviews the change, not for the document. */
static int write_finding(void *argument, const json_t *finding)
{
	struct writing *writing = argument;
	const char *key, *before = "{";
	json_t *value;

	buf_reset(&writing->text);
	json_object_foreach((json_t *)finding, key, value) {
		if (strcmp(key, "proposal") == 0)
			continue;
		buf_add_string(&writing->text, before);
		json_add_string(&writing->text, key);
		buf_add_char(&writing->text, ':');
		json_add_ascii(&writing->text, value);
		before = ",";
	}
	buf_add_char(&writing->text, '}');
	fputs(writing->any ? ",\n  " : "\n  ", writing->out);
	fwrite(writing->text.data, 1, writing->text.length, writing->out);
	writing->any = true;
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
	struct writing writing = { out, BUF_INIT(SIZE_MAX), false };

	write_member(out, "run", run_json(run), "{");
	write_member(out, "organization", organization_json(run), ",\n ");
	write_member(out, "cells", cells_json(run), ",\n ");
	fputs(",\n \"findings\": [", out);
	int result = document_each_finding(run, all, write_finding, &writing, err);
	buf_release(&writing.text);
	if (result < 0)
		return -1;
	fputs(writing.any ? "\n ]}\n" : "]}\n", out);
	if (fflush(out) != 0 || ferror(out))
		return err_set(err, ERR_SYSTEM, "WriteFailed", "the document can't be written: %s", strerror(errno));
	return 0;
}
