/* GuardDuty: the administrator account and its members. */
#include <stdlib.h>
#include <string.h>

#include "guardduty.h"
#include "lag.h"

#define PAGE_MOST 50
#define MEMBERS_MOST 50 /* account ids in one request */

void guardduty_GetAdministratorAccount(struct call *call)
{
	const struct account *admin = call->caller.account->gd_admin;

	if (!guardduty_own(call))
		return;
	if (!admin) {
		buf_str(call_answer(call), "{}");
		return;
	}
	buf_printf(call_answer(call),
		"{\"administrator\":{\"accountId\":\"%s\",\"relationshipStatus\":\"Enabled\","
		"\"invitedAt\":\"2023-04-05T06:07:08.901Z\"}}",
		admin->id);
}

/* Returns the member's detector in this region, or NULL when the account isn't the caller's member
 * there. */
static struct detector *member_detector(const struct call *call, struct account *account)
{
	struct detector *d;

	if (!account || account->gd_admin != call->caller.account || account->removed)
		return NULL;
	d = &account_detail(account)->detectors[call->region_index];
	return d->exists ? d : NULL;
}

/* Goes once over the accounts; the token is the index of the account to continue with. */
void guardduty_ListMembers(struct call *call)
{
	const char *most = call_query(call, "maxResults"), *comma = "";
	struct page page;
	size_t written = 0, i;
	struct buf *b;
	char id[33];

	if (!guardduty_own(call))
		return;
	if (!page_read(&page, call_query(call, "nextToken"), most ? strtol(most, NULL, 10) : 0,
			PAGE_MOST)) {
		guardduty_bad(call, "The request is rejected because the input token is invalid.");
		return;
	}
	b = call_answer(call);
	buf_str(b, "{\"members\":[");
	for (i = page.from; i < org.n_accounts && written < page.count; i++) {
		const struct account *account = &org.accounts[i];

		if (!member_detector(call, &org.accounts[i]))
			continue;
		detector_id(account, call->region_index, id);
		buf_printf(b,
			"%s{\"accountId\":\"%s\",\"detectorId\":\"%s\",\"masterId\":\"%s\",\"administratorId\":"
			"\"%s\","
			"\"email\":\"aws+%s@example.com\",\"relationshipStatus\":\"Enabled\","
			"\"invitedAt\":\"2023-04-05T06:07:08.901Z\",\"updatedAt\":\"2023-04-05T06:07:08."
			"901Z\"}",
			comma, account->id, id, call->caller.account->id, call->caller.account->id,
			account->id);
		comma = ",";
		written++;
	}
	buf_char(b, ']');
	page.count = i - page.from;
	if (i < org.n_accounts) {
		buf_str(b, ",\"nextToken\":");
		buf_json(b, page_next(call, &page));
	}
	buf_char(b, '}');
}

/* Returns the account ids of the request. Makes the error and returns NULL when they are
 * invalid. */
static const json_t *account_ids(struct call *call)
{
	const json_t *ids = json_object_get(call->json, "accountIds");
	size_t n = json_array_size(ids);

	if (n >= 1 && n <= MEMBERS_MOST)
		return ids;
	guardduty_bad(call, "The request is rejected because accountIds must have from 1 to 50 items.");
	return NULL;
}

static struct account *account_at(const json_t *ids, size_t i)
{
	const char *id = json_string_value(json_array_get(ids, i));

	return id ? account_by_id(slice_of(id)) : NULL;
}

static void write_unprocessed(const struct call *call, struct buf *b, const json_t *ids)
{
	const char *comma = "";

	buf_str(b, "\"unprocessedAccounts\":[");
	for (size_t i = 0; i < json_array_size(ids); i++) {
		const char *id = json_string_value(json_array_get(ids, i));

		if (member_detector(call, account_at(ids, i)))
			continue;
		buf_str(b, comma);
		buf_str(b, "{\"accountId\":");
		buf_json(b, id ? id : "");
		buf_printf(b,
			",\"result\":\"The request is rejected because the given account ID is not an "
			"associated member of "
			"account %s\"}",
			call->caller.account->id);
		comma = ",";
	}
	buf_char(b, ']');
}

void guardduty_GetMemberDetectors(struct call *call)
{
	const json_t *ids;
	const char *comma = "";
	struct buf *b;

	if (!guardduty_own(call) || !(ids = account_ids(call)))
		return;
	b = call_answer(call);
	buf_str(b, "{\"members\":[");
	for (size_t i = 0; i < json_array_size(ids); i++) {
		const struct detector *d = member_detector(call, account_at(ids, i));

		if (!d)
			continue;
		d = lag_detector(account_detail(account_at(ids, i)), call->region_index);
		buf_printf(b, "%s{\"accountId\":\"%s\",", comma, account_at(ids, i)->id);
		guardduty_write_features(b, d, call->region_index, true);
		buf_char(b, '}');
		comma = ",";
	}
	buf_str(b, "],");
	write_unprocessed(call, b, ids);
	buf_char(b, '}');
}

void guardduty_UpdateMemberDetectors(struct call *call)
{
	const json_t *ids;
	const char *error;
	uint16_t probe = 0;
	struct buf *b;

	if (!guardduty_own(call) || !(ids = account_ids(call)))
		return;
	error = guardduty_apply_features(call, &probe);
	if (error) {
		guardduty_bad(call, error);
		return;
	}
	for (size_t i = 0; i < json_array_size(ids); i++) {
		struct detector *d = member_detector(call, account_at(ids, i));

		if (!d)
			continue;
		lag_keep_detector(account_detail(account_at(ids, i)), call->region_index);
		(void)guardduty_apply_features(call, &d->features);
	}
	b = call_answer(call);
	buf_char(b, '{');
	write_unprocessed(call, b, ids);
	buf_char(b, '}');
}
