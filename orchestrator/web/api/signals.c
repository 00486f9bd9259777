/* Takes findings of other products, and lists the latest signals with their outcomes. */
#include "web/api/private.h"

#include "base/banned.h"
#include "events/signal.h"
#include "ledger/handled_event.h"
#include "web/api/input.h"
#include "web/api/newest.h"

/* Within a day the records of signals are not in order of time. A list reads at most this many;
 * beyond that its "complete" is false. */
#define RECORDS_READ 50000
#define DAYS_MOST 512

int api_put_signals(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	const struct web_host *host = request->host;

	if (request->text == NULL || request->text_length == 0)
		return err_set(err, ERR_USAGE, "MissingBody",
			"the body must be a finding or an event in JSON");
	if (request->text_length > SIGNAL_MAX_BODY_BYTES)
		return err_set(err, ERR_USAGE, "TooLarge", "the body has %zu bytes; the most is %d",
			request->text_length, SIGNAL_MAX_BODY_BYTES);
	if (host->ingest(host->daemon, request->text, request->text_length, request->person,
			&response->json, err) == 0)
		return 0;
	/* A body that can't be decoded is the sender's mistake, so it is answered with 400; none of it
	 * was handled. */
	if (err->kind == ERR_PROTOCOL ||
		(err->kind == ERR_LIMIT && strcmp(err->code, "TooMany") != 0 &&
			strncmp(err->code, "Too", 3) == 0))
		err->kind = ERR_USAGE;
	return -1;
}

struct listing {
	const char *account, *source, *outcome; /* NULL: any */
	struct api_newest newest;
	struct err *err;
	int result;
};

static bool matches(const char *wanted, const char *value)
{
	return wanted == NULL || (value != NULL && strcmp(value, wanted) == 0);
}

static int add(void *argument, const struct store_key *key, const json_t *record, size_t bytes)
{
	struct listing *listing = argument;
	struct handled_event event;

	(void)key;
	(void)bytes;
	listing->result = handled_event_decode(record, &event, listing->err);
	if (listing->result < 0)
		return 1;
	if (matches(listing->account, event.account) && matches(listing->source, event.signal_source) &&
		matches(listing->outcome, handled_outcome_name(event.outcome)) &&
		api_newest_wants(&listing->newest, event.at_ms, ""))
		api_newest_add(&listing->newest, event.at_ms, handled_event_document(&event));
	handled_event_release(&event);
	return 0;
}

/* Reads the signals day by day, the newest first. */
static MAY_YIELD int find(struct store *store, struct listing *listing, bool *complete,
	struct err *err)
{
	struct ledger_scan scan = { .store = store,
		.database = STORE_SEEN,
		.records = RECORDS_READ,
		.each = add,
		.argument = listing,
		.ended = true };
	char days[DAYS_MOST][LEDGER_PART_SIZE];
	char day[LEDGER_PART_SIZE] = "";
	size_t count = 0;

	do {
		if (ledger_next_part(store, STORE_SEEN, day, day, err) < 0)
			return -1;
		if (day[0] != '\0')
			memcpy(days[count++ % DAYS_MOST], day, sizeof day);
	} while (day[0] != '\0');
	for (size_t back = 1; back <= count && back <= DAYS_MOST && scan.ended &&
		listing->newest.count < listing->newest.limit;
		back++) {
		struct store_key prefix = STORE_KEY(days[(count - back) % DAYS_MOST]);

		scan.prefix = &prefix;
		scan.after.length = 0;
		if (ledger_scan(&scan, err) < 0 || listing->result < 0)
			return -1;
	}
	*complete = scan.ended;
	return 0;
}

MAY_YIELD int api_list_signals(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	struct listing listing = { .account = api_text(request, "account"),
		.source = api_text(request, "source"),
		.outcome = api_text(request, "outcome"),
		.err = err };
	struct api_page page;
	bool complete;
	char next[96];

	if (api_page(request, &page, err) < 0 ||
		api_check_id(API_ID_ACCOUNT, listing.account, err) < 0 ||
		api_newest_init(&listing.newest, &(struct api_page){ .limit = page.limit }, err) < 0)
		return -1;
	int result = find(api_engine(request)->store, &listing, &complete, err);
	if (result == 0)
		response->json = json_pack("{s:o, s:b}", "signals", api_newest_list(&listing.newest, next),
			"complete", complete);
	api_newest_release(&listing.newest);
	return result;
}
