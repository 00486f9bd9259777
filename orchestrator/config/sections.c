/* The rows of the configuration: every key that it can have, once. */
#include "config/internal.h"

#include "base/banned.h"

#define TARGET_PATTERN "^(root|ou:.+|account:[0-9]{12}|tag:.+)$"
#define ROLE_PATTERN "^[A-Za-z0-9_+=,.@/-]+$"

static const struct setting organization_rows[] = {
	{ .name = "remediation_role",
		.type = SETTING_STRING,
		.default_json = "\"ReeveRemediation\"",
		.check = check_role_name,
		.pattern = ROLE_PATTERN,
		.help = "The name of the role that is assumed in every member account." },
	{ .name = "external_id",
		.type = SETTING_STRING,
		.default_json = "null",
		.check = check_external_id,
		.pattern = "^[A-Za-z0-9_+=,.@:/-]{2,1224}$",
		.help = "The external id that the trust policy of that role asks for." },
	{ .name = "home_region",
		.type = SETTING_STRING,
		.check = check_region,
		.pattern = REGION_PATTERN,
		.help = "The region whose STS endpoint is used, and where services that have a home are "
				"looked up." },
	{ .name = "reader_role_arn",
		.type = SETTING_STRING,
		.default_json = "null",
		.check = check_role_arn,
		.pattern = "^arn:aws(-us-gov|-cn)?:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$",
		.help = "A role that is assumed to read the organization; without it the caller's own "
				"credentials are used." },
	{ .name = "account_roles",
		.type = SETTING_ANY,
		.default_json = "{}",
		.help = "For single accounts, another role to assume in them; null means the caller's own "
				"credentials, "
				"which fits only the account that the orchestrator runs in." },
	{ .name = NULL },
};

static const struct setting scope_rows[] = {
	{ .name = "regions",
		.type = SETTING_ANY,
		.default_json = "\"enabled\"",
		.help = "\"enabled\" for every region that an account has enabled, a list of regions, or a "
				"list of "
				"{\"target\", \"regions\"} of which the nearest to an account counts." },
	{ .name = "include",
		.type = SETTING_STRING_LIST,
		.default_json = "[]",
		.check = config_target_check,
		.pattern = TARGET_PATTERN,
		.help = "The targets whose accounts are in scope; an empty list means all." },
	{ .name = "exclude",
		.type = SETTING_STRING_LIST,
		.default_json = "[]",
		.check = config_target_check,
		.pattern = TARGET_PATTERN,
		.help = "The targets whose accounts are out of scope; this wins over \"include\"." },
	{ .name = NULL },
};

const struct setting region_list_rows[] = {
	{ .name = "target",
		.type = SETTING_STRING,
		.check = config_target_check,
		.pattern = TARGET_PATTERN,
		.help = "The accounts that the list is for." },
	{ .name = "regions",
		.type = SETTING_ANY,
		.default_json = "\"enabled\"",
		.help = "\"enabled\" or a list of regions." },
	{ .name = NULL },
};

static const struct setting baselines_rows[] = {
	{ .name = "assign",
		.type = SETTING_STRING,
		.check = config_target_check,
		.pattern = TARGET_PATTERN,
		.help = "The accounts that this is for." },
	{ .name = "set",
		.type = SETTING_ANY,
		.default_json = "{}",
		.help = "Baselines to keep there, by id, with those settings that are not as inherited; "
				"a setting of null is its default again." },
	{ .name = "unset",
		.type = SETTING_STRING_LIST,
		.default_json = "[]",
		.help = "Ids of inherited baselines not to keep there." },
	{ .name = NULL },
};

static const struct setting tiers_rows[] = {
	{ .name = "assign",
		.type = SETTING_STRING,
		.check = config_target_check,
		.pattern = TARGET_PATTERN,
		.help = "The accounts that this is for." },
	{ .name = "set",
		.type = SETTING_ANY,
		.default_json = "{}",
		.help = "What may happen to a change of a baseline there, by the baseline's id: \"auto\", "
				"\"approval\", \"alert\", or null for the baseline's own default." },
	{ .name = NULL },
};

