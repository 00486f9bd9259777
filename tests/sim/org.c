/* Organizations, JSON 1.1. https://docs.aws.amazon.com/organizations/latest/APIReference/ */
#include <string.h>

#include "call.h"

#define PAGE_SIZE 20
#define ARN "arn:aws:organizations::"

/* Only the management account and delegated administrators may ask. */
static bool may_ask(struct call *call)
{
	if (call->caller.account == org.management || call->caller.account == org.delegated)
		return true;
	call_refuse(call, CAUSE_DENIED, NULL);
	return false;
}

static bool page_of(struct call *call, struct page *page)
{
	long asked = (long)json_integer_value(json_object_get(call->json, "MaxResults"));

	if (asked < 0 || asked > PAGE_SIZE) {
		call_fail(call, 400, "InvalidInputException",
			"You provided a value that does not match the required pattern: MaxResults");
		return false;
	}
	if (page_read(page, call_json_text(call, "NextToken"), asked, PAGE_SIZE))
		return true;
	call_fail(call, 400, "InvalidInputException", "You provided an invalid value for NextToken");
	return false;
}

static void end_page(const struct call *call, struct buf *b, const struct page *page)
{
	if (page->more) {
		buf_str(b, ",\"NextToken\":");
		buf_json(b, page_next(call, page));
	}
	buf_char(b, '}');
}

static struct ou *parent_of(struct call *call)
{
	const char *id = call_json_text(call, "ParentId");
	struct ou *ou = id ? ou_by_id(slice_of(id)) : NULL;

	if (!id)
		call_fail(call, 400, "InvalidInputException", "ParentId is required");
	else if (!ou)
		call_fail(call, 400, "ParentNotFoundException",
			"You specified parent that doesn't exist in your organization.");
	return ou;
}

static struct account *member(const char *id)
{
	struct account *account = id ? account_by_id(slice_of(id)) : NULL;

	return account && !account->removed ? account : NULL;
}

static void write_account(struct buf *b, const struct account *a, bool delegated)
{
	static const char *const status[] = { "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", NULL,
		"SUSPENDED" };

	buf_printf(b,
		"{\"Id\":\"%s\",\"Arn\":\"" ARN
		"%s:account/%s/%s\",\"Email\":\"aws+%s@example.com\",\"Name\":",
		a->id, org.management->id, org.id, a->id, a->id);
	buf_json(b, a->name);
	if (status[a->state])
		buf_printf(b, ",\"Status\":\"%s\"", status[a->state]);
	buf_printf(b, ",\"State\":\"%s\"", account_state_names[a->state]);
	if (!delegated) {
		const struct ou *chain[16], *ou = a->ou == org.root ? NULL : a->ou;
		int n = 0;

		buf_printf(b, ",\"Paths\":[\"%s/%s/", org.id, org.root_id);
		for (; ou && n < 16; ou = ou->parent)
			chain[n++] = ou;
		while (n-- > 0)
			buf_printf(b, "%s/", chain[n]->id);
		buf_printf(b, "%s/\"]", a->id);
	}
	buf_printf(b, ",\"JoinedMethod\":\"%s\",\"JoinedTimestamp\":%ld.%03ld",
		a->index % 7 == 3 ? "INVITED" : "CREATED", 1600000000L + (long)a->index * 3600,
		(long)(a->number % 1000));
	if (delegated)
		buf_str(b, ",\"DelegationEnabledDate\":1650000000.5");
	buf_char(b, '}');
}

static void write_ou(struct buf *b, const struct ou *ou)
{
	buf_printf(b, "{\"Id\":\"%s\",\"Arn\":\"" ARN "%s:ou/%s/%s\",\"Name\":", ou->id,
		org.management->id, org.id, ou->id);
	buf_json(b, ou->name);
	buf_char(b, '}');
}

void organizations_DescribeOrganization(struct call *call)
{
	struct buf *b;

	/* Any account of the organization may ask this one. */
	b = call_answer(call);
	buf_printf(b,
		"{\"Organization\":{\"Id\":\"%s\",\"Arn\":\"" ARN
		"%s:organization/%s\",\"FeatureSet\":\"ALL\","
		"\"MasterAccountArn\":\"" ARN "%s:account/%s/%s\",\"MasterAccountId\":\"%s\","
		"\"MasterAccountEmail\":\"aws+%s@example.com\","
		"\"AvailablePolicyTypes\":[{\"Type\":\"SERVICE_CONTROL_POLICY\",\"Status\":\"ENABLED\"}]}}",
		org.id, org.management->id, org.id, org.management->id, org.id, org.management->id,
		org.management->id, org.management->id);
}

void organizations_ListRoots(struct call *call)
{
	struct page page;

	if (!may_ask(call) || !page_of(call, &page))
		return;
	buf_printf(call_answer(call),
		"{\"Roots\":[{\"Id\":\"%s\",\"Arn\":\"" ARN "%s:root/%s/%s\",\"Name\":\"Root\","
		"\"PolicyTypes\":[{\"Type\":\"SERVICE_CONTROL_POLICY\",\"Status\":\"ENABLED\"}]}]}",
		org.root_id, org.management->id, org.id, org.root_id);
}

void organizations_ListOrganizationalUnitsForParent(struct call *call)
{
	struct ou *parent;
	struct page page;
	struct buf *b;

	if (!may_ask(call) || !page_of(call, &page) || !(parent = parent_of(call)))
		return;
	page_fit(&page, parent->n_children);
	b = call_answer(call);
	buf_str(b, "{\"OrganizationalUnits\":[");
	for (size_t i = 0; i < page.count; i++) {
		if (i)
			buf_char(b, ',');
		write_ou(b, parent->children[page.from + i]);
	}
	buf_char(b, ']');
	end_page(call, b, &page);
}

