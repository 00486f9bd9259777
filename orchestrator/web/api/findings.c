/* Lists the latest finding of each resource, ordered by account, region, baseline and resource. */
#include "web/api/private.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "baselines/set.h"
#include "engine/run.h"
#include "ledger/finding.h"
#include "security_hub/ocsf.h"
#include "web/api/input.h"

struct listing {
	const char *account, *region, *baseline, *status, *severity; /* NULL: any */
	size_t limit, bytes;
	bool ocsf;
	const struct baseline_set *baselines;
	json_t *findings;
	struct store_key prefix; /* the keys' prefix for the current account */
	struct err *err;         /* the error of a record that is not understood; `result` is then -1 */
	int result;
};

static bool matches(const char *wanted, const char *text)
{
	return wanted == NULL || (text != NULL && strcmp(text, wanted) == 0);
}

/* Filters by the key alone, which has account, region of the cell, baseline and resource. */
static bool wants(void *argument, const struct store_key *key)
{
	const struct listing *listing = argument;
	char baseline[128];

	if (listing->baseline == NULL)
		return true;
	ledger_key_part(key, 2, baseline, sizeof baseline);
	return strcmp(baseline, listing->baseline) == 0;
}

static json_t *as_ocsf(const struct baseline_set *baselines, const struct finding *finding)
{
	char observed[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(finding->observed_ms, observed);
	return security_hub_ocsf(baselines, finding, observed, observed);
}

static int add(void *argument, const struct store_key *key, const json_t *record, size_t bytes)
{
	struct listing *listing = argument;
	struct finding finding;

	listing->result = finding_decode(key, record, &finding, listing->err);
	if (listing->result < 0)
		return 1;
	if (matches(listing->region, finding.region) &&
		matches(listing->status, status_name(finding.status)) &&
		matches(listing->severity, finding.severity)) {
		json_array_append_new(listing->findings,
			listing->ocsf ? as_ocsf(listing->baselines, &finding) : finding_document(&finding));
		listing->bytes += bytes;
	}
	finding_release(&finding);
	return json_array_size(listing->findings) == listing->limit || listing->bytes >= API_PAGE_BYTES;
}

/* --- the cursor: the key of the last record that was read, in hexadecimal digits --- */

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int read_cursor(const char *text, struct store_key *key, struct err *err)
{
	size_t length = strlen(text);

	if (length % 2 != 0 || length / 2 > sizeof key->bytes)
		return api_bad_after(err);
	key->length = length / 2;
	for (size_t i = 0; i < key->length; i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return api_bad_after(err);
		key->bytes[i] = (unsigned char)(high << 4 | low);
	}
	char account[LEDGER_ACCOUNT_SIZE];
	ledger_key_part(key, 0, account, sizeof account);
	return api_check_id(API_ID_ACCOUNT, account, NULL) < 0 ? api_bad_after(err) : 0;
}

static int filters(const struct api_request *request, struct listing *listing, struct err *err)
{
	enum status status;

	listing->account = api_text(request, "account");
	listing->region = api_text(request, "region");
	listing->baseline = api_text(request, "baseline");
	listing->status = api_text(request, "status");
	listing->severity = api_text(request, "severity");
	if (listing->status != NULL && status_parse(listing->status, &status) < 0)
		return err_set(err, ERR_USAGE, "InvalidStatus", "'%.64s' is not a status of a finding",
			listing->status);
	return api_check_id(API_ID_ACCOUNT, listing->account, err) < 0 ||
			api_check_id(API_ID_REGION, listing->region, err) < 0 ||
			api_check_id(API_ID_BASELINE, listing->baseline, err) < 0
		? -1
		: 0;
}

/* Reads account by account, since the keys of one account are found without reading those before
 * it. */
static MAY_YIELD int walk(struct ledger_scan *scan, struct listing *listing, struct err *err)
{
	char account[LEDGER_ACCOUNT_SIZE] = "";

	if (scan->after.length > 0)
		ledger_key_part(&scan->after, 0, account, sizeof account);
	else if (listing->account == NULL &&
		ledger_next_part(scan->store, STORE_FINDINGS, "", account, err) < 0)
		return -1;
	if (listing->account != NULL)
		snprintf(account, sizeof account, "%s", listing->account);
	scan->ended = true;
	while (account[0] != '\0') {
		listing->prefix = STORE_KEY(account);
		scan->prefix = &listing->prefix;
		if (ledger_scan(scan, err) < 0 || listing->result < 0)
			return -1;
		scan->prefix = NULL;
		if (!scan->ended || listing->account != NULL)
			return 0;
		if (ledger_next_part(scan->store, STORE_FINDINGS, account, account, err) < 0)
			return -1;
	}
	return 0;
}

static MAY_YIELD int list(const struct api_request *request, bool ocsf,
	struct api_response *response, struct err *err)
{
	struct listing listing = {
		.ocsf = ocsf, .baselines = baselines_of(api_engine(request)->config), .err = err
	};
	struct api_page page;
	struct ledger_scan scan = { .store = api_engine(request)->store,
		.database = STORE_FINDINGS,
		.records = API_PAGE_RECORDS,
		.wants = wants,
		.each = add,
		.argument = &listing };
	CLEANUP_BUF struct buf next = BUF_INIT(API_AFTER_MAX);

	if (api_page(request, &page, err) < 0 || filters(request, &listing, err) < 0 ||
		(page.after != NULL && read_cursor(page.after, &scan.after, err) < 0))
		return -1;
	CLEANUP_JSON json_t *findings = json_array();
	listing.findings = findings;
	listing.limit = page.limit;
	if (walk(&scan, &listing, err) < 0)
		return -1;
	if (!scan.ended)
		buf_add_hex(&next, scan.after.bytes, scan.after.length);
	api_answer_page(response, "findings", json_incref(findings), next.data);
	return 0;
}

MAY_YIELD int api_list_findings(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	return list(request, false, response, err);
}

MAY_YIELD int api_export_findings(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	return list(request, true, response, err);
}
