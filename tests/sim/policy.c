#include "policy.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util.h"

struct patterns {
	char **items;
	size_t n;
	bool negated; /* NotAction, NotResource */
};

struct condition {
	char *operator, * key;
	struct patterns values;
};

struct statement {
	bool deny;
	struct patterns actions, resources;
	struct condition *conditions;
	size_t n_conditions;
};

struct policy {
	struct policy *next; /* in its bucket */
	uint64_t hash;
	char *text;
	struct statement *statements;
	size_t n;
};

static struct policy *interned[1024];

static bool patterns_add(struct patterns *patterns, const json_t *value)
{
	if (!json_is_string(value))
		return false;
	patterns->items = must_realloc(patterns->items, (patterns->n + 1) * sizeof(patterns->items[0]));
	patterns->items[patterns->n++] = must_strdup(json_string_value(value));
	return true;
}

/* Reads a string or a list of strings. */
static bool patterns_read(struct patterns *patterns, const json_t *value)
{
	size_t i;
	json_t *item;

	if (!json_is_array(value))
		return patterns_add(patterns, value);
	json_array_foreach(value, i, item)
		if (!patterns_add(patterns, item))
			return false;
	return patterns->n > 0;
}

static bool either_read(struct patterns *patterns, const json_t *statement, const char *name,
	const char *not_name)
{
	const json_t *value = json_object_get(statement, name);

	if (value)
		return !json_object_get(statement, not_name) && patterns_read(patterns, value);
	patterns->negated = true;
	return patterns_read(patterns, json_object_get(statement, not_name));
}

static bool conditions_read(struct statement *s, json_t *conditions)
{
	const char *operator, * key;
	json_t *keys, *values;

	if (conditions && !json_is_object(conditions))
		return false;
	json_object_foreach(conditions, operator, keys) {
		json_object_foreach(keys, key, values) {
			struct condition c = { must_strdup(operator), must_strdup(key), { NULL, 0, false } };

			if (!patterns_read(&c.values, values))
				c.operator[0] = '?'; /* booleans and numbers: not understood */
			s->conditions =
				must_realloc(s->conditions, (s->n_conditions + 1) * sizeof(s->conditions[0]));
			s->conditions[s->n_conditions++] = c;
		}
	}
	return true;
}

static const char *statement_read(struct statement *s, const json_t *json)
{
	const char *effect = json_string_value(json_object_get(json, "Effect"));

	*s = (struct statement){ 0 };
	if (!effect || (strcmp(effect, "Allow") != 0 && strcmp(effect, "Deny") != 0))
		return "Syntax errors in policy: Effect must be Allow or Deny";
	s->deny = *effect == 'D';
	if (!either_read(&s->actions, json, "Action", "NotAction"))
		return "Syntax errors in policy: Policy statement must contain actions.";
	if (!either_read(&s->resources, json, "Resource", "NotResource"))
		return "Syntax errors in policy: Policy statement must contain resources.";
	if (!conditions_read(s, json_object_get(json, "Condition")))
		return "Syntax errors in policy: Condition must be an object";
	return NULL;
}

static const char *statements_read(struct policy *policy, json_t *json)
{
	const char *version = json_string_value(json_object_get(json, "Version"));
	json_t *statements = json_object_get(json, "Statement");
	size_t n = json_is_array(statements) ? json_array_size(statements) : 1;

	if (version && strcmp(version, "2012-10-17") != 0 && strcmp(version, "2008-10-17") != 0)
		return "The policy must contain a valid version string";
	if (!json_is_array(statements) && !json_is_object(statements))
		return "Syntax errors in policy: Statement is missing";
	policy->statements = must_alloc(n * sizeof(policy->statements[0]));
	for (size_t i = 0; i < n; i++) {
		const json_t *one = json_is_array(statements) ? json_array_get(statements, i) : statements;
		const char *error = statement_read(&policy->statements[policy->n++], one);

		if (error)
			return error;
	}
	return NULL;
}

static void patterns_free(struct patterns *patterns)
{
	for (size_t i = 0; i < patterns->n; i++)
		free(patterns->items[i]);
	free(patterns->items);
}

static void policy_free(struct policy *policy)
{
	for (size_t i = 0; i < policy->n; i++) {
		struct statement *s = &policy->statements[i];

		patterns_free(&s->actions);
		patterns_free(&s->resources);
		for (size_t c = 0; c < s->n_conditions; c++) {
			free(s->conditions[c].operator);
			free(s->conditions[c].key);
			patterns_free(&s->conditions[c].values);
		}
		free(s->conditions);
	}
	free(policy->statements);
	free(policy->text);
	free(policy);
}

const struct policy *policy_parse(const char *text, const char **error)
{
	uint64_t hash = hash_bytes(0, text, strlen(text));
	struct policy **bucket = &interned[hash % 1024], *policy;
	json_t *json;

	for (policy = *bucket; policy; policy = policy->next)
		if (policy->hash == hash && strcmp(policy->text, text) == 0)
			return policy;
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(json)) {
		json_decref(json);
		*error = "Syntax errors in policy: not a JSON object";
		return NULL;
	}
	policy = must_alloc(sizeof(*policy));
	*error = statements_read(policy, json);
	json_decref(json);
	if (*error) {
		policy_free(policy);
		return NULL;
	}
	policy->text = must_strdup(text);
	policy->hash = hash;
	policy->next = *bucket;
	*bucket = policy;
	return policy;
}

