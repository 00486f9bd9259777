/* Lists the journal of changes, the newest first. Its keys are not in order of time, so a page
 * reads the whole journal, except for the changes of one run, which have an index. */
#include "web/api/private.h"

#include "base/banned.h"
#include "base/json.h"
#include "ledger/journal.h"
#include "web/api/input.h"
#include "web/api/newest.h"

#define FULL_PAGE_BYTES ((size_t)4 << 20)

struct listing {
	const char *account, *region, *baseline, *state, *run, *kind; /* NULL: any */
	int64_t since_ms;
	struct api_newest newest;
};

static bool matches(const char *wanted, const char *text)
{
	return wanted == NULL || strcmp(text, wanted) == 0;
}

static int add(void *argument, const struct change_record *record)
{
	struct listing *listing = argument;

	if (record->at_ms < listing->since_ms || !matches(listing->account, record->account) ||
		!matches(listing->region, record->region) ||
		!matches(listing->baseline, record->baseline) ||
		!matches(listing->state, change_state_name(record->state)) ||
		!matches(listing->run, record->run) ||
		!matches(listing->kind, change_kind_name(record->kind)))
		return 0;
	if (api_newest_wants(&listing->newest, record->at_ms, record->id))
		api_newest_add(&listing->newest, record->at_ms, change_record_summary(record));
	return 0;
}

static MAY_YIELD int find(struct store *store, struct listing *listing, struct err *err)
{
	return listing->run != NULL ? journal_each_of_run(store, listing->run, add, listing, err)
								: journal_each(store, add, listing, err);
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

/* Reads the whole change in the form that is shown; *out is NULL when there is none. */
static int read_document(struct store *store, const char *id, json_t **out, struct err *err)
{
	struct change_record record;
	bool found;

	*out = NULL;
	if (journal_read(store, id, &record, &found, err) < 0)
		return -1;
	if (found)
		*out = change_record_document(&record);
	change_record_release(&record);
	return 0;
}

/* Replaces the summaries by whole records, as many as fit a page; the next page begins with the
 * first that didn't fit. */
static int complete(struct store *store, struct api_newest *newest, struct err *err)
{
	size_t bytes = 0, kept = 0;

	for (; kept < newest->count && bytes < FULL_PAGE_BYTES; kept++) {
		struct api_newest_item *item = &newest->items[kept];
		json_t *document = NULL;

		if (read_document(store, json_get_string_or(item->record, "id", ""), &document, err) < 0)
			return -1;
		if (document == NULL)
			continue; /* it was deleted meanwhile, so its summary is shown */
		json_decref(item->record);
		item->record = document;
		bytes += json_dumpb(document, NULL, 0, JSON_COMPACT);
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
	json_t *document = NULL;

	if (api_check_id(API_ID_CHANGE, id, err) < 0 ||
		read_document(api_engine(request)->store, id, &document, err) < 0)
		return -1;
	if (document == NULL)
		return api_not_found(err, "change", id);
	api_answer(response, "change", document);
	return 0;
}
