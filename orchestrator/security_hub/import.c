/* Imports an account's findings into its Security Hub, region by region. */
#include "security_hub/import.h"

#include "aws/client_view.h"
#include "aws/errors.h"
#include "base/banned.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/mem.h"
#include "baselines/set.h"
#include "config/values.h"
#include "ledger/desired_record.h"
#include "ledger/hub_import_record.h"
#include "security_hub/imported.h"
#include "security_hub/pending.h"
#include "security_hub/text.h"
#include "store/queue.h"

#define FINDING_TEXT_BYTES ((size_t)240 * 1024)
#define FAILURES_TOLD 5
#define REFUSALS_MAX \
	10 /* refusals of single findings; after that the findings are not the reason */

/* A call takes 100 findings. The size limit is that of a request, less some space for its frame. */
const struct hub_bounds hub_bounds = { .findings = 100, .bytes = (size_t)5 << 20, .at_once = 4000 };

static MAY_YIELD void remember(struct hub_import *import, const struct hub_item *item,
	const json_t *asff)
{
	struct store *store = import->run->store;
	char told[HUB_TOLD_SIZE];
	struct err *err = &import->stop;
	struct hub_view view;

	hub_settled(import, item);
	if (item->end != HUB_PRESENT) {
		(void)!hub_import_record_delete(store, import->account, item->region, item->id, err);
		return;
	}
	hub_view_of(import->baselines, &item->finding, &view);
	hub_told(&view, told);
	const struct hub_import_record record = { .region = item->region,
		.told = told,
		.first_seen = json_get_string_or(asff, "CreatedAt", ""),
		.sent_ms = clock_now_ms(),
		.finding_json = item->finding.source };
	(void)!hub_import_record_put(store, import->account, item->id, &record, err);
}

static void tell_failure(const struct hub_import *import, const struct hub_item *item,
	const char *code, const char *message)
{
	if (import->failed <= FAILURES_TOLD)
		log_write(LOG_WARNING,
			&(struct log_place){
				.run = import->run->id, .account = import->account, .region = item->region },
			"Security Hub does not accept finding %s: %s: %s; the next run tries again", item->id,
			code, message);
}

/* Returns the failed finding with that id in a response, or NULL. */
static const json_t *failure_of(const json_t *answer, const char *id)
{
	size_t index;
	json_t *failure;

	json_array_foreach(json_object_get(answer, "FailedFindings"), index, failure)
		if (strcmp(json_get_string_or(failure, "Id", ""), id) == 0)
			return failure;
	return NULL;
}

/* Remembers the findings that AWS has accepted. When a response counts more failures than it
 * names, it does not show which findings were accepted. */
static MAY_YIELD void settle(struct hub_import *import, const struct hub_item *const *sent,
	const json_t *findings, const json_t *answer)
{
	size_t count = json_array_size(findings), named = 0;
	json_int_t counted = json_get_integer_or(answer, "FailedCount", 0);

	for (size_t i = 0; i < count; i++)
		named += failure_of(answer, sent[i]->id) != NULL;
	for (size_t i = 0; i < count && import->stop.kind == ERR_NONE; i++) {
		const json_t *failure = failure_of(answer, sent[i]->id);

		if (failure == NULL && counted <= (json_int_t)named) {
			import->imported++;
			remember(import, sent[i], json_array_get(findings, i));
			continue;
		}
		import->failed++;
		hub_settled(import, sent[i]);
		tell_failure(import, sent[i], json_get_string_or(failure, "ErrorCode", "not said"),
			json_get_string_or(failure, "ErrorMessage", "not said"));
	}
}

/* Makes this import send nothing more to the region. */
static MAY_YIELD void give_up_region(struct hub_import *import, const char *region, size_t count,
	const struct err *err)
{
	bool absent = aws_error_is_not_found(err, "InvalidAccess");

	json_object_set_new(import->regions, region, json_boolean(absent));
	if (absent) {
		hub_set_absent(import->run, import->account, region);
		return;
	}
	import->failed += count;
	if (import->cause.kind == ERR_NONE)
		import->cause = *err;
}

static MAY_YIELD void send_halves(struct hub_import *import, const struct hub_item *const *sent,
	const json_t *findings);

