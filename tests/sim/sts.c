/* Security Token Service, query protocol. https://docs.aws.amazon.com/STS/latest/APIReference/ */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "call.h"
#include "permissions.h"
#include "session.h"

#define DURATION_DEFAULT_S 3600
#define DURATION_MIN_S 900
#define DURATION_MAX_S 3600 /* MaxSessionDuration of the role, and the limit of chaining */
#define POLICY_MAX_CHARACTERS 2048
#define MAX_TAGS 50

struct request {
	struct account *account;
	const char *name, *identity, *policy;
	long duration_s;
	const struct policy *policies[SESSION_MAX_POLICIES];
	size_t n_policies, packed; /* packed: characters that count towards the packed size */
};

static bool invalid(struct call *call, const char *message)
{
	call_refuse(call, CAUSE_INVALID, message);
	return false;
}

/* True for a text that matches [\w+=,.@-]{2,64}. */
static bool is_name(const char *text)
{
	size_t n = strlen(text);

	return n >= 2 && n <= 64 &&
		strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-") == n;
}

static bool read_names(struct call *call, struct request *r)
{
	const char *duration = call_form(call, "DurationSeconds");

	r->name = call_form(call, "RoleSessionName");
	if (!r->name || !is_name(r->name))
		return invalid(call,
			"1 validation error detected: Value at 'roleSessionName' failed to satisfy constraint: "
			"Member must satisfy regular expression pattern: [\\w+=,.@-]*");
	r->identity = call_form(call, "SourceIdentity");
	if (r->identity && !is_name(r->identity))
		return invalid(call,
			"1 validation error detected: Value at 'sourceIdentity' failed to satisfy constraint: "
			"Member must satisfy regular expression pattern: [\\w+=,.@-]*");
	r->duration_s = duration ? strtol(duration, NULL, 10) : DURATION_DEFAULT_S;
	if (r->duration_s < DURATION_MIN_S)
		return invalid(call,
			"1 validation error detected: Value at 'durationSeconds' failed to satisfy constraint: "
			"Member must have value greater than or equal to 900");
	if (r->duration_s > DURATION_MAX_S)
		return invalid(call,
			call->caller.session ? "The requested DurationSeconds exceeds the 1 hour session limit "
								   "for roles assumed by role chaining"
								 : "The requested DurationSeconds exceeds the MaxSessionDuration "
								   "set for this role.");
	return true;
}

static bool read_tags(struct call *call, struct request *r)
{
	const char *keys[MAX_TAGS + 1];

	for (int i = 1;; i++) {
		const char *key = call_form(call, arena_printf(call->arena, "Tags.member.%d.Key", i));
		const char *value = call_form(call, arena_printf(call->arena, "Tags.member.%d.Value", i));

		if (!key && !value)
			return true;
		if (!key || !*key || strlen(key) > 128 || !value || strlen(value) > 256 || i > MAX_TAGS)
			return invalid(call,
				"1 validation error detected: Value at 'tags' failed to satisfy constraint");
		for (int k = 1; k < i; k++)
			if (strcasecmp(keys[k], key) == 0) {
				call_fail(call, 400, "InvalidParameterValue",
					"Duplicate tag keys found. Please note that Tag keys are case insensitive.");
				return false;
			}
		keys[i] = key;
		r->packed += strlen(key) + strlen(value);
		if (i == 1 && !permissions_also(call, "sts:TagSession", call_form(call, "RoleArn"), NULL))
			return false;
	}
}

static bool read_policies(struct call *call, struct request *r)
{
	const char *error = NULL, *arn;

	r->policy = call_form(call, "Policy");
	if (r->policy && (strlen(r->policy) > POLICY_MAX_CHARACTERS || !*r->policy))
		return invalid(call,
			"1 validation error detected: Value at 'policy' failed to satisfy constraint: "
			"Member must have length less than or equal to 2048");
	if (r->policy) {
		r->policies[r->n_policies++] = policy_parse(r->policy, &error);
		if (error) {
			call_fail(call, 400, "MalformedPolicyDocument", error);
			return false;
		}
		for (const char *c = r->policy; *c; c++)
			r->packed += *c != ' ' && *c != '\n' && *c != '\t';
	}
	for (int i = 1;
		(arn = call_form(call, arena_printf(call->arena, "PolicyArns.member.%d.arn", i))); i++) {
		if (i > SESSION_MAX_POLICIES - 1)
			return invalid(call,
				"1 validation error detected: Value at 'policyArns' failed to satisfy constraint: "
				"Member must have length less than or equal to 10");
		r->policies[r->n_policies] = policy_managed(arn);
		if (!r->policies[r->n_policies++])
			return invalid(call,
				arena_printf(call->arena, "The policy %s does not exist or is not attachable.",
					arn));
		r->packed += strlen(arn);
	}
	return true;
}