static const struct setting exceptions_rows[] = {
	{ .name = "account",
		.type = SETTING_STRING,
		.default_json = "\"*\"",
		.check = check_account_or_any,
		.pattern = "^([0-9]{12}|\\*)$",
		.help = "An account id, or \"*\" for every account; may be left out where \"ou\" or "
				"\"tag\" is given." },
	{ .name = "ou",
		.type = SETTING_STRING,
		.default_json = "null",
		.check = check_unit,
		.help = "The id or path of an organizational unit that the account must be in." },
	{ .name = "tag",
		.type = SETTING_STRING,
		.default_json = "null",
		.check = check_tag,
		.help = "A tag, KEY or KEY=VALUE, that the account must have." },
	{ .name = "region",
		.type = SETTING_STRING,
		.default_json = "\"*\"",
		.maximum = 64,
		.check = check_not_empty,
		.help = "A region or \"global\"; * and ? match any characters and any one." },
	{ .name = "baseline",
		.type = SETTING_STRING,
		.maximum = 128,
		.check = check_not_empty,
		.help = "The id of a baseline; * and ? match any characters and any one." },
	{ .name = "resource",
		.type = SETTING_STRING,
		.default_json = "\"*\"",
		.maximum = 2048,
		.check = check_not_empty,
		.help = "The ARN of a resource, or the account id where the finding is about the account; "
				"* and ? match." },
	{ .name = "reason",
		.type = SETTING_STRING,
		.maximum = 2048,
		.check = check_not_empty,
		.help = "Why this is exempt, for the auditor." },
	{ .name = "owner",
		.type = SETTING_STRING,
		.maximum = 256,
		.check = check_not_empty,
		.help = "Who answers for it." },
	{ .name = "ticket",
		.type = SETTING_STRING,
		.default_json = "null",
		.maximum = 256,
		.check = check_not_empty,
		.help = "Where it was decided." },
	{ .name = "expires",
		.type = SETTING_STRING,
		.check = check_expiry,
		.pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].+)?$",
		.help = "When it ends: a date (to its end, in UTC) or a time in RFC 3339." },
	{ .name = NULL },
};

static const struct setting limits_rows[] = {
	{ .name = "changes_per_run",
		.type = SETTING_INTEGER,
		.default_json = "500",
		.minimum = 0,
		.maximum = 1000000,
		.help = "The most changes that one run makes; what is beyond stays drifted." },
	{ .name = "changes_per_account",
		.type = SETTING_INTEGER,
		.default_json = "50",
		.minimum = 0,
		.maximum = 1000000,
		.help = "The most changes that one run makes in one account." },
	{ .name = "failure_rate",
		.type = SETTING_NUMBER,
		.default_json = "0.2",
		.minimum = 0,
		.maximum = 1,
		.help = "The share of failed changes, 0 to 1, beyond which a run is halted." },
	{ .name = "changes_per_wave",
		.type = SETTING_INTEGER,
		.default_json = "null",
		.minimum = 0,
		.maximum = 1000000,
		.help = "The most changes that one run makes in one wave of the rollout; null means that "
				"only the other limits count." },
	{ .name = "attempts_per_resource",
		.type = SETTING_INTEGER,
		.default_json = "3",
		.minimum = 1,
		.maximum = 100,
		.help = "How often a change of one resource is repeated when it is undone again, before it "
				"becomes an alert." },
	{ .name = "attempts_window_hours",
		.type = SETTING_INTEGER,
		.default_json = "24",
		.minimum = 1,
		.maximum = 8760,
		.help = "The time in which those repetitions count; a resource that is left alone for as "
				"long begins anew." },
	{ .name = "breaker_failures",
		.type = SETTING_INTEGER,
		.default_json = "5",
		.minimum = 1,
		.maximum = 1000,
		.help = "How many changes of one baseline, account or AWS service may fail one after "
				"another before a run makes "
				"no more of them." },
	{ .name = "in_flight",
		.type = SETTING_INTEGER,
		.default_json = "256",
		.minimum = 1,
		.maximum = 4096,
		.help = "The most cells that are worked on at the same time." },
	{ .name = "store_gib",
		.type = SETTING_INTEGER,
		.default_json = "64",
		.minimum = 1,
		.maximum = 1024,
		.help = "The most GiB that the records of the state folder may take; a warning comes at "
				"80 %, and once it is full nothing is recorded or changed any more." },
	{ .name = NULL },
};

