/* EC2 (query variant) and Account Management: the regions of an account. */
#include <string.h>
#include <strings.h>

#include "call.h"

#define PAGE_MOST \
	50 /* https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html */

static const char *const ec2_status[] = { "opt-in-not-required", "opted-in", "not-opted-in" };
static const char *const account_status[] = { "ENABLED_BY_DEFAULT", "ENABLED", "DISABLED" };

/* True when Name.1, Name.2, ... include the value, or when there are none. */
static bool listed(const struct call *call, const char *prefix, const char *value)
{
	const char *text;
	int i = 1;

	for (; (text = call_form(call, arena_printf(call->arena, "%s.%d", prefix, i))); i++)
		if (glob_match(text, value, false))
			return true;
	return i == 1;
}

static bool filters_pass(const struct call *call, const char *region, const char *status)
{
	const char *name;

	for (int i = 1; (name = call_form(call, arena_printf(call->arena, "Filter.%d.Name", i))); i++) {
		const char *values = arena_printf(call->arena, "Filter.%d.Value", i), *value = NULL;

		if (strcmp(name, "region-name") == 0)
			value = region;
		else if (strcmp(name, "opt-in-status") == 0)
			value = status;
		else if (strcmp(name, "endpoint") == 0)
			value = arena_printf(call->arena, "ec2.%s.amazonaws.com", region);
		if (!value || !listed(call, values, value))
			return false;
	}
	return true;
}

void ec2_DescribeRegions(struct call *call)
{
	const struct detail *d = account_detail(call->caller.account);
	const char *all = call_form(call, "AllRegions"), *dry = call_form(call, "DryRun");
	struct buf *b;

	if (dry && strcasecmp(dry, "true") == 0) {
		call_fail(call, 412, "DryRunOperation",
			"Request would have succeeded, but DryRun flag is set.");
		return;
	}
	b = call_answer(call);
	buf_printf(b,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeRegionsResponse xmlns=\"%s\">"
		"<requestId>%s</requestId><regionInfo>",
		call->service->xmlns, call->request_id);
	for (int i = 0; i < org.n_regions; i++) {
		const char *name = regions[i].name, *status = ec2_status[d->regions[i]];

		if (d->regions[i] == REGION_DISABLED && !(all && strcasecmp(all, "true") == 0))
			continue;
		if (!listed(call, "RegionName", name) || !filters_pass(call, name, status))
			continue;
		buf_printf(b,
			"<item><regionName>%s</regionName><regionEndpoint>ec2.%s.amazonaws.com</regionEndpoint>"
			"<optInStatus>%s</optInStatus></item>",
			name, name, status);
	}
	buf_str(b, "</regionInfo></DescribeRegionsResponse>");
}

/* Returns the account that the call asks about: the caller's, or a member's when the organization's
 * administrators ask. */
static struct account *asked_account(struct call *call)
{
	const char *id = call_json_text(call, "AccountId");
	struct account *account = id ? account_by_id(slice_of(id)) : call->caller.account;

	if (id && call->caller.account != org.management && call->caller.account != org.delegated)
		account = NULL;
	/* The management account must not name itself. */
	if (id && account == org.management)
		account = NULL;
	if (!account || account->removed) {
		call_refuse(call, CAUSE_DENIED,
			"User is not authorized to perform this operation on the account");
		return NULL;
	}
	return account;
}

static bool status_wanted(const struct call *call, const char *status)
{
	const json_t *wanted = json_object_get(call->json, "RegionOptStatusContains");
	size_t i;
	json_t *one;

	if (!json_array_size(wanted))
		return true;
	json_array_foreach(wanted, i, one)
		if (json_is_string(one) && strcmp(json_string_value(one), status) == 0)
			return true;
	return false;
}

void account_ListRegions(struct call *call)
{
	struct account *account = asked_account(call);
	int found[MAX_REGIONS];
	struct page page;
	size_t n = 0;
	struct buf *b;

	if (!account)
		return;
	if (!page_read(&page, call_json_text(call, "NextToken"),
			(long)json_integer_value(json_object_get(call->json, "MaxResults")), PAGE_MOST)) {
		call_refuse(call, CAUSE_INVALID, "Invalid NextToken");
		return;
	}
	for (int i = 0; i < org.n_regions; i++)
		if (status_wanted(call, account_status[account_detail(account)->regions[i]]))
			found[n++] = i;
	page_fit(&page, n);
	b = call_answer(call);
	buf_str(b, "{\"Regions\":[");
	for (size_t i = page.from; i < page.from + page.count; i++)
		buf_printf(b, "%s{\"RegionName\":\"%s\",\"RegionOptStatus\":\"%s\"}",
			i > page.from ? "," : "", regions[found[i]].name,
			account_status[account->detail->regions[found[i]]]);
	buf_char(b, ']');
	if (page.more) {
		buf_str(b, ",\"NextToken\":");
		buf_json(b, page_next(call, &page));
	}
	buf_char(b, '}');
}

void account_GetRegionOptStatus(struct call *call)
{
	const char *name = call_json_text(call, "RegionName");
	int region = name ? region_index(slice_of(name)) : -1;
	struct account *account;

	if (region < 0) {
		call_refuse(call, CAUSE_INVALID, "RegionName is not a valid region");
		return;
	}
	account = asked_account(call);
	if (account)
		buf_printf(call_answer(call), "{\"RegionName\":\"%s\",\"RegionOptStatus\":\"%s\"}", name,
			account_status[account_detail(account)->regions[region]]);
}
