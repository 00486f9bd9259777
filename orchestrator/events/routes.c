#include "events/routes.h"

#include "base/banned.h"
#include "base/json.h"
#include "config/pattern/pattern.h"

#include <ctype.h>
#include <strings.h>

#define ACCOUNT_BLOCK "s3.account-public-access-block"
#define BUCKET_ENCRYPTION "s3.bucket-default-encryption"
#define ROOT_MFA "iam.root-mfa"
#define USER_MFA "iam.user-mfa"
#define DETECTOR "guardduty.detector"

static const char *const baseline_ids[] = { ACCOUNT_BLOCK, BUCKET_ENCRYPTION, ROOT_MFA, USER_MFA,
	DETECTOR };

#define BUCKET_PUBLIC \
	"a bucket may be open: the account's Block Public Access, which stands before each bucket's " \
	"own, is looked at"

static const struct route_rule rules[] = {
#define ROUTE(source, type, service, action, baselines, why) \
	{ SIGNAL_##source, type, service, ROUTE_##action, baselines, why },
#include "events/routes.def"
#undef ROUTE
};

const struct route_rule *route_rule_at(size_t index)
{
	return index < ARRAY_LENGTH(rules) ? &rules[index] : NULL;
}

/* --- names --- */

/* How the characters of a name are compared. */
typedef int fold(int c);

static int fold_nothing(int c)
{
	return c;
}

/* Rules of Config go by their name or by their identifier: s3-default-encryption-kms,
 * S3_DEFAULT_ENCRYPTION_KMS. */
static int fold_rule(int c)
{
	return c == '_' ? '-' : tolower(c);
}

/* In ASFF a slash of a finding type is a hyphen. */
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

static bool is_catch_all(const struct route_rule *rule)
{
	return strcmp(rule->type, "*") == 0;
}

/* The first rule of the source that is for the name, the one for everything aside. */
static const struct route_rule *find_rule(enum signal_source source, const char *name,
	const char *service, fold *folded)
{
	for (size_t i = 0; name != NULL && i < ARRAY_LENGTH(rules); i++) {
		const struct route_rule *rule = &rules[i];

		if (rule->source != source || is_catch_all(rule) || !name_matches(rule->type, name, folded))
			continue;
		if (rule->service == NULL || (service != NULL && strcmp(rule->service, service) == 0))
			return rule;
	}
	return NULL;
}

static const struct route_rule *catch_all(enum signal_source source)
{
	for (size_t i = 0; i < ARRAY_LENGTH(rules); i++)
		if (rules[i].source == source && is_catch_all(&rules[i]))
			return &rules[i];
	return NULL;
}

static const char *skip(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(name, prefix, length) == 0 ? name + length : name;
}

/* --- sources whose names need a closer look --- */

/* Access Analyzer's findings of unused and of internal access are about something else than the
 * world outside. */
static const struct route_rule *find_access(const char *type, const char *resource_type)
{
	return strncmp(type, "External", 8) == 0
		? find_rule(SIGNAL_ACCESS_ANALYZER, resource_type, NULL, fold_nothing)
		: NULL;
}

/* A control id, alone or at the end of a generator's ("…/v/1.0.0/S3.1"), or a finding type of
 * GuardDuty or Macie, alone or at the end of ASFF's ("TTPs/…/Policy:S3-BucketPublicAccessGranted"),
 * or Access Analyzer's in ASFF. */
static const struct route_rule *find_finding(const struct signal *signal)
{
	const char *type = signal->type, *cis = strstr(type, "cis-aws-foundations-benchmark/"),
			   *colon = strchr(type, ':');
	const struct route_rule *rule;

	if (cis != NULL)
		return find_rule(SIGNAL_SECURITY_HUB, cis, NULL, fold_nothing);
	if (colon == NULL) {
		const char *slash = strrchr(type, '/'), *last = slash != NULL ? slash + 1 : type;

		if (strcmp(last, "External Access Granted") == 0 && signal->resource_type != NULL &&
			strcmp(signal->resource_type, "AwsS3Bucket") == 0)
			return find_access(last, "AWS::S3::Bucket");
		return find_rule(SIGNAL_SECURITY_HUB, last, NULL, fold_nothing);
	}
	while (colon > type && colon[-1] != '/')
		colon--;
	rule = find_rule(SIGNAL_GUARDDUTY, colon, NULL, fold_slash);
	return rule != NULL ? rule : find_rule(SIGNAL_MACIE, colon, NULL, fold_slash);
}

/* A rule, under the names that Security Hub and organization rules give it; or the item of a
 * resource. The resource of a rule decides nothing: most rules about a bucket are about something
 * else. */
static const struct route_rule *find_config(const struct signal *signal)
{
	const char *name = skip(skip(signal->type, "OrgConfigRule-"), "securityhub-");
	const char *detail_type = json_get_string_or(signal->event, "detail-type", "");
	bool item = strstr(detail_type, "Configuration Item") != NULL && signal->resource_type != NULL;

	return find_rule(SIGNAL_CONFIG, item ? signal->resource_type : name, NULL, fold_rule);
}

static const struct route_rule *find_sign_in(const struct signal *signal)
{
	const json_t *detail = json_object_get(signal->event, "detail");
	const char *mfa =
		json_get_string_or(json_object_get(detail, "additionalEventData"), "MFAUsed", "No");
	char name[ROUTE_NAME_SIZE];

	snprintf(name, sizeof name, "%.40s %.60s%s",
		signal->actor.type != NULL ? signal->actor.type : "", signal->type,
		strcasecmp(mfa, "Yes") == 0 ? " with MFA" : ""); /* of the root user it is "YES" on AWS's
															page */
	return find_rule(SIGNAL_SIGN_IN, name, NULL, fold_nothing);
}

static const struct route_rule *find(const struct signal *signal)
{
	const struct route_rule *rule;

	switch (signal->source) {
	case SIGNAL_SECURITY_HUB:
	case SIGNAL_OCSF:
		rule = find_finding(signal);
		break;
	case SIGNAL_CONFIG:
		rule = find_config(signal);
		break;
	case SIGNAL_ACCESS_ANALYZER:
		rule = find_access(signal->type, signal->resource_type);
		break;
	case SIGNAL_SIGN_IN:
		rule = find_sign_in(signal);
		break;
	default:
		rule = find_rule(signal->source, signal->type, signal->service, fold_nothing);
		break;
	}
	return rule != NULL ? rule : catch_all(signal->source);
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
	static const char *const actions[] = { "check", "sweep", "retire", "ignore" }; /* as in enum
																					  route_action
																					*/
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

static void by_table(const struct signal *signal, struct route *route)
{
	const struct route_rule *rule = find(signal);
	char name[ROUTE_NAME_SIZE];

	if (rule == NULL) {
		decide(route, ROUTE_IGNORE, "nothing matches", "no rule is about this event");
		return;
	}
	snprintf(name, sizeof name, "%.30s %.80s", signal_source_name(rule->source), rule->type);
	decide(route, rule->action, name, rule->why);
	for (const char *id = rule->baselines; *id != '\0';) {
		size_t length = strcspn(id, " ");

		for (size_t i = 0; i < ARRAY_LENGTH(baseline_ids); i++)
			if (strlen(baseline_ids[i]) == length && memcmp(baseline_ids[i], id, length) == 0)
				add_baseline(route, baseline_ids[i]);
		id += length + (id[length] == ' ');
	}
}

void route_signal(const struct config *config, const struct signal *signal, struct route *route)
{
	*route = (struct route){ .action = ROUTE_IGNORE };
	if (by_configuration(config, signal, route))
		return;
	if (signal->state == SIGNAL_FAILED_CALL)
		decide(route, ROUTE_IGNORE, "failed calls", "the call was refused and changed nothing");
	else if (by_account_change(signal, route))
		return;
	else if (signal->state == SIGNAL_CLOSED)
		decide(route, ROUTE_IGNORE, "closed findings", "the finding says that it is over");
	else
		by_table(signal, route);
}