static const struct setting rollout_rows[] = {
	{ .name = "wave",
		.type = SETTING_STRING,
		.check = check_wave,
		.pattern = "^[A-Za-z0-9_.-]{1,64}$",
		.help = "The name of the wave." },
	{ .name = "targets",
		.type = SETTING_STRING_LIST,
		.check = config_target_check,
		.pattern = TARGET_PATTERN,
		.minimum = 1,
		.maximum = 10000,
		.help = "The accounts of the wave; an account belongs to the first wave that names it." },
	{ .name = "soak_minutes",
		.type = SETTING_INTEGER,
		.default_json = "0",
		.minimum = 0,
		.maximum = 10080,
		.help = "How long a run waits after the wave before the next one begins." },
	{ .name = "failure_rate",
		.type = SETTING_NUMBER,
		.default_json = "null",
		.minimum = 0,
		.maximum = 1,
		.help = "The share of failed changes, 0 to 1, beyond which the wave halts the run; null "
				"means limits.failure_rate." },
	{ .name = NULL },
};

static const struct setting windows_rows[] = {
	{ .name = "targets",
		.type = SETTING_STRING_LIST,
		.check = config_target_check,
		.pattern = TARGET_PATTERN,
		.minimum = 1,
		.maximum = 10000,
		.help = "The accounts that the window is for." },
	{ .name = "cron",
		.type = SETTING_STRING,
		.maximum = 256,
		.check = check_cron,
		.help = "When the window opens: a cron expression of five fields, by the clocks of its "
				"time zone." },
	{ .name = "duration_minutes",
		.type = SETTING_INTEGER,
		.minimum = 1,
		.maximum = 10080,
		.help = "How long it stays open." },
	{ .name = "time_zone",
		.type = SETTING_STRING,
		.default_json = "\"UTC\"",
		.maximum = 64,
		.check = check_time_zone,
		.pattern = "^[A-Za-z0-9_+-][A-Za-z0-9_+/-]*$",
		.help = "A zone of the tz database, such as \"Europe/Berlin\"." },
	{ .name = NULL },
};

static const char *const roles[] = { "viewer", "responder", "admin", "ingest", NULL };

static const struct setting people_rows[] = {
	{ .name = "name",
		.type = SETTING_STRING,
		.maximum = 128,
		.check = check_person_name,
		.help = "Who it is, as approvals and the audit log name them." },
	{ .name = "system_users",
		.type = SETTING_STRING_LIST,
		.default_json = "[]",
		.check = check_system_user,
		.pattern = "^(uid:[0-9]{1,10}|[^ :]+)$",
		.maximum = 100,
		.help = "The system users that they are, by name, or as \"uid:1000\"." },
	{ .name = "aws",
		.type = SETTING_STRING_LIST,
		.default_json = "[]",
		.check = check_identity_arn,
		.pattern = "^arn:aws(-us-gov|-cn)?:(iam|sts)::[0-9]{12}:.+$",
		.maximum = 100,
		.help = "The ARNs that sts:GetCallerIdentity shows for them; * and ? match any characters "
				"and any one "
				"within a part, but no colon and no slash." },
	{ .name = "tokens",
		.type = SETTING_STRING_LIST,
		.default_json = "[]",
		.check = check_token_hash,
		.pattern = "^[0-9a-f]{64}$",
		.maximum = 100,
		.help = "The SHA-256 of their API tokens, in 64 hexadecimal digits." },
	{ .name = "role",
		.type = SETTING_CHOICE,
		.default_json = "\"responder\"",
		.choices = roles,
		.help = "What they may do over the HTTP API: a viewer reads, a responder also approves, "
				"denies, pauses and undoes a single "
				"change, an admin does everything, and ingest only hands in events." },
	{ .name = NULL },
};