void organizations_ListAccountsForParent(struct call *call)
{
	struct ou *parent;
	struct page page;
	struct buf *b;
	const char *comma = "";

	if (!may_ask(call) || !page_of(call, &page) || !(parent = parent_of(call)))
		return;
	page_fit(&page, parent->n_accounts);
	b = call_answer(call);
	buf_str(b, "{\"Accounts\":[");
	for (size_t i = 0; i < page.count; i++) {
		if (parent->accounts[page.from + i]->removed)
			continue;
		buf_str(b, comma);
		comma = ",";
		write_account(b, parent->accounts[page.from + i], false);
	}
	buf_char(b, ']');
	end_page(call, b, &page);
}

void organizations_ListAccounts(struct call *call)
{
	struct page page;
	struct buf *b;
	const char *comma = "";

	if (!may_ask(call) || !page_of(call, &page))
		return;
	page_fit(&page, org.n_accounts);
	b = call_answer(call);
	buf_str(b, "{\"Accounts\":[");
	for (size_t i = 0; i < page.count; i++) {
		if (org.accounts[page.from + i].removed)
			continue;
		buf_str(b, comma);
		comma = ",";
		write_account(b, &org.accounts[page.from + i], false);
	}
	buf_char(b, ']');
	end_page(call, b, &page);
}

void organizations_ListParents(struct call *call)
{
	const char *id = call_json_text(call, "ChildId");
	struct account *account = member(id);
	struct ou *ou = id && !account ? ou_by_id(slice_of(id)) : NULL, *parent;

	if (!may_ask(call))
		return;
	if (!account && (!ou || ou == org.root)) {
		call_fail(call, 400, "ChildNotFoundException",
			"You specified a child that doesn't exist in the organization.");
		return;
	}
	parent = account ? account->ou : ou->parent ? ou->parent : org.root;
	buf_printf(call_answer(call), "{\"Parents\":[{\"Id\":\"%s\",\"Type\":\"%s\"}]}", parent->id,
		parent == org.root ? "ROOT" : "ORGANIZATIONAL_UNIT");
}

void organizations_ListChildren(struct call *call)
{
	const char *type = call_json_text(call, "ChildType"), *comma = "";
	struct ou *parent;
	struct page page;
	struct buf *b;
	bool accounts;

	if (!may_ask(call) || !page_of(call, &page) || !(parent = parent_of(call)))
		return;
	accounts = type && strcmp(type, "ACCOUNT") == 0;
	if (!type || (!accounts && strcmp(type, "ORGANIZATIONAL_UNIT") != 0)) {
		call_fail(call, 400, "InvalidInputException",
			"ChildType must be ACCOUNT or ORGANIZATIONAL_UNIT");
		return;
	}
	page_fit(&page, accounts ? parent->n_accounts : parent->n_children);
	b = call_answer(call);
	buf_str(b, "{\"Children\":[");
	for (size_t i = page.from; i < page.from + page.count; i++) {
		if (accounts && parent->accounts[i]->removed)
			continue;
		buf_printf(b, "%s{\"Id\":\"%s\",\"Type\":\"%s\"}", comma,
			accounts ? parent->accounts[i]->id : parent->children[i]->id, type);
		comma = ",";
	}
	buf_char(b, ']');
	end_page(call, b, &page);
}

void organizations_DescribeAccount(struct call *call)
{
	const struct account *account = member(call_json_text(call, "AccountId"));
	struct buf *b;

	if (!may_ask(call))
		return;
	if (!account) {
		call_fail(call, 400, "AccountNotFoundException",
			"You specified an account that doesn't exist.");
		return;
	}
	b = call_answer(call);
	buf_str(b, "{\"Account\":");
	write_account(b, account, false);
	buf_char(b, '}');
}

void organizations_DescribeOrganizationalUnit(struct call *call)
{
	const char *id = call_json_text(call, "OrganizationalUnitId");
	const struct ou *ou = id ? ou_by_id(slice_of(id)) : NULL;
	struct buf *b;

	if (!may_ask(call))
		return;
	if (!ou || ou == org.root) {
		call_fail(call, 400, "OrganizationalUnitNotFoundException",
			"You specified an organizational unit that doesn't exist.");
		return;
	}
	b = call_answer(call);
	buf_str(b, "{\"OrganizationalUnit\":");
	write_ou(b, ou);
	buf_char(b, '}');
}

void organizations_ListTagsForResource(struct call *call)
{
	const char *id = call_json_text(call, "ResourceId");
	const struct account *account = member(id);
	struct buf *b;

	if (!may_ask(call))
		return;
	if (!account && !(id && ou_by_id(slice_of(id)))) {
		call_fail(call, 400, "TargetNotFoundException",
			"You specified a target that doesn't exist.");
		return;
	}
	b = call_answer(call);
	buf_str(b, "{\"Tags\":[");
	for (size_t i = 0; account && i < account->tags.n; i++) {
		buf_str(b, i ? ",{\"Key\":" : "{\"Key\":");
		buf_json(b, account->tags.items[i].key);
		buf_str(b, ",\"Value\":");
		buf_json(b, account->tags.items[i].value);
		buf_char(b, '}');
	}
	buf_str(b, "]}");
}

void organizations_ListDelegatedAdministrators(struct call *call)
{
	struct page page;
	struct buf *b;

	if (!may_ask(call) || !page_of(call, &page))
		return;
	b = call_answer(call);
	buf_str(b, "{\"DelegatedAdministrators\":[");
	write_account(b, org.delegated, true);
	buf_str(b, "]}");
}
