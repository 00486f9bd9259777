/* Identity and Access Management, query protocol.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/ */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "lag.h"
#include "policy.h"

#define PAGE_SIZE 100
#define PAGE_MOST 1000
#define CREATED "2021-03-04T05:06:07Z"
#define POLICY_MAX_CHARACTERS \
	2048 /* all inline policies of a user together, without white space \
		  */

static bool page_of(struct call *call, struct page *page)
{
	const char *items = call_form(call, "MaxItems");
	long asked = items ? strtol(items, NULL, 10) : PAGE_SIZE;

	if (asked < 1 || asked > PAGE_MOST) {
		call_refuse(call, CAUSE_INVALID,
			"1 validation error detected: Value at 'maxItems' failed to satisfy constraint");
		return false;
	}
	if (page_read(page, call_form(call, "Marker"), asked, PAGE_MOST))
		return true;
	call_refuse(call, CAUSE_INVALID, "Invalid Marker");
	return false;
}

static void end_page(const struct call *call, struct buf *b, const struct page *page)
{
	buf_tag(b, "IsTruncated", page->more ? "true" : "false");
	if (page->more)
		buf_tag(b, "Marker", page_next(call, page));
}

static struct user *user_of(struct call *call)
{
	const char *name = call_form(call, "UserName");
	struct user *user = name ? user_by_name(call->caller.account, name) : NULL;

	if (!name)
		call_refuse(call, CAUSE_INVALID,
			"1 validation error detected: Value null at 'userName' failed to satisfy "
			"constraint: Member must not be null");
	else if (!user)
		call_fail(call, 404, "NoSuchEntity",
			arena_printf(call->arena, "The user with name %s cannot be found.", name));
	return user;
}

static void write_user(const struct call *call, struct buf *b, const struct user *user)
{
	const char *account = call->caller.account->id;
	char id[37];

	hash_hex(hash_bytes(call->caller.account->number, user->name, strlen(user->name)), id);
	for (int i = 0; i < 16; i++)
		id[i] = (char)(id[i] >= 'a' ? id[i] - 'a' + 'A' : id[i] - '0' + 'J');
	id[16] = '\0';
	buf_str(b, "<Path>/</Path>");
	buf_tag(b, "UserName", user->name);
	buf_printf(b,
		"<UserId>AIDA%s</UserId><Arn>arn:aws:iam::%s:user/%s</Arn><CreateDate>" CREATED
		"</CreateDate>",
		id, account, user->name);
	if (user->password)
		buf_str(b, "<PasswordLastUsed>2024-05-06T07:08:09Z</PasswordLastUsed>");
}

void iam_GetAccountSummary(struct call *call)
{
	struct detail *d = account_detail(call->caller.account);
	size_t devices = 0;
	struct buf *b;

	for (size_t i = 0; i < d->n_users; i++)
		devices += d->users[i].mfa;
	const struct {
		const char *key;
		size_t value;
	} rows[] = {
		{ "Users", d->n_users },
		{ "UsersQuota", 5000 },
		{ "Groups", 2 },
		{ "Roles", 12 },
		{ "Policies", 3 },
		{ "MFADevices", devices + d->root_mfa },
		{ "MFADevicesInUse", devices + d->root_mfa },
		{ "AccountMFAEnabled", d->root_mfa },
		{ "AccountPasswordPresent", d->root_password },
		{ "AccountAccessKeysPresent", 0 },
		{ "AccountSigningCertificatesPresent", 0 },
		{ "UserPolicySizeQuota", POLICY_MAX_CHARACTERS },
		{ "GlobalEndpointTokenVersion", 1 },
	};

	b = call_query_begin(call);
	buf_str(b, "<SummaryMap>");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		buf_printf(b, "<entry><key>%s</key><value>%zu</value></entry>", rows[i].key, rows[i].value);
	buf_str(b, "</SummaryMap>");
	call_query_end(call);
}

void iam_ListUsers(struct call *call)
{
	struct detail *d = account_detail(call->caller.account);
	struct page page;
	struct buf *b;

	if (!page_of(call, &page))
		return;
	page_fit(&page, d->n_users);
	b = call_query_begin(call);
	buf_str(b, "<Users>");
	for (size_t i = page.from; i < page.from + page.count; i++) {
		if (d->users[i].removed)
			continue;
		buf_str(b, "<member>");
		write_user(call, b, &d->users[i]);
		buf_str(b, "</member>");
	}
	buf_str(b, "</Users>");
	end_page(call, b, &page);
	call_query_end(call);
}

void iam_GetUser(struct call *call)
{
	struct user *user = user_of(call);
	struct buf *b;

	if (!user)
		return;
	b = call_query_begin(call);
	buf_str(b, "<User>");
	write_user(call, b, user);
	buf_str(b, "</User>");
	call_query_end(call);
}

void iam_GetLoginProfile(struct call *call)
{
	struct user *user = user_of(call);
	struct buf *b;

	if (!user)
		return;
	if (!user->password) {
		call_fail(call, 404, "NoSuchEntity",
			arena_printf(call->arena, "Login Profile for User %s cannot be found.", user->name));
		return;
	}
	b = call_query_begin(call);
	buf_str(b, "<LoginProfile>");
	buf_tag(b, "UserName", user->name);
	buf_str(b,
		"<CreateDate>" CREATED
		"</CreateDate><PasswordResetRequired>false</PasswordResetRequired></LoginProfile>");
	call_query_end(call);
}