static const struct setting approvals_rows[] = {
	{ .name = "approvers",
		.type = SETTING_STRING_LIST,
		.default_json = "[]",
		.check = check_person_name,
		.help = "The names of the people who may approve a change; an empty list means everyone in "
				"\"people\"." },
	{ .name = "required",
		.type = SETTING_INTEGER,
		.default_json = "1",
		.minimum = 1,
		.maximum = 10,
		.help = "How many of them must approve a change; a single one denies it." },
	{ .name = "four_eyes",
		.type = SETTING_BOOLEAN,
		.default_json = "true",
		.help = "Whether the person whose run asked for a change may not approve it." },
	{ .name = "expire_hours",
		.type = SETTING_INTEGER,
		.default_json = "72",
		.minimum = 1,
		.maximum = 8760,
		.help = "How long after it was asked for a change can be approved and made." },
	{ .name = NULL },
};

static const char *const lock_modes[] = { "GOVERNANCE", "COMPLIANCE", NULL };

static const struct setting audit_rows[] = {
	{ .name = "bucket",
		.type = SETTING_STRING,
		.default_json = "null",
		.check = check_bucket_name,
		.pattern = "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
		.help = "The S3 bucket, with Object Lock enabled, that new entries of the audit log are "
				"copied to at the end of each "
				"run; null means none." },
	{ .name = "bucket_owner",
		.type = SETTING_STRING,
		.default_json = "null",
		.check = check_account,
		.pattern = "^[0-9]{12}$",
		.help =
			"The account that the bucket must belong to; null means that it is not looked at." },
	{ .name = "prefix",
		.type = SETTING_STRING,
		.default_json = "\"reeve/\"",
		.maximum = 512,
		.check = check_key_prefix,
		.pattern = "^[A-Za-z0-9_.=/-]*$",
		.help = "What the keys of the objects begin with." },
	{ .name = "region",
		.type = SETTING_STRING,
		.default_json = "null",
		.check = check_region,
		.pattern = REGION_PATTERN,
		.help = "The region of the bucket; null means organization.home_region." },
	{ .name = "mode",
		.type = SETTING_CHOICE,
		.default_json = "\"GOVERNANCE\"",
		.choices = lock_modes,
		.help = "How objects are retained: in mode COMPLIANCE nobody, not even the root user, can "
				"delete one or shorten its "
				"retention; in mode GOVERNANCE whoever has s3:BypassGovernanceRetention can." },
	{ .name = "retention_days",
		.type = SETTING_INTEGER,
		.default_json = "400",
		.minimum = 1,
		.maximum = 36500,
		.help = "How long each object is retained from its upload on." },
	{ .name = "kms_key_id",
		.type = SETTING_STRING,
		.default_json = "null",
		.check = check_kms_key_arn,
		.pattern = "^arn:aws(-us-gov|-cn)?:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]{1,128}$",
		.help = "The ARN of the KMS key that objects are encrypted with; null means as the bucket "
				"does by default." },
	{ .name = NULL },
};

static const char *const notification_kinds[] = { "alert", "approval", "halt", "failure", NULL };
static const char *const severities[] = { "informational", "low", "medium", "high", "critical",
	NULL };
static const char *const webhook_formats[] = { "json", "slack", "teams", NULL };

static const struct setting notifications_rows[] = {
	{ .name = "name",
		.type = SETTING_STRING,
		.check = check_wave,
		.pattern = "^[A-Za-z0-9_.-]{1,64}$",
		.help = "The name of the channel." },
	{ .name = "on",
		.type = SETTING_CHOICE_LIST,
		.default_json = "[\"alert\", \"approval\", \"halt\", \"failure\"]",
		.choices = notification_kinds,
		.minimum = 1,
		.maximum = 4,
		.help = "What is told there: drift that is only reported, changes that wait for approval, "
				"halts, failed runs." },
	{ .name = "sns_topic_arn",
		.type = SETTING_STRING,
		.default_json = "null",
		.check = check_topic_arn,
		.pattern =
			"^arn:aws(-us-gov|-cn)?:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\\.fifo)?$",
		.help = "The SNS topic that is published to; a channel has either this or a webhook." },
	{ .name = "webhook",
		.type = SETTING_ANY,
		.default_json = "null",
		.help = "The address that is posted to, with \"format\" and, for a signature, "
				"\"secret_file\" or \"secret_env\"." },
	{ .name = "min_severity",
		.type = SETTING_CHOICE,
		.default_json = "\"informational\"",
		.choices = severities,
		.help = "The least severity of alerts and approval requests that are told; halts and "
				"failures always are." },
	{ .name = "group_seconds",
		.type = SETTING_INTEGER,
		.default_json = "60",
		.minimum = 0,
		.maximum = 3600,
		.help =
			"For how long events of one kind, baseline and run are gathered into one message." },
	{ .name = "messages_per_hour",
		.type = SETTING_INTEGER,
		.default_json = "30",
		.minimum = 1,
		.maximum = 1000,
		.help = "The most messages in an hour; what is beyond is merged into the next message." },
	{ .name = NULL },
};

