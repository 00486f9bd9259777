/* Answers probes, Prometheus, and people who ask for the state of the process. */

#include "ledger/status.h"
#include "audit/copy_position.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/metrics.h"
#include "guards/pause_file.h"
#include "ledger/finding.h"
#include "ledger/run_record.h"
#include "notify/outbox.h"
#include "store/read.h"
#include "store/space.h"
#include "web/api/input.h"
#include "web/api/runs.h"

#define RUNS_SHOWN 10
#define RUNS_LOOKED_AT 100
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* --- probes --- */

/* The probe only asks whether the process answers. */
int api_health(const struct api_request *request, struct api_response *response, struct err *err)
{
	(void)request;
	(void)err;
	response->content_type = "text/plain; charset=utf-8";
	buf_add_string(&response->text, "ok\n");
	return 0;
}

int api_readiness(const struct api_request *request, struct api_response *response, struct err *err)
{
	const char *why = NULL;

	if (!request->host->ready(request->host->daemon, &why))
		return err_set(err, ERR_BUSY, "NotReady", "not ready: %s", why != NULL ? why : "starting");
	response->content_type = "text/plain; charset=utf-8";
	buf_add_string(&response->text, "ready\n");
	return 0;
}

int api_metrics(const struct api_request *request, struct api_response *response, struct err *err)
{
	request->host->refresh_metrics(request->host->daemon);
	response->content_type = METRICS_TYPE;
	metrics_add_text(&response->text);
	if (buf_ok(&response->text))
		return 0;
	return err_set(err, ERR_SYSTEM, "TooLarge",
		"the metrics have more than the %zu bytes that an answer may have",
		response->text.max_bytes);
}

int api_openapi(const struct api_request *request, struct api_response *response, struct err *err)
{
	(void)err;
	response->json = request->host->openapi();
	return 0;
}

/* --- status --- */

static int count_one(void *argument, const struct store_key *key, const void *value, size_t length)
{
	(void)key;
	(void)value;
	(void)length;
	++*(json_int_t *)argument;
	return 0;
}

/* Returns the totals of the last finished sweep, or JSON's null. New reference. */
static json_t *last_cells(const struct api_runs *runs)
{
	for (size_t i = 0; i < runs->count; i++) {
		const struct run_record *run = &runs->items[i];

		if (run->kind == RUN_SWEEP && run->state == RUN_FINISHED && run->cells != NULL)
			return json_incref((json_t *)run->cells);
	}
	return json_null();
}

struct counting {
	json_int_t of[STATUS_COUNT];
	struct err *err; /* the error of a record that is not understood; `result` is then -1 */
	int result;
};

static int count_finding(void *argument, const struct store_key *key, const json_t *record,
	size_t bytes)
{
	struct counting *counting = argument;
	struct finding finding;

	(void)bytes;
	counting->result = finding_decode(key, record, &finding, counting->err);
	if (counting->result < 0)
		return 1;
	counting->of[finding.status]++;
	finding_release(&finding);
	return 0;
}

/* Counts all findings by status, which reads every record. */
static MAY_YIELD int count_findings(struct store *store, json_t **out, struct err *err)
{
	struct counting counting = { .err = err };
	struct ledger_scan scan = { .store = store,
		.database = STORE_FINDINGS,
		.records = SIZE_MAX,
		.each = count_finding,
		.argument = &counting };

	if (ledger_scan(&scan, err) < 0 || counting.result < 0)
		return -1;
	*out = json_object();
	for (size_t i = 0; i < STATUS_COUNT; i++)
		json_object_set_new(*out, status_name((enum status)i), json_integer(counting.of[i]));
	return 0;
}

/* When the file of pauses can't be read, everything is paused, and the status must say so. */
static void add_pauses(json_t *status, const char *folder)
{
	struct err failure = ERR_INIT;
	json_t *pauses = NULL;

	if (pause_read(folder, &pauses, &failure) < 0)
		pauses = json_array();
	json_object_set_new(status, "pauses", pauses);
	json_object_set_new(status, "pauses_unreadable",
		failure.kind != ERR_NONE ? json_text(failure.message) : json_null());
}

MAY_YIELD int api_status(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	const struct web_host *host = request->host;
	struct store *store = api_engine(request)->store;
	CLEANUP_RUNS struct api_runs runs = { NULL };
	CLEANUP_JSON json_t *outbox = NULL;
	CLEANUP_JSON json_t *copy = NULL;
	CLEANUP_JSON json_t *findings = NULL;
	const char *why = NULL;
	json_int_t accounts = 0;
	bool more;

	if (notify_status(store, &outbox, err) < 0 || audit_copy_status(store, &copy, err) < 0 ||
		store_each(store, STORE_ACCOUNTS, NULL, count_one, &accounts, err) < 0 ||
		api_latest_runs(store, RUNS_LOOKED_AT, NULL, &runs, &more, err) < 0 ||
		(api_flag(request, "findings") && count_findings(store, &findings, err) < 0))
		return -1;
	bool ready = host->ready(host->daemon, &why);
	struct store_stats space = store_stats_now(store);
	response->json = json_pack("{s:o, s:b, s:o, s:O, s:O, s:I, s:o, s:o, s:o}", "daemon",
		host->status(host->daemon), "ready", ready, "not_ready", json_text(ready ? NULL : why),
		"notifications", outbox, "audit_copy", copy, "accounts", accounts, "cells",
		last_cells(&runs), "runs", api_runs_document(&runs, RUNS_SHOWN), "store",
		store_stats_to_json(&space));
	if (findings != NULL)
		json_object_set(response->json, "findings", findings);
	add_pauses(response->json, host->state_folder);
	return 0;
}