void iam_ListMFADevices(struct call *call)
{
	struct user *user = user_of(call);
	struct buf *b;

	if (!user)
		return;
	b = call_query_begin(call);
	buf_str(b, "<MFADevices>");
	if (user->mfa)
		buf_printf(b,
			"<member><UserName>%s</UserName><SerialNumber>arn:aws:iam::%s:mfa/%s</SerialNumber>"
			"<EnableDate>2022-02-03T04:05:06Z</EnableDate></member>",
			user->name, call->caller.account->id, user->name);
	buf_str(b, "</MFADevices><IsTruncated>false</IsTruncated>");
	call_query_end(call);
}

/* Returns the policy among these that the call names. Otherwise makes the error and returns
 * NULL. */
static const struct user_policy *policy_of(struct call *call, struct lag_policies policies)
{
	const char *name = call_form(call, "PolicyName");

	for (size_t i = 0; name && i < policies.n; i++)
		if (strcmp(policies.items[i].name, name) == 0)
			return &policies.items[i];
	call_fail(call, 404, "NoSuchEntity",
		arena_printf(call->arena, "The user policy with name %s cannot be found.",
			name ? name : ""));
	return NULL;
}

void iam_ListUserPolicies(struct call *call)
{
	struct user *user = user_of(call);
	struct lag_policies policies;
	struct page page;
	struct buf *b;

	if (!user || !page_of(call, &page))
		return;
	policies = lag_policies(user);
	page_fit(&page, policies.n);
	b = call_query_begin(call);
	buf_str(b, "<PolicyNames>");
	for (size_t i = page.from; i < page.from + page.count; i++)
		buf_tag(b, "member", policies.items[i].name);
	buf_str(b, "</PolicyNames>");
	end_page(call, b, &page);
	call_query_end(call);
}

void iam_GetUserPolicy(struct call *call)
{
	struct user *user = user_of(call);
	const struct user_policy *policy = user ? policy_of(call, lag_policies(user)) : NULL;
	struct buf *b;

	if (!policy)
		return;
	b = call_query_begin(call);
	buf_tag(b, "UserName", user->name);
	buf_tag(b, "PolicyName", policy->name);
	buf_str(b, "<PolicyDocument>");
	buf_uri(b, slice_of(policy->document), false);
	buf_str(b, "</PolicyDocument>");
	call_query_end(call);
}

static size_t policy_size(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text != ' ' && *text != '\n' && *text != '\t' && *text != '\r';
	return n;
}

void iam_PutUserPolicy(struct call *call)
{
	const char *name = call_form(call, "PolicyName"), *document = call_form(call, "PolicyDocument"),
			   *error = NULL;
	struct user *user = user_of(call);
	size_t size, at = 0;

	if (!user)
		return;
	if (!name || !*name || strlen(name) > 128 || !document) {
		call_refuse(call, CAUSE_INVALID,
			"1 validation error detected: Value at 'policyName' failed to satisfy constraint");
		return;
	}
	if (!policy_parse(document, &error)) {
		call_fail(call, 400, "MalformedPolicyDocument", error);
		return;
	}
	size = policy_size(document);
	for (size_t i = 0; i < user->n_policies; i++)
		if (strcmp(user->policies[i].name, name) != 0)
			size += policy_size(user->policies[i].document);
	if (size > POLICY_MAX_CHARACTERS) {
		call_fail(call, 409, "LimitExceeded",
			arena_printf(call->arena, "Maximum policy size of 2048 bytes exceeded for user %s",
				user->name));
		return;
	}
	lag_keep_policies(user);
	while (at < user->n_policies && strcmp(user->policies[at].name, name) != 0)
		at++;
	if (at == user->n_policies) {
		user->policies = must_realloc(user->policies, (at + 1) * sizeof(user->policies[0]));
		user->policies[user->n_policies++] = (struct user_policy){ must_strdup(name), NULL };
	}
	free(user->policies[at].document);
	user->policies[at].document = must_strdup(document);
	buf_printf(call_answer(call),
		"<PutUserPolicyResponse xmlns=\"%s\"><ResponseMetadata><RequestId>%s</RequestId>"
		"</ResponseMetadata></PutUserPolicyResponse>",
		call->service->xmlns, call->request_id);
}

void iam_DeleteUserPolicy(struct call *call)
{
	struct user *user = user_of(call);
	const struct lag_policies all = { user ? user->policies : NULL, user ? user->n_policies : 0 };
	const struct user_policy *found = user ? policy_of(call, all) : NULL;
	struct user_policy *policy;

	if (!found)
		return;
	lag_keep_policies(user);
	policy = &user->policies[found - all.items];
	free(policy->name);
	free(policy->document);
	memmove(policy, policy + 1,
		(size_t)(user->policies + user->n_policies - policy - 1) * sizeof(*policy));
	user->n_policies--;
	buf_printf(call_answer(call),
		"<DeleteUserPolicyResponse xmlns=\"%s\"><ResponseMetadata><RequestId>%s</RequestId>"
		"</ResponseMetadata></DeleteUserPolicyResponse>",
		call->service->xmlns, call->request_id);
}