const struct setting webhook_rows[] = {
	{ .name = "url",
		.type = SETTING_STRING,
		.default_json = "null",
		.maximum = 2048,
		.pattern = "^https?://[^/].*$",
		.help = "Where to post to; https, except on this machine. Where the address is itself a "
				"secret, as those of chat "
				"services are, use \"url_file\" or \"url_env\"." },
	{ .name = "url_file",
		.type = SETTING_STRING,
		.default_json = "null",
		.maximum = 4096,
		.check = check_file_path,
		.pattern = "^/",
		.help = "A file that holds the address; nobody else may be able to read it." },
	{ .name = "url_env",
		.type = SETTING_STRING,
		.default_json = "null",
		.maximum = 128,
		.check = check_variable,
		.pattern = "^[A-Za-z_][A-Za-z0-9_]*$",
		.help = "The environment variable that holds the address." },
	{ .name = "format",
		.type = SETTING_CHOICE,
		.default_json = "\"json\"",
		.choices = webhook_formats,
		.help = "What is posted: Reeve's own JSON, a message for a Slack incoming webhook, or an "
				"Adaptive Card for a "
				"Microsoft Teams workflow." },
	{ .name = "secret_file",
		.type = SETTING_STRING,
		.default_json = "null",
		.maximum = 4096,
		.check = check_file_path,
		.pattern = "^/",
		.help = "A file that holds the key by which messages are signed; nobody else may be able "
				"to read it." },
	{ .name = "secret_env",
		.type = SETTING_STRING,
		.default_json = "null",
		.maximum = 128,
		.check = check_variable,
		.pattern = "^[A-Za-z_][A-Za-z0-9_]*$",
		.help = "The environment variable that holds the key by which messages are signed." },
	{ .name = NULL },
};

static const struct config_section sections[] = {
	{ "organization", false, organization_rows,
		"How the accounts of the organization are reached." },
	{ "scope", false, scope_rows, "Which accounts and regions are looked at." },
	{ "baselines", true, baselines_rows,
		"The desired state. What stands nearest to an account wins, setting by setting: root, then "
		"each "
		"organizational unit on the way down, then tags, then the account." },
	{ "tiers", true, tiers_rows, "What may happen to a change, inherited as baselines are." },
	{ "people", true, people_rows, "Who may be asked, and what each of them is known by." },
	{ "approvals", false, approvals_rows,
		"Who approves a change of the tier \"approval\", and how." },
	{ "exceptions", true, exceptions_rows, "What is exempt, why, and until when." },
	{ "limits", false, limits_rows, "What bounds a run." },
	{ "rollout", true, rollout_rows,
		"The waves of a sweep, in their order; accounts that no wave names come last." },
	{ "windows", true, windows_rows,
		"When changes may be made; an account that no window names is always open, others while "
		"any of theirs is." },
	{ "schedule", false, schedule_rows, "What `serve` does by the clock." },
	{ "events", false, events_rows, "Where `serve` takes events from, and what they lead to." },
	{ "security_hub", false, security_hub_rows, "What is written to Security Hub." },
	{ "http", false, http_rows, "The HTTP API of `serve`." },
	{ "notifications", true, notifications_rows,
		"Who is told of alerts, approval requests, halts and failed runs." },
	{ "audit", false, audit_rows,
		"Where the audit log is copied to, out of reach of whoever holds the state folder." },
	{ NULL, false, NULL, NULL },
};

const struct config_section *config_sections(void)
{
	return sections;
}

const struct config_section *section_find(const char *name)
{
	for (const struct config_section *section = sections; section->name != NULL; section++)
		if (strcmp(section->name, name) == 0)
			return section;
	return NULL;
}