const struct policy *policy_load(const char *file)
{
	json_error_t why;
	json_t *json = json_load_file(file, 0, &why);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	const struct policy *policy;
	const char *error = why.text;

	policy = text ? policy_parse(text, &error) : NULL;
	if (!policy)
		die("%s: %s", file, error);
	json_decref(json);
	free(text);
	return policy;
}

/*
 * The actions that AWS's managed policies allow, as far as they are simulated. SecurityAudit allows
 * neither account:ListRegions nor s3:ListBucket:
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/SecurityAudit.html
 */
#define MANAGED(more) \
	"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Resource\":\"*\"," \
	"\"Action\":[" \
	"\"account:Get*\",\"ec2:Describe*\",\"guardduty:Get*\",\"guardduty:List*\"," \
	"\"iam:GenerateCredentialReport\",\"iam:Get*\",\"iam:List*\",\"kms:Describe*\",\"kms:List*\"," \
	"\"organizations:Describe*\",\"organizations:List*\",\"s3:GetAccountPublicAccessBlock\"," \
	"\"s3:GetBucket*\",\"s3:GetEncryptionConfiguration\",\"s3:ListAllMyBuckets\"" more "]}}"

const struct policy *policy_managed(const char *arn)
{
	static const struct {
		const char *name, *document;
	} managed[] = {
		{ "SecurityAudit", MANAGED("") },
		{ "ReadOnlyAccess", MANAGED(",\"account:List*\",\"s3:Get*\",\"s3:List*\"") },
	};
	const char *error, *name = strstr(arn, ":iam::aws:policy/");

	if (!name || strncmp(arn, "arn:aws", 7) != 0)
		return NULL;
	for (size_t i = 0; i < sizeof(managed) / sizeof(managed[0]); i++)
		if (strcmp(strrchr(name, '/') + 1, managed[i].name) == 0)
			return policy_parse(managed[i].document, &error);
	return NULL;
}

static bool patterns_match(const struct patterns *patterns, const char *text, bool nocase)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (glob_match(patterns->items[i], text, nocase))
			return !patterns->negated;
	return patterns->negated;
}

static const char *context_value(const struct policy_context *context, const char *key)
{
	const struct {
		const char *key, *value;
	} rows[] = {
		{ "iam:AWSServiceName", context->aws_service_name },
		{ "aws:PrincipalAccount", context->principal_account },
		{ "aws:ResourceAccount", context->resource_account },
		{ "aws:PrincipalOrgID", context->principal_org },
		{ "aws:ResourceOrgID", context->resource_org },
		{ "aws:SourceIdentity", context->source_identity },
		{ "sts:ExternalId", context->external_id },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcasecmp(key, rows[i].key) == 0)
			return rows[i].value;
	return NULL;
}

/* Returns whether a value of a condition matches; it may be a variable. */
static bool value_matches(const char *pattern, const char *value, bool equals,
	const struct policy_context *context)
{
	char key[64];
	size_t n = strlen(pattern);

	if (strncmp(pattern, "${", 2) == 0 && pattern[n - 1] == '}' && n < sizeof(key)) {
		snprintf(key, sizeof(key), "%.*s", (int)(n - 3), pattern + 2);
		pattern = context_value(context, key);
		return pattern && strcmp(pattern, value) == 0;
	}
	return equals ? strcmp(pattern, value) == 0 : glob_match(pattern, value, false);
}

static bool conditions_hold(const struct statement *s, const struct policy_context *context)
{
	for (size_t i = 0; i < s->n_conditions; i++) {
		const struct condition *c = &s->conditions[i];
		const char *value = context_value(context, c->key);
		bool equals = strcmp(c->operator, "StringEquals") == 0, held = false;

		if (!equals && strcmp(c->operator, "StringLike") != 0)
			return s->deny;
		for (size_t v = 0; value && v < c->values.n; v++)
			held |= value_matches(c->values.items[v], value, equals, context);
		if (!held)
			return false;
	}
	return true;
}

enum policy_decision policy_decide(const struct policy *policy, const char *action,
	const char *resource, const struct policy_context *context)
{
	enum policy_decision decision = POLICY_SILENT;

	for (size_t i = 0; i < policy->n; i++) {
		const struct statement *s = &policy->statements[i];

		if (!s->deny && decision == POLICY_ALLOWS)
			continue;
		if (!patterns_match(&s->actions, action, true))
			continue;
		if (resource && !patterns_match(&s->resources, resource, false))
			continue;
		if (!conditions_hold(s, context))
			continue;
		if (s->deny)
			return POLICY_DENIES;
		decision = POLICY_ALLOWS;
	}
	return decision;
}