/* Policies and tags share the packed size. AWS doesn't document how it packs, so characters other
 * than white space are counted instead. */
static bool check_packed(struct call *call, const struct request *r)
{
	if (r->packed <= POLICY_MAX_CHARACTERS)
		return true;
	call_fail(call, 400, "PackedPolicyTooLarge",
		arena_printf(call->arena,
			"Packed policy consumes %zu%% of allotted space, please use smaller policy.",
			r->packed * 100 / POLICY_MAX_CHARACTERS));
	return false;
}

/* Reads RoleArn, arn:aws:iam::ACCOUNT:role/NAME, and checks that the role exists and trusts the
 * caller. */
static bool read_role(struct call *call, struct request *r)
{
	const char *arn = call_form(call, "RoleArn"), *external = call_form(call, "ExternalId");
	struct account *account = NULL;

	if (!arn || strlen(arn) < 20)
		return invalid(call,
			"1 validation error detected: Value at 'roleArn' failed to satisfy constraint: "
			"Member must have length greater than or equal to 20");
	if (strncmp(arn, "arn:aws:iam::", 13) == 0 && strlen(arn) > 31 &&
		strncmp(arn + 25, ":role/", 6) == 0)
		account = account_by_id((struct slice){ arn + 13, 12 });
	if (account && strcmp(arn + 31, org.options->role) == 0 && !account->removed &&
		!account->role_missing && account->state == STATE_ACTIVE && external &&
		strcmp(external, org.options->external_id) == 0 &&
		(call->caller.account == org.delegated || call->caller.account == org.management)) {
		r->account = account;
		return true;
	}
	call_refuse(call, CAUSE_DENIED,
		arena_printf(call->arena,
			"User: %s is not authorized to perform: sts:AssumeRole on resource: %s",
			principal_arn(call, &call->caller), arn));
	return false;
}

static bool check_identity(struct call *call, struct request *r)
{
	const struct session *session = call->caller.session;

	if (session && session->source_identity[0]) {
		if (r->identity && strcmp(r->identity, session->source_identity) != 0) {
			call_refuse(call, CAUSE_DENIED,
				"Source identity cannot be changed in a chained session");
			return false;
		}
		r->identity = session->source_identity;
		return true;
	}
	return !r->identity ||
		permissions_also(call, "sts:SetSourceIdentity", call_form(call, "RoleArn"), NULL);
}

static void answer(struct call *call, const struct request *r, const struct session *s)
{
	struct buf *b = call_query_begin(call);
	char expiration[32];
	struct tm tm;

	gmtime_r(&s->expires, &tm);
	strftime(expiration, sizeof(expiration), "%Y-%m-%dT%H:%M:%SZ", &tm);
	buf_str(b, "<Credentials>");
	buf_tag(b, "AccessKeyId", s->key);
	buf_tag(b, "SecretAccessKey", s->secret);
	buf_tag(b, "SessionToken", s->token);
	buf_tag(b, "Expiration", expiration);
	buf_str(b, "</Credentials><AssumedRoleUser>");
	buf_tag(b, "AssumedRoleId", session_user_id(call->arena, s));
	buf_tag(b, "Arn", session_arn(call->arena, s));
	buf_str(b, "</AssumedRoleUser>");
	if (r->packed)
		buf_printf(b, "<PackedPolicySize>%zu</PackedPolicySize>",
			r->packed * 100 / POLICY_MAX_CHARACTERS);
	if (s->source_identity[0])
		buf_tag(b, "SourceIdentity", s->source_identity);
	call_query_end(call);
}

void sts_AssumeRole(struct call *call)
{
	struct request r = { 0 };
	struct session *s;

	if (!read_names(call, &r) || !read_policies(call, &r) || !read_role(call, &r) ||
		!read_tags(call, &r) || !check_packed(call, &r) || !check_identity(call, &r))
		return;
	if (org.options->session_seconds && r.duration_s > org.options->session_seconds)
		r.duration_s = org.options->session_seconds;
	s = session_new(r.account, r.duration_s);
	snprintf(s->name, sizeof(s->name), "%s", r.name);
	snprintf(s->source_identity, sizeof(s->source_identity), "%s", r.identity ? r.identity : "");
	memcpy(s->policies, r.policies, sizeof(s->policies));
	s->n_policies = r.n_policies;
	answer(call, &r, s);
}

void sts_GetCallerIdentity(struct call *call)
{
	struct buf *b = call_query_begin(call);

	buf_tag(b, "Arn", principal_arn(call, &call->caller));
	buf_tag(b, "UserId",
		call->caller.session ? session_user_id(call->arena, call->caller.session)
							 : "AIDASIMULATEDUSER000");
	buf_tag(b, "Account", call->caller.account->id);
	call_query_end(call);
}
