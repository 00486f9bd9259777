#include "events/routes.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/pattern/match.h"
#include "config/values.h"

#include <ctype.h>
#include <strings.h>

struct route_table {
	struct route_rule *rules;
	size_t count;
};

/* --- the table --- */

static void add_rule(struct route_table *table, const struct trigger *trigger, const char *baseline)
{
	table->rules = xrealloc(table->rules, (table->count + 1) * sizeof *table->rules);
	table->rules[table->count++] = (struct route_rule){ *trigger, baseline };
}

struct route_table *route_table_new(void)
{
	static const struct trigger ignored[] = {
#define ROUTE(source, type, service, why) { SIGNAL_##source, type, service, why },
#include "events/routes.def"
#undef ROUTE
	};
	struct route_table *table = xcalloc(1, sizeof *table);

	for (size_t i = 0; i < ARRAY_LENGTH(ignored); i++)
		add_rule(table, &ignored[i], NULL);
	return table;
}

void route_table_add(struct route_table *table, const char *baseline,
	const struct trigger *triggers)
{
	for (; triggers->type != NULL; triggers++)
		add_rule(table, triggers, baseline);
}

void route_table_free(struct route_table *table)
{
	if (table == NULL)
		return;
	free(table->rules);
	free(table);
}

const struct route_rule *route_table_at(const struct route_table *table, size_t index)
{
	return index < table->count ? &table->rules[index] : NULL;
}

/* --- names --- */

/* How a character of a name is compared. */
typedef int fold(int c);

static int fold_nothing(int c)
{
	return c;
}

/* A Config rule is known by its name or by its identifier: s3-default-encryption-kms,
 * S3_DEFAULT_ENCRYPTION_KMS. */
static int fold_rule(int c)
{
	return c == '_' ? '-' : tolower(c);
}

/* ASFF writes the slash of a finding type as a hyphen. */
static int fold_slash(int c)
{
	return c == '/' ? '-' : c;
}

static bool name_matches(const char *wanted, const char *name, fold *folded)
{
	for (; *wanted != '\0' && *wanted != '*'; wanted++, name++)
		if (folded((unsigned char)*wanted) != folded((unsigned char)*name))
			return false;
	return *wanted == '*' || *name == '\0';
}

/* What was found in the table for one signal: the rule that ignores it, or one rule for each
 * baseline. */
struct found {
	const struct route_table *table;
	const struct route_rule *rules[ROUTE_MAX_BASELINES];
	size_t count;
};

/* Returns how many bytes of a name the rule's type fixes. An exact type counts more than any
 * beginning. */
static size_t precision(const struct route_rule *rule)
{
	const char *star = strchr(rule->trigger.type, '*');

	return star == NULL ? SIZE_MAX : (size_t)(star - rule->trigger.type);
}

/* The type "*" matches signals that no other rule matches. */
static bool is_catch_all(const struct route_rule *rule)
{
	return precision(rule) == 0;
}

static bool rule_matches(const struct route_rule *rule, enum signal_source source, const char *name,
	const char *service, fold *folded)
{
	const struct trigger *trigger = &rule->trigger;

	return trigger->source == source && !is_catch_all(rule) &&
		name_matches(trigger->type, name, folded) &&
		(trigger->service == NULL || (service != NULL && strcmp(trigger->service, service) == 0));
}

/* Keeps one rule for each baseline, the most precise. */
static void take_rule(struct found *found, const struct route_rule *rule)
{
	for (size_t i = 0; i < found->count; i++) {
		if (strcmp(found->rules[i]->baseline, rule->baseline) != 0)
			continue;
		if (precision(rule) > precision(found->rules[i]))
			found->rules[i] = rule;
		return;
	}
	if (found->count < ROUTE_MAX_BASELINES)
		found->rules[found->count++] = rule;
}

/* Finds the rules of the source that match the name. The rule for everything else doesn't count
 * here. */
static void find_rules(struct found *found, enum signal_source source, const char *name,
	const char *service, fold *folded)
{
	const struct route_table *table = found->table;
	const struct route_rule *ignoring = NULL;

	if (name == NULL)
		return;
	for (size_t i = 0; i < table->count; i++) {
		const struct route_rule *rule = &table->rules[i];

		if (rule->baseline == NULL && rule_matches(rule, source, name, service, folded) &&
			(ignoring == NULL || precision(rule) > precision(ignoring)))
			ignoring = rule;
	}
	for (size_t i = 0; i < table->count; i++) {
		const struct route_rule *rule = &table->rules[i];

		if (rule->baseline != NULL && rule_matches(rule, source, name, service, folded) &&
			(ignoring == NULL || precision(rule) >= precision(ignoring)))
			take_rule(found, rule);
	}
	if (found->count == 0 && ignoring != NULL)
		found->rules[found->count++] = ignoring;
}

