#include "security_hub.h"

#include <stdlib.h>
#include <string.h>

#include "trail.h"

#define FINDINGS_MOST 100

struct hub *hub_of(struct account *account, int region)
{
	struct detail *d = account_detail(account);

	if (!d->hubs)
		d->hubs = must_alloc((size_t)org.n_regions * sizeof(d->hubs[0]));
	return &d->hubs[region];
}

struct hub *hub_called(struct call *call, bool v2)
{
	const struct detail *d = account_detail(call->caller.account);
	struct hub *hub = d->hubs ? &d->hubs[call->region_index] : NULL;
	const char *why = arena_printf(call->arena, "Account %s is not subscribed to AWS Security Hub",
		call->caller.account->id);

	if (hub && hub->enabled)
		return hub;
	if (v2)
		call_refuse(call, CAUSE_DENIED, why);
	else
		call_fail(call, 401, "InvalidAccessException", why);
	return NULL;
}

void hub_key(struct buf *out, const char *product, const char *id)
{
	buf_reset(out);
	buf_printf(out, "%s\n%s", product, id);
}

void hub_key_ocsf(struct buf *out, const char *uid)
{
	buf_reset(out);
	buf_printf(out, "\n%s", uid);
}

/* Returns whether the caller sees this account's findings. */
static bool sees(const struct call *call, const struct account *account)
{
	return account->detail && account->detail->hubs &&
		account->detail->hubs[call->region_index].enabled &&
		(account == call->caller.account || call->caller.account == org.delegated);
}

json_t *hub_find(struct call *call, const char *key)
{
	for (size_t i = 0; i < org.n_accounts; i++) {
		json_t *found = sees(call, &org.accounts[i])
			? json_object_get(org.accounts[i].detail->hubs[call->region_index].findings, key)
			: NULL;

		if (found)
			return found;
	}
	return NULL;
}

void hub_each(struct call *call, void (*each)(const json_t *finding, void *argument),
	void *argument)
{
	for (size_t i = 0; i < org.n_accounts; i++) {
		const char *key;
		json_t *finding;

		if (!sees(call, &org.accounts[i]))
			continue;
		json_object_foreach(org.accounts[i].detail->hubs[call->region_index].findings, key, finding)
			each(finding, argument);
	}
}

void hub_tell(int region, const json_t *finding)
{
	const char *product = json_string_value(json_object_get(finding, "ProductArn"));
	const char *id = json_string_value(json_object_get(finding, "Id"));
	char *text = json_dumps(finding, JSON_COMPACT);
	struct buf detail = { 0 }, resource = { 0 };

	if (!text)
		die("out of memory");
	buf_printf(&detail, "{\"findings\":[%s]}", text);
	if (product && id)
		buf_printf(&resource, "%s/%s", product, id);
	/* Findings of members also go to the administrator's account. */
	trail_publish(product ? "Security Hub Findings - Imported" : "Findings Imported V2",
		"aws.securityhub", org.delegated->id, regions[region].name, http_now(), resource.p,
		detail.p);
	free(text);
	buf_free(&detail);
	buf_free(&resource);
}

void hub_keep(struct hub *hub, int region, const char *key, json_t *finding, bool publish)
{
	if (!hub->findings)
		hub->findings = json_object();
	json_object_set_new(hub->findings, key, finding);
	if (publish || org.options->trail_events)
		hub_tell(region, finding);
}

void securityhub_DescribeHub(struct call *call)
{
	if (!hub_called(call, false))
		return;
	buf_printf(call_answer(call),
		"{\"HubArn\":\"arn:aws:securityhub:%s:%s:hub/"
		"default\",\"SubscribedAt\":\"2023-04-05T06:07:08.901Z\","
		"\"AutoEnableControls\":true,\"ControlFindingGenerator\":\"SECURITY_CONTROL\"}",
		regions[call->region_index].name, call->caller.account->id);
}

/* --- GetFindings --- */