/* Returns whether AWS refused the content of the request, usually because of one finding of many.
 */
static bool blames_content(const struct err *err)
{
	return err->kind == ERR_AWS && err->http_status >= 400 && err->http_status < 500 &&
		(aws_error_is_not_found(err, "InvalidInput") || aws_error_is_not_found(err, "Validation") ||
			err->http_status == 413);
}

static MAY_YIELD void refused(struct hub_import *import, const struct hub_item *item,
	const struct err *err)
{
	import->failed++;
	hub_settled(import, item);
	tell_failure(import, item, err->code, err->message);
	if (++import->refused >= REFUSALS_MAX)
		give_up_region(import, item->region, 0, err);
}

/* Sends the findings in one call. When AWS refuses the content of the call, each half is sent by
 * itself, so that one finding that AWS does not accept (because of a resource's name, for
 * example) does not keep out the others: at most seven levels for 100 findings. */
static MAY_YIELD void send_part(struct hub_import *import, const struct hub_item *const *sent,
	const json_t *findings)
{
	const char *region = sent[0]->region;
	size_t count = json_array_size(findings);
	CLEANUP_JSON json_t *answer = NULL;
	struct err err = ERR_INIT;
	struct aws_call call = { .operation = &aws_securityhub_BatchImportFindings,
		.region = region,
		.params = json_pack("{s:O}", "Findings", findings) };

	import->calls.region = region;
	snprintf(import->calls.why, sizeof import->calls.why, "%s of the account",
		count_of(count, "finding"));
	if (aws_write(&import->calls.writer, &call, &answer, &err) == 0) {
		settle(import, sent, findings, answer);
	} else if (err.kind == ERR_CANCELLED || err.kind == ERR_STORE) {
		import->stop = err;
	} else if (!blames_content(&err)) {
		give_up_region(import, region, count, &err);
	} else if (count == 1) {
		refused(import, sent[0], &err);
	} else {
		send_halves(import, sent, findings);
	}
}

static MAY_YIELD void send_halves(struct hub_import *import, const struct hub_item *const *sent,
	const json_t *findings)
{
	size_t count = json_array_size(findings), half = count / 2;
	CLEANUP_JSON json_t *left = json_array();
	CLEANUP_JSON json_t *right = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append(i < half ? left : right, json_array_get(findings, i));
	send_part(import, sent, left);
	if (import->stop.kind == ERR_NONE &&
		json_object_get(import->regions, sent[half]->region) == NULL)
		send_part(import, sent + half, right);
}

static size_t size_of(const json_t *asff)
{
	CLEANUP_BUF struct buf text = BUF_INIT(FINDING_TEXT_BYTES);

	json_add_text(&text, asff);
	return text.length;
}

/* Sends the next batch, from items[first] on, of findings of one region. Returns the index at
 * which the next batch begins. */
static MAY_YIELD size_t send_from(struct hub_import *import, size_t first)
{
	const char *region = import->items[first].region;
	const struct hub_item **sent = xcalloc(import->bounds->findings, sizeof *sent);
	CLEANUP_JSON json_t *findings = json_array();
	size_t bytes = 0, next = first;

	for (; next < import->count && strcmp(import->items[next].region, region) == 0; next++) {
		struct hub_item *item = &import->items[next];

		if (item->end == HUB_GONE && !hub_still_gone(import, item)) {
			hub_settled(import, item);
			continue;
		}
		CLEANUP_JSON json_t *asff = hub_item_asff(import, item);
		size_t size = size_of(asff);
		if (json_array_size(findings) > 0 &&
			(json_array_size(findings) == import->bounds->findings ||
				bytes + size > import->bounds->bytes))
			break;
		bytes += size;
		sent[json_array_size(findings)] = item;
		json_array_append(findings, asff);
	}
	if (json_array_size(findings) > 0)
		send_part(import, sent, findings);
	free(sent);
	return next;
}

static int by_region(const void *left, const void *right)
{
	return strcmp(((const struct hub_item *)left)->region,
		((const struct hub_item *)right)->region);
}

