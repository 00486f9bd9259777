#include "engine/document.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json_read.h"
#include "engine/work.h"

#include <errno.h>

/* Names come from outside: in ASCII they can't speak to a terminal. */
#define DOCUMENT_FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15))

/* --- what a record says, from its text --- */

/* What decides whether a record is wanted; "" where it doesn't say. */
struct gist {
	char run[RUN_ID_SIZE], status[32];
};

static bool is_named(const struct json_name *name, const char *text)
{
	return name->length == strlen(text) && memcmp(name->text, text, name->length) == 0;
}

/* What is longer is none that we know. */
static int read_text(struct json_reader *reader, char *out, size_t size)
{
	const char *text;
	size_t length;

	if (json_peek(reader) != '"')
		return json_skip_value(reader);
	if (json_read_string(reader, &text, &length) < 0)
		return -1;
	if (length < size) {
		memcpy(out, text, length);
		out[length] = '\0';
	}
	return 0;
}

/* Takes the members of the record that begins here. The texts of those that a document shows go to
 * `out`, if there is one. */
static int read_members(struct json_reader *reader, struct gist *gist, struct buf *out)
{
	const char *before = "{";
	struct json_name name;
	int more = json_peek(reader) == '{' ? json_enter(reader) : -1;

	if (more < 0)
		return -1;
	while ((more = json_next_member(reader, &name)) > 0) {
		bool shown = out != NULL && !is_named(&name, "proposal");
		int result = is_named(&name, "run") ? read_text(reader, gist->run, sizeof gist->run)
			: is_named(&name, "status")     ? read_text(reader, gist->status, sizeof gist->status)
											: json_skip_value(reader);

		if (result < 0)
			return -1;
		if (!shown)
			continue;
		buf_add_string(out, before);
		buf_add(out, name.at, (size_t)(reader->cursor - name.at));
		before = ",";
	}
	return more < 0 ? -1 : json_read_end(reader);
}

/* -1 for a text that is not as it should be. Whoever makes a value of it, then, is told what is
 * wrong. */
static int read_gist(const void *text, size_t length, struct gist *gist, struct buf *out)
{
	struct err unused = ERR_INIT;
	struct json_reader reader;

	*gist = (struct gist){ .run = "" };
	json_reader_init(&reader, text, length, "record", &unused);
	int result = read_members(&reader, gist, out);
	json_reader_release(&reader);
	return result;
}

/* --- the walk over a run's findings --- */

struct cells {
	struct store *store;
	json_t *cells; /* of one account: those whose findings are wanted */
	bool all;
	struct err *err;
	int result;
};

/* Most cells are fine, and of those nothing but the status is read. */
static int collect_cell(void *argument, const struct store_key *key, const void *value,
	size_t length)
{
	struct cells *cells = argument;
	enum status status;
	struct gist gist;
	json_t *cell;

	if (read_gist(value, length, &gist, NULL) < 0 || status_parse(gist.status, &status) < 0)
		status = STATUS_UNKNOWN;
	/* A remediated resource is fine now, but the reader wants to know what was done. */
	if (!cells->all && status > STATUS_REMEDIATED)
		return 0;
	cells->result = store_get_json(cells->store, STORE_CELLS, key, &cell, cells->err);
	if (cells->result == 0)
		json_array_append_new(cells->cells, cell);
	return cells->result != 0;
}

struct visit {
	bool all;
	const char *run;
	/* One of them: what is done with a finding, or with its text, of which the key is for more. */
	int (*each)(void *argument, const json_t *finding);
	int (*each_text)(void *argument, const struct store_key *key, const void *text, size_t length);
	void *argument;
	int result;
};

/* A run over single changes leaves the cell's other findings as they were. */
static bool is_wanted(const struct visit *visit, const char *run, const char *status_text)
{
	enum status status;

	return strcmp(run, visit->run) == 0 &&
		(visit->all || status_parse(status_text, &status) < 0 || status <= STATUS_REMEDIATED);
}

static int visit_finding(void *argument, const struct store_key *key, const json_t *finding)
{
	struct visit *visit = argument;

	(void)key;
	if (!is_wanted(visit, json_get_string_or(finding, "run", ""),
			json_get_string_or(finding, "status", "")))
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
	return store_each_json(run->engine.store, STORE_FINDINGS, key, visit_finding, visit, err);
}

static int visit_account(const struct run *run, const char *account_id, struct visit *visit,
	struct err *err)
{
	CLEANUP_JSON json_t *list = json_array();
	struct cells cells = { run->engine.store, list, visit->all, err, 0 };
	struct store_key prefix = STORE_KEY(run->id, account_id);
	size_t index;
	json_t *cell;

	if (store_each(run->engine.store, STORE_CELLS, &prefix, collect_cell, &cells, err) < 0 ||
		cells.result < 0)
		return -1;
	json_array_foreach(list, index, cell) {
		struct store_key key = STORE_KEY(account_id, json_get_string_or(cell, "region", ""),
			json_get_string_or(cell, "baseline", ""));

		if (visit_cell(run, &key, visit, err) < 0)
			return -1;
		if (visit->result != 0)
			return 0;
	}
	return 0;
}

static bool has_account(const struct organization *organization, const char *id)
{
	for (const struct account *account = organization->accounts; account != NULL;
		account = account->next)
		if (strcmp(account->id, id) == 0)
			return true;
	return false;
}

/* Accounts of a work list that have left the organization. */
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
	int (*each)(void *argument, const json_t *finding), void *argument, struct err *err)
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
	struct store *store;
	struct visit visit;
	struct buf text; /* of the finding under way */
	struct err *err;
	bool any;
};

/* A finding that is not as it should be, or has a text beyond ASCII: read as a value, and written
 * anew. */
static int rewrite(struct writing *writing, const struct store_key *key, struct gist *gist)
{
	CLEANUP_JSON json_t *finding = NULL;

	if (store_get_json(writing->store, STORE_FINDINGS, key, &finding, writing->err) < 0)
		return -1;
	json_object_del(finding, "proposal");
	snprintf(gist->run, sizeof gist->run, "%s", json_get_string_or(finding, "run", ""));
	snprintf(gist->status, sizeof gist->status, "%s", json_get_string_or(finding, "status", ""));
	buf_reset(&writing->text);
	json_add_ascii(&writing->text, finding);
	return 0;
}

static bool is_ascii(const struct buf *text)
{
	unsigned char any = 0;

	for (size_t i = 0; i < text->length; i++)
		any |= (unsigned char)text->data[i];
	return any < 0x80;
}

/* A finding is stored as the document tells it, save the proposal, which is for whoever reviews the
 * change. */
static int write_finding(void *argument, const struct store_key *key, const void *value,
	size_t length)
{
	struct writing *writing = argument;
	struct gist gist;

	buf_reset(&writing->text);
	int result = read_gist(value, length, &gist, &writing->text);
	buf_add_char(&writing->text, '}');
	if ((result < 0 || !is_ascii(&writing->text)) && rewrite(writing, key, &gist) < 0)
		return -1;
	if (!is_wanted(&writing->visit, gist.run, gist.status))
		return 0;
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
	struct writing writing = {
		.out = out,
		.store = run->engine.store,
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
