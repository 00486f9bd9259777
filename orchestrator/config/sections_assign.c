/* The rows of the sections that make up the desired state: organization, scope, baselines, tiers,
 * exceptions. */
#include "config/internal.h"

#include "base/banned.h"
#include "config/checks.h"
#include "config/target.h"

#define ROLE_PATTERN "^[A-Za-z0-9_+=,.@/-]+$"

const struct setting organization_rows[] = {
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

const struct setting scope_rows[] = {
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

/* "assign", which entries of "baselines" and of "tiers" have alike. */
#define ASSIGN_ROW \
	{ .name = "assign", \
		.type = SETTING_STRING, \
		.check = config_target_check, \
		.pattern = TARGET_PATTERN, \
		.help = "The accounts that this entry is for." }

const struct setting baselines_rows[] = {
	ASSIGN_ROW,
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

const struct setting tiers_rows[] = {
	ASSIGN_ROW,
	{ .name = "set",
		.type = SETTING_ANY,
		.default_json = "{}",
		.help = "What may happen to a change of a baseline there, by the baseline's id: \"auto\", "
				"\"approval\", \"alert\", or null for the baseline's own default." },
	{ .name = NULL },
};

const struct setting exceptions_rows[] = {
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