static void find_catch_all(struct found *found, enum signal_source source)
{
	for (size_t i = 0; i < found->table->count; i++)
		if (found->table->rules[i].trigger.source == source &&
			is_catch_all(&found->table->rules[i]))
			found->rules[found->count++] = &found->table->rules[i];
}

static const char *skip(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(name, prefix, length) == 0 ? name + length : name;
}

/* --- sources whose names need a closer look --- */

/* Access Analyzer also has findings of unused access and of internal access, which say nothing
 * about access from outside. */
static void find_access(struct found *found, const char *type, const char *resource_type)
{
	if (strncmp(type, "External", 8) == 0)
		find_rules(found, SIGNAL_ACCESS_ANALYZER, resource_type, NULL, fold_nothing);
}

/* The type of a finding in ASFF or OCSF is one of:
 * - a control id, alone or at the end of a generator's id ("…/v/1.0.0/S3.1");
 * - a finding type of GuardDuty or Macie, alone or at the end of ASFF's
 *   ("TTPs/…/Policy:S3-BucketPublicAccessGranted");
 * - Access Analyzer's in ASFF ("…/External Access Granted"). */
static void find_finding(struct found *found, const struct signal *signal)
{
	const char *type = signal->type, *cis = strstr(type, "cis-aws-foundations-benchmark/"),
			   *colon = strchr(type, ':');

	if (cis != NULL) {
		find_rules(found, SIGNAL_SECURITY_HUB, cis, NULL, fold_nothing);
		return;
	}
	if (colon == NULL) {
		const char *slash = strrchr(type, '/'), *last = slash != NULL ? slash + 1 : type;

		if (strcmp(last, "External Access Granted") == 0 && signal->resource_type != NULL &&
			strcmp(signal->resource_type, "AwsS3Bucket") == 0)
			find_access(found, last, "AWS::S3::Bucket");
		else
			find_rules(found, SIGNAL_SECURITY_HUB, last, NULL, fold_nothing);
		return;
	}
	while (colon > type && colon[-1] != '/')
		colon--;
	find_rules(found, SIGNAL_GUARDDUTY, colon, NULL, fold_slash);
	if (found->count == 0)
		find_rules(found, SIGNAL_MACIE, colon, NULL, fold_slash);
}

/* A signal of Config is about a rule, whose name may have a prefix of Security Hub or of an
 * organization rule, or about the configuration item of a resource. The type of the resource that a
 * rule judged decides nothing, since most rules about a bucket are about other settings of it. */
static void find_config(struct found *found, const struct signal *signal)
{
	const char *name = skip(skip(signal->type, "OrgConfigRule-"), "securityhub-");
	const char *detail_type = json_get_string_or(signal->event, "detail-type", "");
	bool item = strstr(detail_type, "Configuration Item") != NULL && signal->resource_type != NULL;

	find_rules(found, SIGNAL_CONFIG, item ? signal->resource_type : name, NULL, fold_rule);
}

static void find_sign_in(struct found *found, const struct signal *signal)
{
	const json_t *detail = json_object_get(signal->event, "detail");
	const char *mfa =
		json_get_string_or(json_object_get(detail, "additionalEventData"), "MFAUsed", "No");
	char name[ROUTE_NAME_SIZE];

	/* AWS's documentation shows "YES" for the root user and "Yes" for others. */
	snprintf(name, sizeof name, "%.40s %.60s%s",
		signal->actor.type != NULL ? signal->actor.type : "", signal->type,
		strcasecmp(mfa, "Yes") == 0 ? " with MFA" : "");
	find_rules(found, SIGNAL_SIGN_IN, name, NULL, fold_nothing);
}

static void find(struct found *found, const struct signal *signal)
{
	switch (signal->source) {
	case SIGNAL_SECURITY_HUB:
	case SIGNAL_OCSF:
		find_finding(found, signal);
		break;
	case SIGNAL_CONFIG:
		find_config(found, signal);
		break;
	case SIGNAL_ACCESS_ANALYZER:
		find_access(found, signal->type, signal->resource_type);
		break;
	case SIGNAL_SIGN_IN:
		find_sign_in(found, signal);
		break;
	default:
		find_rules(found, signal->source, signal->type, signal->service, fold_nothing);
		break;
	}
	if (found->count == 0)
		find_catch_all(found, signal->source);
}