/* The supported filters, and the member of a finding that each compares. */
static const struct {
	const char *filter, *outer, *inner;
} filters[] = {
	{ "Id", "Id", NULL },
	{ "ProductArn", "ProductArn", NULL },
	{ "GeneratorId", "GeneratorId", NULL },
	{ "AwsAccountId", "AwsAccountId", NULL },
	{ "Region", "Region", NULL },
	{ "Title", "Title", NULL },
	{ "RecordState", "RecordState", NULL },
	{ "ComplianceStatus", "Compliance", "Status" },
	{ "WorkflowStatus", "Workflow", "Status" },
	{ "SeverityLabel", "Severity", "Label" },
};

#define N_FILTERS (sizeof(filters) / sizeof(filters[0]))

static bool compares(const char *comparison, const char *value, const char *text)
{
	if (strcmp(comparison, "PREFIX") == 0)
		return strncmp(text, value, strlen(value)) == 0;
	if (strcmp(comparison, "NOT_EQUALS") == 0)
		return strcmp(text, value) != 0;
	return strcmp(text, value) == 0;
}

/* At least one value of the filter has to match. */
static bool fits_one(const json_t *values, const char *text)
{
	for (size_t i = 0; i < json_array_size(values); i++) {
		const json_t *one = json_array_get(values, i);
		const char *value = json_string_value(json_object_get(one, "Value"));
		const char *comparison = json_string_value(json_object_get(one, "Comparison"));

		if (value && comparison && compares(comparison, value, text ? text : ""))
			return true;
	}
	return !json_array_size(values);
}

struct search {
	const json_t *filters;
	const json_t **found;
	size_t n, cap;
};

static void look(const json_t *finding, void *argument)
{
	struct search *search = argument;

	if (!json_object_get(finding, "ProductArn"))
		return;
	for (size_t i = 0; i < N_FILTERS; i++) {
		const json_t *value = json_object_get(finding, filters[i].outer);

		if (filters[i].inner)
			value = json_object_get(value, filters[i].inner);
		if (!fits_one(json_object_get(search->filters, filters[i].filter),
				json_string_value(value)))
			return;
	}
	if (search->n == search->cap) {
		search->cap = search->cap ? search->cap * 2 : 64;
		search->found = must_realloc(search->found, search->cap * sizeof(search->found[0]));
	}
	search->found[search->n++] = finding;
}

static bool filters_known(struct call *call, const json_t *asked)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)asked, name, value) {
		size_t i = 0;

		while (i < N_FILTERS && strcmp(filters[i].filter, name) != 0)
			i++;
		if (i < N_FILTERS)
			continue;
		call_fail(call, 400, "InvalidInputException",
			arena_printf(call->arena, "reeve-sim doesn't have the filter %s", name));
		return false;
	}
	return true;
}

void securityhub_GetFindings(struct call *call)
{
	const json_t *most = json_object_get(call->json, "MaxResults");
	struct search search = { .filters = json_object_get(call->json, "Filters") };
	struct page page;
	struct buf *b;

	if (!hub_called(call, false) || !filters_known(call, search.filters))
		return;
	if (!page_read(&page, call_json_text(call, "NextToken"), (long)json_integer_value(most),
			FINDINGS_MOST)) {
		call_fail(call, 400, "InvalidInputException", "Invalid parameter 'NextToken'.");
		return;
	}
	hub_each(call, look, &search);
	page_fit(&page, search.n);
	b = call_answer(call);
	buf_str(b, "{\"Findings\":[");
	for (size_t i = page.from; i < page.from + page.count; i++) {
		char *text = json_dumps(search.found[i], JSON_COMPACT);

		if (!text)
			die("out of memory");
		buf_str(b, i > page.from ? "," : "");
		buf_str(b, text);
		free(text);
	}
	buf_char(b, ']');
	if (page.more) {
		buf_str(b, ",\"NextToken\":");
		buf_json(b, page_next(call, &page));
	}
	buf_char(b, '}');
	free(search.found);
}
