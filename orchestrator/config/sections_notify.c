/* The rows of the sections that tell of runs: notifications and audit. */
#include "config/internal.h"

#include "base/banned.h"
#include "config/checks.h"
#include "config/checks_address.h"
#include "config/checks_audit.h"

static const char *const lock_modes[] = { "GOVERNANCE", "COMPLIANCE", NULL };

const struct setting audit_rows[] = {
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

const struct setting notifications_rows[] = {
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

static const char *const webhook_formats[] = { "json", "slack", "teams", NULL };

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