/* A finding that Security Hub has already deleted need not be archived there. */
static MAY_YIELD void forget_old(struct hub_import *import)
{
	size_t kept = 0;

	for (size_t i = 0; i < import->count; i++) {
		struct hub_item item = import->items[i];

		if (item.end == HUB_PRESENT || hub_days_since_sent(&item.imported) < HUB_KEPT_DAYS) {
			import->items[kept++] = item;
			continue;
		}
		if (import->stop.kind == ERR_NONE)
			remember(import, &item, NULL);
		hub_item_release(&item);
	}
	import->count = kept;
}

static MAY_YIELD void send_all(struct hub_import *import)
{
	forget_old(import);
	if (import->count > 0)
		qsort(import->items, import->count, sizeof *import->items, by_region);
	for (size_t next = 0; next < import->count && import->stop.kind == ERR_NONE;) {
		const char *region = import->items[next].region;

		if (json_object_get(import->regions, region) == NULL &&
			hub_is_absent(import->run, import->account, region))
			json_object_set_new(import->regions, region, json_true());
		if (json_object_get(import->regions, region) == NULL) {
			next = send_from(import, next);
		} else {
			import->failed += json_is_false(json_object_get(import->regions, region));
			next++;
		}
	}
}

static void drop_items(struct hub_import *import)
{
	for (size_t i = 0; i < import->count; i++)
		hub_item_release(&import->items[i]);
	import->count = 0;
}

static json_t *desired_baselines(const struct hub_run *run, const char *account_id)
{
	struct desired_record record;
	struct err unused = ERR_INIT;
	bool found;

	if (desired_record_read(run->store, account_id, &record, &found, &unused) < 0)
		return NULL;
	json_t *baselines = json_incref((json_t *)record.baselines); /* NULL when none is on record */
	desired_record_release(&record);
	return baselines;
}

/* Repeats until nothing is left. Each round settles the findings that it has sent or gives up
 * their region, so that this ends. */
static MAY_YIELD void import_rounds(struct hub_import *import)
{
	do {
		/* Findings that are still queued must be read too. */
		if (store_flush(import->run->store, &import->stop) < 0)
			break;
		json_decref(import->desired);
		import->desired = desired_baselines(import->run, import->account);
		if (hub_collect(import) < 0)
			break;
		send_all(import);
		bool any = import->count > 0;
		drop_items(import);
		if (!any)
			break;
	} while (import->more && import->stop.kind == ERR_NONE);
	drop_items(import);
}

static void tell_outcome(const struct hub_import *import)
{
	const struct log_place place = { .run = import->run->id, .account = import->account };

	if (import->imported > 0)
		log_write(LOG_INFO, &place, "%s %s imported into Security Hub",
			count_of(import->imported, "finding"), import->imported == 1 ? "was" : "were");
	if (import->stop.kind != ERR_NONE && import->stop.kind != ERR_CANCELLED)
		log_write(LOG_WARNING, &place,
			"findings could not be imported into Security Hub; the next run tries again: %s",
			import->stop.message);
	else if (import->cause.kind != ERR_NONE)
		log_write(LOG_WARNING, &place,
			"%s could not be imported into Security Hub; the next run tries again: %s",
			count_of(import->failed, "finding"), import->cause.message);
	else if (import->failed > 0)
		log_write(LOG_WARNING, &place,
			"%s %s not accepted by Security Hub; the next run tries again",
			count_of(import->failed, "finding"), import->failed == 1 ? "was" : "were");
}

void hub_import(const struct hub_run *run, const char *account_id, struct aws_session *session,
	const struct hub_bounds *bounds)
{
	struct hub_import import = {
		.run = run,
		.baselines = baselines_of(run->config),
		.account = account_id,
		.home_region = config_string(run->config, "organization", "home_region"),
		.bounds = bounds,
		.present = json_object(),
		.settled = json_object(),
		.regions = json_object(),
	};

	hub_calls_prepare(&import.calls, run, account_id, session, security_hub_import_permissions,
		"security-hub.import");
	import_rounds(&import);
	tell_outcome(&import);
	free(import.items);
	json_decref(import.desired);
	json_decref(import.present);
	json_decref(import.settled);
	json_decref(import.regions);
}

void security_hub_import(const struct hub_run *run, const char *account_id,
	struct aws_session *session)
{
	if (session != NULL && hub_wanted(run, "import"))
		hub_import(run, account_id, session, &hub_bounds);
}
