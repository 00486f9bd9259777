/* Lists the journal of changes, the newest first. Its keys are not in order of time, so a page
 * reads the whole journal, except for the changes of one run, which have an index. */
#include "web/api/private.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "ledger/journal.h"

#define FULL_PAGE_BYTES ((size_t)4 << 20)

struct listing {
	const char *account, *region, *baseline, *state, *run, *kind; /* NULL: any */
	int64_t since_ms;
	struct api_newest newest;
};

static bool matches(const char *wanted, const json_t *record, const char *key)
{
	return wanted == NULL || strcmp(json_get_string_or(record, key, ""), wanted) == 0;
}

/* The members of a change in a list; images and calls are given for a single change only. */
static json_t *summary(const json_t *record)
{
	static const char *const members[] = { "id", "kind", "of", "run", "account", "account_name",
		"region", "baseline", "resource", "tier", "decided_by", "state", "at", "cause" };
	json_t *json = json_object();

	for (size_t i = 0; i < ARRAY_LENGTH(members); i++) {
		json_t *value = json_object_get(record, members[i]);

		json_object_set(json, members[i], value != NULL ? value : json_null());
	}
	return json;
}

static int add(void *argument, const struct store_key *key, const json_t *record)
{
	struct listing *listing = argument;
	int64_t at_ms = 0;

	(void)key;
	if (clock_parse_rfc3339(json_get_string_or(record, "at", ""), &at_ms) < 0)
		at_ms = 0;
	if (at_ms < listing->since_ms || !matches(listing->account, record, "account") ||
		!matches(listing->region, record, "region") ||
		!matches(listing->baseline, record, "baseline") ||
		!matches(listing->state, record, "state") || !matches(listing->run, record, "run") ||
		!matches(listing->kind, record, "kind"))
		return 0;
	if (api_newest_wants(&listing->newest, at_ms, json_get_string_or(record, "id", "")))
		api_newest_add(&listing->newest, at_ms, summary(record));
	return 0;
}

static int add_scanned(void *argument, const struct store_key *key, const json_t *record,
	size_t bytes)
{
	(void)bytes;
	return add(argument, key, record);
}

static MAY_YIELD int find(struct store *store, struct listing *listing, struct err *err)
{
	struct ledger_scan scan = { .store = store,
		.database = STORE_JOURNAL,
		.records = SIZE_MAX,
		.each = add_scanned,
		.argument = listing };

	return listing->run != NULL ? journal_each_of_run(store, listing->run, add, listing, err)
								: ledger_scan(&scan, err);
}

static int filters(const struct api_request *request, struct listing *listing, struct err *err)
{
	listing->account = api_text(request, "account");
	listing->region = api_text(request, "region");
	listing->baseline = api_text(request, "baseline");
	listing->state = api_text(request, "state");
	listing->run = api_text(request, "run");
	listing->kind = api_text(request, "kind");
	return api_check_id(API_ID_ACCOUNT, listing->account, err) < 0 ||
			api_check_id(API_ID_REGION, listing->region, err) < 0 ||
			api_check_id(API_ID_BASELINE, listing->baseline, err) < 0 ||
			api_check_id(API_ID_RUN, listing->run, err) < 0 ||
			api_time("since", api_text(request, "since"), &listing->since_ms, err) < 0
		? -1
		: 0;
}

/* Replaces summaries by whole records, as many as fit a page; the next page begins with the first
 * of the rest. */
static int complete(struct store *store, struct api_newest *newest, struct err *err)
{
	size_t bytes = 0, kept = 0;

	for (; kept < newest->count && bytes < FULL_PAGE_BYTES; kept++) {
		struct api_newest_item *item = &newest->items[kept];
		json_t *record = NULL;

		if (journal_read(store, json_get_string_or(item->record, "id", ""), &record, err) < 0)
			return -1;
		if (record == NULL)
			continue; /* it was deleted meanwhile: its summary is shown */
		json_decref(item->record);
		item->record = record;
		bytes += json_dumpb(record, NULL, 0, JSON_COMPACT);
	}
	newest->more |= kept < newest->count;
	while (newest->count > kept)
		json_decref(newest->items[--newest->count].record);
	return 0;
}

MAY_YIELD int api_list_changes(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	struct listing listing = { .since_ms = 0 };
	struct api_page page;
	char next[96];

	if (api_page(request, &page, err) < 0 || filters(request, &listing, err) < 0 ||
		api_newest_init(&listing.newest, &page, err) < 0)
		return -1;
	int result = find(api_engine(request)->store, &listing, err);
	if (result == 0 && api_flag(request, "full"))
		result = complete(api_engine(request)->store, &listing.newest, err);
	if (result == 0) {
		json_t *changes = api_newest_list(&listing.newest, next);

		api_answer_page(response, "changes", changes, next);
	}
	api_newest_release(&listing.newest);
	return result;
}

int api_get_change(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	const char *id = request->parameters[0];
	json_t *record = NULL;

	if (api_check_id(API_ID_CHANGE, id, err) < 0 ||
		journal_read(api_engine(request)->store, id, &record, err) < 0)
		return -1;
	if (record == NULL)
		return api_not_found(err, "change", id);
	api_answer(response, "change", record);
	return 0;
}