/* --- deciding --- */

static void add_baseline(struct route *route, const char *id)
{
	if (id != NULL && route->baseline_count < ROUTE_MAX_BASELINES)
		route->baselines[route->baseline_count++] = id;
}

static bool by_configuration(const struct config *config, const struct signal *signal,
	struct route *route)
{
	/* In the order of enum route_action. */
	static const char *const actions[] = { "check", "sweep", "retire", "ignore" };
	size_t index, i;
	json_t *item, *id;

	json_array_foreach(json_object_get(config_get(config, "events"), "routes"), index, item) {
		const char *action = json_get_string_or(item, "action", "");

		if (!pattern_matches(json_object_get(item, "pattern"), signal->event))
			continue;
		for (i = 0; i < ARRAY_LENGTH(actions); i++)
			if (strcmp(action, actions[i]) == 0)
				route->action = (enum route_action)i;
		json_array_foreach(json_object_get(item, "baselines"), i, id)
			add_baseline(route, json_string_value(id));
		snprintf(route->rule, sizeof route->rule, "events.routes/%zu (%.64s)", index,
			json_get_string_or(item, "name", ""));
		snprintf(route->why, sizeof route->why, "a rule of the configuration");
		return true;
	}
	return false;
}

static void decide(struct route *route, enum route_action action, const char *rule, const char *why)
{
	route->action = action;
	snprintf(route->rule, sizeof route->rule, "built-in: %.110s", rule);
	snprintf(route->why, sizeof route->why, "%s", why);
}

static bool by_account_change(const struct signal *signal, struct route *route)
{
	switch (signal->account_change) {
	case SIGNAL_ACCOUNT_NEW:
		decide(route, ROUTE_SWEEP, "a new account", "the account is new: all of it is swept");
		return true;
	case SIGNAL_ACCOUNT_MOVED:
		decide(route, ROUTE_SWEEP, "a moved account",
			"what applies to the account has changed: all of it is swept");
		return true;
	case SIGNAL_ACCOUNT_CLOSED:
		decide(route, ROUTE_RETIRE, "a closed account", "the account is gone");
		return true;
	case SIGNAL_NO_ACCOUNT_CHANGE:
		break;
	}
	return false;
}

/* Joins the reasons of all rules, each once. */
static void join_reasons(const struct found *found, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < found->count; i++) {
		const char *why = found->rules[i]->trigger.why;
		bool said = false;

		for (size_t j = 0; j < i; j++)
			said = said || strcmp(found->rules[j]->trigger.why, why) == 0;
		if (!said && used < size)
			used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? "; " : "", why);
	}
}

static void by_table(const struct route_table *table, const struct signal *signal,
	struct route *route)
{
	struct found found = { .table = table };
	const struct route_rule *first;
	char name[ROUTE_NAME_SIZE];

	find(&found, signal);
	if (found.count == 0) {
		decide(route, ROUTE_IGNORE, "nothing matches", "no rule is about this event");
		return;
	}
	first = found.rules[0];
	for (size_t i = 1; i < found.count; i++)
		if (precision(found.rules[i]) > precision(first))
			first = found.rules[i];
	snprintf(name, sizeof name, "%.30s %.80s", signal_source_name(first->trigger.source),
		first->trigger.type);
	decide(route, first->baseline != NULL ? ROUTE_CHECK : ROUTE_IGNORE, name, "");
	join_reasons(&found, route->why, sizeof route->why);
	for (size_t i = 0; i < found.count; i++)
		add_baseline(route, found.rules[i]->baseline);
}

void route_signal(const struct route_table *table, const struct config *config,
	const struct signal *signal, struct route *route)
{
	*route = (struct route){ .action = ROUTE_IGNORE };
	if (by_configuration(config, signal, route))
		return;
	if (signal->state == SIGNAL_FAILED_CALL)
		decide(route, ROUTE_IGNORE, "failed calls", "the call was refused and changed nothing");
	else if (by_account_change(signal, route))
		return;
	else if (signal->state == SIGNAL_CLOSED)
		decide(route, ROUTE_IGNORE, "closed findings", "the finding says that it is resolved");
	else
		by_table(table, signal, route);
}
