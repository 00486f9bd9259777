/* Each kind of mistake in a configuration, with the code, place and text of its error. */
#include "test_config_help.h"

#include "base/banned.h"

struct mistake {
	const char *code;
	const char *message; /* all of it, after the place */
	const char *text; /* "@" marks the place and is removed; without it the message has no line */
};

#define ORG ORGANIZATION ", "

/* The place of jansson's own errors is the end of the text that it could not parse. */
static const struct mistake syntax[] = {
	{ "InvalidJson",
		"1:1: empty; the README has one to begin with, and `reeve config check` checks it", "" },
	{ "InvalidJson",
		"1:1: empty; the README has one to begin with, and `reeve config check` checks it",
		" \n\t" },
	{ "InvalidJson", "3:1: not valid JSON: string or '}' expected near '}'",
		"{\n\"limits\": {},\n}" },
	{ "InvalidJson", "1:1: not valid JSON: invalid token near '/'", "/* a comment */ {}" },
	{ "InvalidJson", "1:3: not valid JSON: end of file expected near 'x'", "{}x" },
	{ "DuplicateKey",
		"1:23: a key stands twice in one object: duplicate object key near '\"limits\"'",
		"{\"limits\": {}, \"limits\": {}}" },
	{ "OutOfRange", "1:37: a number is too large: too big integer near '99999999999999999999'",
		"{\"a\":            99999999999999999999}" },
	{ "OutOfRange", "1:10: a number is too large: real number overflow near '1e999'",
		"{\"a\":1e999}" },
	{ "InvalidUtf8", "1:6: not valid UTF-8: unable to decode byte 0xff near '\"'",
		"{\"a\":\"\xff\"}" },
	{ "WrongType", "1:1: the configuration must be an object, {…}, not a list", "[]" },
	{ "WrongType", "1:2: the configuration must be an object, {…}, not a string", " \"x\"" },
	{ "NulByte",
		"1:41: /limits/in_flight: holds a NUL character (\\u0000), which no setting can have",
		"{\"limits\": {\"in_fligh\": 2, \"in_flight\": \"a\\u0000b\"}}" },
};

static const struct mistake keys[] = {
	{ "MissingKey",
		"/organization: the key \"home_region\" is missing: The region whose STS endpoint is used, "
		"and where "
		"services that have a home are looked up.",
		"{}" },
	{ "MissingKey",
		"/organization: the key \"home_region\" is missing: The region whose STS endpoint is used, "
		"and "
		"where services that have a home are looked up.",
		"{\"organization\": @{\"home_region\": null}}" },
	{ "UnknownKey", "/limts: unknown key \"limts\"; did you mean \"limits\"?",
		"{" ORG "\n@\"limts\": {}}" },
	{ "UnknownKey",
		"/banana: unknown key \"banana\"; `reeve config schema` prints the schema with all keys",
		"{" ORG "@\"banana\": {}}" },
	{ "UnknownKey", "/limits/in-fligth: unknown key \"in-fligth\"; did you mean \"in_flight\"?",
		"{" ORG "\"limits\": {@\"in-fligth\": 1}}" },
	{ "UnknownKey",
		"/http/port: unknown key \"port\"; known here: listen, certificate_file, key_file, hosts, "
		"requests_per_minute, socket, socket_group",
		"{" ORG "\"http\": {@\"port\": 1}}" },
	{ "UnknownKey",
		"/http/a~1b~0c: unknown key \"a/b~c\"; known here: listen, certificate_file, key_file, "
		"hosts, requests_per_minute, socket, socket_group",
		"{" ORG "\"http\": {@\"a/b~c\": 1}}" },
	{ "UnknownKey",
		"/limits/\xc3\xa9\xc3\xa9: unknown key \"\xc3\xa9\xc3\xa9\"; known here: changes_per_run, "
		"changes_per_account, failure_rate, changes_per_wave, attempts_per_resource, "
		"attempts_window_hours, breaker_failures, in_flight, store_gib",
		"{" ORG "\"limits\": {@\"\\u00e9\xc3\xa9\": 1}}" },
	{ "UnknownBaseline",
		"/baselines/0/set/s3.acount-public-access-block: unknown baseline "
		"\"s3.acount-public-access-block\"; did you mean \"s3.account-public-access-block\"?",
		"{" ORG "\"baselines\": [{\"assign\":\"root\", "
		"\"set\":{@\"s3.acount-public-access-block\":{}}}]}" },
	{ "UnknownBaseline",
		"/baselines/0/set/detector: unknown baseline \"detector\"; did you mean "
		"\"guardduty.detector\"?",
		"{" ORG "\"baselines\": [{\"assign\":\"root\", \"set\":{@\"detector\":{}}}]}" },
	{ "UnknownBaseline",
		"/baselines/0/unset/0: unknown baseline \"x\"; `reeve baselines` lists the known ones",
		"{" ORG "\"baselines\": [{\"assign\":\"root\", \"unset\":[ @\"x\"]}]}" },
	{ "UnknownBaseline",
		"/tiers/0/set/iam.user-mfaa: unknown baseline \"iam.user-mfaa\"; did you mean "
		"\"iam.user-mfa\"?",
		"{" ORG "\"tiers\": [{\"assign\":\"root\", \"set\":{@\"iam.user-mfaa\":\"auto\"}}]}" },
	{ "UnknownKey",
		"/baselines/0/set/guardduty.detector/feature: unknown key \"feature\"; did you mean "
		"\"features\"?",
		"{" ORG "\"baselines\": [{\"assign\":\"root\", \"set\":{\"guardduty.detector\":{ "
		"@\"feature\":[]}}}]}" },
	{ "UnknownKey", "/baselines/0/set/iam.user-mfa/x: unknown key \"x\"; nothing can be set here",
		"{" ORG "\"baselines\": [{\"assign\":\"root\", \"set\":{\"iam.user-mfa\":{@\"x\":1}}}]}" },
};

#define SET(settings) "{" ORG "\"baselines\": [{\"assign\": \"root\", \"set\":\n" settings "}]}"

static const struct mistake values[] = {
	{ "WrongType", "/limits: must be an object, {…}, not a list", "{" ORG "\"limits\": @[]}" },
	{ "WrongType", "/baselines: must be a list, […], not an object",
		"{" ORG "\"baselines\": @{}}" },
	{ "WrongType", "/baselines/0: must be an object, {…}, not null",
		"{" ORG "\"baselines\": [@null]}" },
	{ "WrongType", "/baselines/0: must be an object, {…}, not a number",
		"{" ORG "\"baselines\": [@1]}" },
	{ "WrongType", "/$schema: must be a string, not a number", "{" ORG "\"$schema\": @1}" },
	{ "WrongType", "/limits/in_flight: must be a whole number, not a string \"5\"",
		"{" ORG "\n\"limits\": {\"in_flight\":@\"5\"}}" },
	{ "WrongType", "/limits/in_flight: must be a whole number, not a number 5.5",
		"{" ORG "\n\"limits\": {\"in_flight\":@5.5}}" },
	{ "WrongType", "/limits/in_flight: must be a whole number, not true or false",
		"{" ORG "\n\"limits\": {\"in_flight\":@true}}" },
	{ "OutOfRange", "/limits/in_flight: must be between 1 and 4096, not 0",
		"{" ORG "\n\"limits\": {\"in_flight\":@0}}" },
	{ "OutOfRange", "/limits/in_flight: must be between 1 and 4096, not 1e+300",
		"{" ORG "\n\"limits\": {\"in_flight\":@1e300}}" },
	{ "OutOfRange", "/limits/failure_rate: must be between 0 and 1, not 1.5",
		"{" ORG "\n\"limits\": {\"failure_rate\": @1.5}}" },
	{ "WrongType", "/limits/failure_rate: must be a number, not a list",
		"{" ORG "\n\"limits\": {\"failure_rate\": @[1]}}" },
	{ "WrongType",
		"/baselines/0/set/iam.password-policy/minimum_length: must be a whole number, not a string "
		"\"14\"",
		SET("{\"iam.password-policy\":{\"minimum_length\":  @\"14\"}}") },
	{ "WrongType",
		"/baselines/0/set/s3.account-public-access-block/block_public_acls: must be true or false, "
		"not a "
		"string \"yes\"",
		SET("{\"s3.account-public-access-block\":{\"block_public_acls\": @\"yes\"}}") },
	{ "WrongType",
		"/baselines/0/set/s3.account-public-access-block: must be an object, {…}, not true or "
		"false",
		SET("{\"s3.account-public-access-block\":@true}") },
	{ "WrongType", "/baselines/0/set: must be an object, {…}, not a list", SET("@[]") },
	{ "UnknownChoice",
		"/baselines/0/set/s3.bucket-default-encryption/algorithm: unknown value \"AES265\"; did "
		"you "
		"mean \"AES256\"?",
		SET("{\"s3.bucket-default-encryption\":{\"algorithm\":@\"AES265\"}}") },
	{ "UnknownChoice",
		"/baselines/0/set/s3.bucket-default-encryption/algorithm: must be one of \"AES256\", "
		"\"aws:kms\", not \"none\"",
		SET("{\"s3.bucket-default-encryption\":{\"algorithm\":@\"none\"}}") },
	{ "OutOfRange",
		"/baselines/0/set/s3.bucket-default-encryption/kms_key_id: has 70 bytes; at most 64 are "
		"possible",
		SET("{\"s3.bucket-default-encryption\":{\"kms_key_id\":@"
			"\"0123456789012345678901234567890123456789012345678901234567890"
			"123456789\"}}") },
	{ "UnknownChoice",
		"/baselines/0/set/guardduty.detector/features/1: unknown value \"EKS_AUDIT_LOG\"; did you "
		"mean "
		"\"EKS_AUDIT_LOGS\"?",
		SET("{\"guardduty.detector\":{\"features\":[\"S3_DATA_EVENTS\",@\"EKS_AUDIT_LOG\"]}}") },
	{ "Duplicate",
		"/baselines/0/set/guardduty.detector/features/1: \"S3_DATA_EVENTS\" is in the list already",
		SET("{\"guardduty.detector\":{\"features\":[\"S3_DATA_EVENTS\",@\"S3_DATA_EVENTS\"]}}") },
	{ "WrongType",
		"/baselines/0/set/guardduty.detector/features: must be a list of strings, not a string "
		"\"x\"",
		SET("{\"guardduty.detector\":{\"features\":@\"x\"}}") },
	{ "WrongType",
		"/baselines/0/set/guardduty.detector/features/0: must be a string, not a number 7",
		SET("{\"guardduty.detector\":{\"features\":[@7]}}") },
	{ "OutOfRange", "/baselines/0/set/guardduty.detector/trusted: must have 0 to 3 items, not 4",
		SET("{\"guardduty.detector\":{\"trusted\":@[\"a\",\"b\",\"c\",\"d\"]}}") },
	{ "MissingKey",
		"/baselines/0/set/cloudtrail.trail: the key \"bucket\" is missing: The bucket of the "
		"trail.",
		SET("{ \"cloudtrail.trail\":@{\"bucket\":null}}") },
	{ "WrongType",
		"/tiers/0/set/iam.user-mfa: must be \"auto\", \"approval\" or \"alert\", or null for the "
		"baseline's "
		"default, not a number",
		"{" ORG "\"tiers\": [{\"assign\":\"root\", \"set\":{\n\"iam.user-mfa\": @1}}]}" },
	{ "UnknownChoice", "/tiers/0/set/iam.user-mfa: unknown tier \"alter\"; did you mean \"alert\"?",
		"{" ORG "\"tiers\": [{\"assign\":\"root\", \"set\":{\n\"iam.user-mfa\": @\"alter\"}}]}" },
	{ "UnknownChoice",
		"/tiers/0/set/iam.user-mfa: must be \"auto\", \"approval\" or \"alert\", not \"human\"",
		"{" ORG "\"tiers\": [{\"assign\":\"root\", \"set\":{\n\"iam.user-mfa\": @\"human\"}}]}" },
};

#define TARGET(target) "{" ORG "\"scope\": {\"include\":\n[@" target "]}}"
#define AT_INCLUDE "/scope/include/0: "
#define NO_TARGET \
	"must be \"root\", \"ou:\" and an id or path, \"account:\" and 12 digits, or \"tag:\" and " \
	"KEY or KEY=VALUE"
#define NO_ESCAPE \
	"has a backslash that is neither \\/ (a slash in a name) nor \\\\ (a backslash in a name)"
#define EMPTY_NAME \
	"has an empty name in its path: no slash may stand at the start, at the end or beside " \
	"another; " \
	"write \\/ for a slash in a name"

static const struct mistake targets[] = {
	{ "BadValue", AT_INCLUDE "\"\" " NO_TARGET, TARGET("\"\"") },
	{ "BadValue", AT_INCLUDE "\"Root\" " NO_TARGET, TARGET("\"Root\"") },
	{ "BadValue", AT_INCLUDE "\"111122223333\" " NO_TARGET, TARGET("\"111122223333\"") },
	{ "BadValue", AT_INCLUDE "\"account:11112222333\" must have 12 digits after \"account:\"",
		TARGET("\"account:11112222333\"") },
	{ "BadValue", AT_INCLUDE "\"account:*\" must have 12 digits after \"account:\"",
		TARGET("\"account:*\"") },
	{ "BadValue",
		AT_INCLUDE
		"\"ou:\" must name an organizational unit by its id (\"ou-ab12-cd34ef56\") or its path "
		"(\"Workloads/Prod\")",
		TARGET("\"ou:\"") },
	{ "BadValue",
		AT_INCLUDE "\"ou:ou:A\" must be the id or the path alone, without a second \"ou:\"",
		TARGET("\"ou:ou:A\"") },
	{ "BadValue", AT_INCLUDE "\"ou:/A\" " EMPTY_NAME, TARGET("\"ou:/A\"") },
	{ "BadValue", AT_INCLUDE "\"ou:A/\" " EMPTY_NAME, TARGET("\"ou:A/\"") },
	{ "BadValue", AT_INCLUDE "\"ou:A//B\" " EMPTY_NAME, TARGET("\"ou:A//B\"") },
	{ "BadValue", AT_INCLUDE "\"ou:A\\B\" " NO_ESCAPE, TARGET("\"ou:A\\\\B\"") },
	{ "BadValue", AT_INCLUDE "\"ou:A\\\" " NO_ESCAPE, TARGET("\"ou:A\\\\\"") },
	{ "BadValue", AT_INCLUDE "\"tag:\" must name a tag by KEY or KEY=VALUE", TARGET("\"tag:\"") },
	{ "BadValue", AT_INCLUDE "\"tag:=x\" must name a tag by KEY or KEY=VALUE",
		TARGET("\"tag:=x\"") },
	{ "BadValue",
		AT_INCLUDE
		"\"tag:a\\b=c\" has a backslash in its key that is neither \\= (an equals sign) nor \\\\ "
		"(a backslash)",
		TARGET("\"tag:a\\\\b=c\"") },
	{ "BadValue",
		AT_INCLUDE "\"tag:tag:a\" must be KEY or KEY=VALUE alone, without a second \"tag:\"",
		TARGET("\"tag:tag:a\"") },
};

#define IN_ORG(key, value) \
	"{\"organization\": {\"home_region\": \"eu-west-1\", \"" key "\":@" value "}}"
#define IN_ROLES(roles) \
	"{\"organization\": {\"home_region\": \"eu-west-1\", \"account_roles\":{" roles "}}}"
#define IN_REGIONS(regions) "{" ORG "\"scope\": {\"regions\": " regions "}}"
#define NO_REGION "must be the code of a region, such as \"eu-west-1\""
#define NO_ROLE \
	"must be the name of an IAM role, such as \"ReeveRemediation\", with its path where it has " \
	"one " \
	"(\"security/ReeveRemediation\"), not an ARN"
#define NO_LISTEN "must be ADDRESS:PORT, such as \"127.0.0.1:8443\" or \"[::1]:8443\""

static const struct mistake places[] = {
	{ "BadValue", "/organization/home_region: \"eu-west\" " NO_REGION,
		"{\"organization\": {\"home_region\": @\"eu-west\"}}" },
	{ "BadValue", "/organization/remediation_role: \"arn:aws:iam::111122223333:role/x\" " NO_ROLE,
		IN_ORG("remediation_role", "\"arn:aws:iam::111122223333:role/x\"") },
	{ "BadValue",
		"/organization/external_id: \"a b\" must be 2 to 1224 letters, digits and _+=,.\x40:/- "
		"(what STS accepts as an "
		"external id)",
		IN_ORG("external_id", "\"a b\"") },
	{ "BadValue",
		"/organization/reader_role_arn: \"ReeveReader\" must be the ARN of an IAM role, such as "
		"\"arn:aws:iam::111122223333:role/ReeveReader\"",
		IN_ORG("reader_role_arn", "\"ReeveReader\"") },
	{ "WrongType", "/organization/account_roles: must be an object, {…}, not a list",
		IN_ORG("account_roles", "[]") },
	{ "BadValue",
		"/organization/account_roles/12: \"12\" must be an account id: 12 digits, in quotes",
		IN_ROLES("@\"12\": null") },
	{ "WrongType",
		"/organization/account_roles/111122223333: must be a string or null, not a number",
		IN_ROLES("\"111122223333\": @1") },
	{ "BadValue", "/organization/account_roles/111122223333: \"\" " NO_ROLE,
		IN_ROLES("\"111122223333\": @\"\"") },
	{ "WrongType", "/scope/regions: must be \"enabled\" or a list of regions, not \"all\"",
		IN_REGIONS("@\"all\"") },
	{ "WrongType", "/scope/regions: must be \"enabled\" or a list of regions, not a number",
		IN_REGIONS("@1") },
	{ "OutOfRange",
		"/scope/regions: must name at least one region; to leave accounts out, name them in "
		"\"exclude\"",
		IN_REGIONS("@[]") },
	{ "BadValue", "/scope/regions/1: \"global\" " NO_REGION,
		IN_REGIONS("[\"eu-west-1\", @\"global\"]") },
	{ "WrongType", "/scope/regions/0: must be the code of a region, not a number",
		IN_REGIONS("[@1]") },
	{ "Duplicate", "/scope/regions/1: \"eu-west-1\" is in the list already",
		IN_REGIONS("[\"eu-west-1\", @\"eu-west-1\"]") },
	{ "WrongType",
		"/scope/regions/1: must be an object, {…}, as the first of the list is, not a string",
		IN_REGIONS("[{\"target\": \"root\"}, @\"eu-west-1\"]") },
	{ "MissingKey",
		"/scope/regions/0: the key \"target\" is missing: The accounts that the list is for.",
		IN_REGIONS("[@{\"regions\": \"enabled\"}]") },
	{ "Conflict", "/scope/regions/1: \"root\" has other regions already, in /scope/regions/0",
		IN_REGIONS("[{\"target\": \"root\"}, @{\"target\": \"root\", \"regions\": "
				   "[\"eu-west-1\"]}]") },
	{ "BadValue",
		"/schedule/sweep: \"61 * * * *\" must have a minute (0-59) as its first field, such as 0, "
		"*/15 or 5,35",
		"{" ORG "\"schedule\": {\"sweep\": @\"61 * * * *\"}}" },
	{ "BadValue",
		"/events/queue_url: \"sqs.eu-west-1\" must be a URL, such as "
		"\"https://sqs.eu-west-1.amazonaws.com/111122223333/reeve\"",
		"{" ORG "\"events\": {\"queue_url\": @\"sqs.eu-west-1\"}}" },
	{ "BadValue", "/http/listen: \":8443\" " NO_LISTEN,
		"{" ORG "\"http\": {\"listen\": @\":8443\"}}" },
	{ "BadValue", "/http/listen: \"127.0.0.1:65536\" " NO_LISTEN,
		"{" ORG "\"http\": {\"listen\": @\"127.0.0.1:65536\"}}" },
	{ "Duplicate", "/rollout/1/wave: there is a wave \"a\" already",
		"{" ORG "\"rollout\": "
		"[{\"wave\":\"a\",\"targets\":[\"root\"]},{\"wave\":@\"a\",\"targets\":[\"root\"]}]}" },
	{ "OutOfRange", "/rollout/0/targets: must have 1 to 10000 items, not 0",
		"{" ORG "\"rollout\": [{\"wave\":\"a\",\"targets\":@[]}]}" },
	{ "OutOfRange", "/rollout/0/soak_minutes: must be between 0 and 10080, not -1",
		"{" ORG "\"rollout\": [{\"wave\":\"a\",\"targets\":[\"root\"],\"soak_minutes\":@-1}]}" },
	{ "BadValue",
		"/windows/0/time_zone: \"Europe/Nowhere\" must be a time zone of the tz database that is "
		"installed here, "
		"such as \"Europe/Berlin\" (Debian's package tzdata)",
		"{" ORG "\"windows\": [{\"targets\":[\"root\"],\"cron\":\"0 1 * * "
		"*\",\"duration_minutes\":60,\"time_zone\":@\"Europe/Nowhere\"}]}" },
	{ "BadValue", "/rollout/0/wave: \"a b\" must be 1 to 64 letters, digits and _.-",
		"{" ORG "\"rollout\": [{\"wave\":@\"a b\",\"targets\":[\"root\"]}]}" },
};

#define EXCEPTION(start, rest) \
	"{" ORG "\"exceptions\": [" start "\"reason\": \"r\", \"owner\": \"o\", " rest "}]}"
#define MFA "\"baseline\": \"iam.user-mfa\""
#define IN_TIME "\"expires\": \"2030-01-31\""
#define NO_DATE \
	"must be a date that exists, such as \"2027-01-31\" (to its end, in UTC) or " \
	"\"2027-01-31T18:00:00Z\""

static const struct mistake exceptions[] = {
	{ "MissingKey",
		"/exceptions/0: the key \"expires\" is missing: When it ends: a date (to its end, in UTC) "
		"or a time in "
		"RFC 3339.",
		EXCEPTION("@{", "\"account\": \"*\", " MFA) },
	{ "MissingKey",
		"/exceptions/0: names no account: it must have \"account\" (an id, or \"*\" for every "
		"account), \"ou\" or "
		"\"tag\"",
		EXCEPTION("@{", MFA ", " IN_TIME) },
	{ "BadValue", "/exceptions/0/expires: \"2027-02-30\" " NO_DATE,
		EXCEPTION("{", "\"account\": \"*\", \"expires\": @\"2027-02-30\", " MFA) },
	{ "BadValue", "/exceptions/0/expires: \"2027-01-31T18:00\" " NO_DATE,
		EXCEPTION("{", "\"account\": \"*\", \"expires\": @\"2027-01-31T18:00\", " MFA) },
	{ "BadValue",
		"/exceptions/0/account: \"Prod\" must be an account id (12 digits, in quotes) or \"*\" for "
		"every account",
		EXCEPTION("{", "\"account\": @\"Prod\", " IN_TIME ", " MFA) },
	{ "BadValue",
		"/exceptions/0/ou: \"ou:Prod\" must be the id or the path alone, without a second \"ou:\"",
		EXCEPTION("{", "\"ou\": @\"ou:Prod\", " IN_TIME ", " MFA) },
	{ "BadValue", "/exceptions/0/tag: \"=\" must name a tag by KEY or KEY=VALUE",
		EXCEPTION("{", "\"tag\": @\"=\", " IN_TIME ", " MFA) },
	{ "UnknownBaseline",
		"/exceptions/0/baseline: unknown baseline \"iam.mfa\"; did you mean \"iam.user-mfa\"?",
		EXCEPTION("{", "\"account\": \"*\", @\"baseline\": \"iam.mfa\", " IN_TIME) },
	{ "UnknownBaseline",
		"/exceptions/0/baseline: no baseline matches \"ec2.*\"; `reeve baselines` lists the known "
		"ones",
		EXCEPTION("{", "\"account\": \"*\", \"baseline\": @\"ec2.*\", " IN_TIME) },
	{ "BadValue", "/exceptions/0/resource: \" \" must not be empty",
		EXCEPTION("{", "\"account\": \"*\", \"resource\": @\" \", " MFA ", " IN_TIME) },
	{ "WrongType", "/exceptions/0/ticket: must be a string, not a number 7",
		EXCEPTION("{", "\"account\": \"*\", \"ticket\": @7, " MFA ", " IN_TIME) },
};

#define TWO(section, a, b) \
	"{" ORG "\"" section "\": [{\"assign\":\"root\", " a "}, @{\"assign\":\"root\", " b "}]}"
#define PASSWORD(settings) "\"set\": {\"iam.password-policy\": {" settings "}}"

static const struct mistake conflicts[] = {
	{ "Conflict",
		"/baselines/1: \"root\" is assigned in /baselines/0 too, and the two disagree on the "
		"setting "
		"\"minimum_length\" of \"iam.password-policy\": 14 and 20",
		TWO("baselines", PASSWORD("\"minimum_length\": 14"), PASSWORD("\"minimum_length\": 20")) },
	{ "Conflict",
		"/baselines/1: \"root\" is assigned in /baselines/0 too, and the two disagree on the "
		"setting "
		"\"minimum_length\" of \"iam.password-policy\": 20 and 14",
		TWO("baselines", PASSWORD("\"minimum_length\": 20"),
			PASSWORD("\"minimum_length\": null")) },
	{ "Conflict",
		"/baselines/1: \"root\" is assigned in /baselines/0 too, and the two disagree on "
		"\"iam.password-policy\", "
		"which one of them sets and the other unsets",
		TWO("baselines", PASSWORD(""), "\"unset\": [\"iam.password-policy\"]") },
	{ "Conflict",
		"/tiers/1: \"root\" is assigned in /tiers/0 too, and the two disagree on the tier of "
		"\"iam.user-mfa\": "
		"\"auto\" and \"alert\"",
		TWO("tiers", "\"set\": {\"iam.user-mfa\": \"auto\"}",
			"\"set\": {\"iam.user-mfa\": null}") },
	{ "Conflict", "/baselines/0/unset/0: \"iam.user-mfa\" is in \"set\" of the same item",
		"{" ORG "\"baselines\": [{\"assign\":\"root\", \"set\":{\"iam.user-mfa\":{}}, "
		"\"unset\":[@\"iam.user-mfa\"]}]}" },
};

/* Takes the mark out of the text and writes "reeve.json:LINE:COLUMN: " for it. */
static void take_mark(char *text, char *place, size_t size)
{
	char *mark = strchr(text, '@');
	int line = 1, column = 1;

	snprintf(place, size, "reeve.json: ");
	if (mark == NULL)
		return;
	for (const char *c = text; c < mark; c++) {
		column = *c == '\n' ? 1 : column + 1; /* there is no multibyte character before a mark */
		line += *c == '\n';
	}
	memmove(mark, mark + 1, strlen(mark));
	snprintf(place, size, "reeve.json:%d:%d: ", line, column);
}

static void check_text(const char *text, const char *code, const char *message)
{
	struct config *config = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(config_parse(text, strlen(text), "reeve.json", &fake_catalogue, &config, &err),
		-1);
	assert_null(config);
	assert_int_equal(err.kind, ERR_CONFIG);
	char *more = strstr(err.message, " (and ");
	if (more != NULL)
		*more = '\0';
	assert_string_equal(err.message, message);
	assert_string_equal(err.code, code);
}

static void check_mistake(const struct mistake *mistake)
{
	char place[64], *want = NULL, *text = strdup(mistake->text);

	assert_non_null(text);
	take_mark(text, place, sizeof place);
	assert_true(asprintf(&want, "%s%s", place, mistake->message) > 0);
	check_text(text, mistake->code, want);
	free(want);
	free(text);
}

static void test_syntax(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(syntax); i++) {
		char *want = NULL;

		assert_true(asprintf(&want, "reeve.json:%s", syntax[i].message) > 0);
		check_text(syntax[i].text, syntax[i].code, want);
		free(want);
	}
}

static void check_mistakes(const struct mistake *mistakes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_mistake(&mistakes[i]);
}

#define MISTAKE_TEST(table) \
	static void test_##table(void **state) \
	{ \
		(void)state; \
		check_mistakes(table, ARRAY_LENGTH(table)); \
	}
MISTAKE_TEST(keys)
MISTAKE_TEST(values)
MISTAKE_TEST(targets)
MISTAKE_TEST(places)
MISTAKE_TEST(exceptions)
MISTAKE_TEST(conflicts)

static void test_limits_of_text(void **state)
{
	struct config *config;
	struct err err = ERR_INIT;
	size_t size = CONFIG_MAX_BYTES + 1;
	char *text = malloc(size + 1);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', size);
	text[size] = '\0';
	assert_int_equal(config_parse(text, size, "reeve.json", &fake_catalogue, &config, &err), -1);
	assert_string_equal(err.code, "TooLarge");
	memset(text, '[', 65);
	text[65] = '\0';
	assert_int_equal(config_parse(text, 65, "reeve.json", &fake_catalogue, &config, &err), -1);
	assert_string_equal(err.code, "TooDeep");
	assert_int_equal(config_parse("{\n \0}", 5, "reeve.json", &fake_catalogue, &config, &err), -1);
	assert_string_equal(err.code, "NulByte");
	assert_non_null(strstr(err.message, "reeve.json:2:2: holds a NUL byte"));
	free(text);
}

struct collected {
	size_t count, too_many;
	struct err last;
};

static void collect(void *user, const struct err *err)
{
	struct collected *collected = user;

	collected->count++;
	collected->too_many += strcmp(err->code, "TooManyErrors") == 0;
	collected->last = *err;
}

static void test_every_error_is_reported(void **state)
{
	static const char text[] =
		"{\"organization\": {\"home_region\": 1, \"x\": 1}, \"scope\": {\"regions\": 1, "
		"\"include\": [\"a\"]},"
		"\"baselines\": [{\"assign\": \"b\", \"set\": {\"c\": {}, \"iam.user-mfa\": 1}}], "
		"\"tiers\": [1],"
		"\"exceptions\": [{}], \"limits\": {\"in_flight\": -1}, \"nothing\": 1}";
	struct collected collected = { 0 };
	struct config *config;
	struct err err = ERR_INIT;

	(void)state;
	/* The errors are about: the whole, home_region, x, include, assign, tiers/0, 4 keys of the
	 * exception, in_flight, regions, c, iam.user-mfa, and the exception that names no account. */
	assert_int_equal(
		config_check(text, strlen(text), "reeve.json", &fake_catalogue, collect, &collected), 15);
	assert_int_equal(collected.count, 15);
	assert_int_equal(config_parse(text, strlen(text), "reeve.json", &fake_catalogue, &config, &err),
		-1);
	assert_string_equal(err.code, "UnknownKey");
	assert_non_null(strstr(err.message, " (and 14 more; see `reeve config check`)"));
}

static void test_errors_are_bounded(void **state)
{
	struct collected collected = { 0 };
	CLEANUP_BUF struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	buf_add_string(&text, "{" ORG "\"limits\": {");
	for (int i = 0; i < 1000; i++)
		buf_add_format(&text, "%s\"key%d\": 1", i > 0 ? "," : "", i);
	buf_add_string(&text, "}}");
	assert_int_equal(config_check(text.data, text.length, "reeve.json", &fake_catalogue, collect,
						 &collected),
		1000);
	assert_int_equal(collected.count, 101);
	assert_int_equal(collected.too_many, 1);
	assert_string_equal(collected.last.message,
		"reeve.json:1:1: there may be more errors; these come first");
}

static void test_long_names_are_cut(void **state)
{
	struct config *config;
	struct err err = ERR_INIT;
	CLEANUP_BUF struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	buf_add_string(&text, "{" ORG "\"");
	for (int i = 0; i < 2000; i++)
		buf_add_string(&text, "\xe2\x82\xac");
	buf_add_string(&text, "\": 1}");
	assert_int_equal(
		config_parse(text.data, text.length, "reeve.json", &fake_catalogue, &config, &err), -1);
	json_t *message = json_string(err.message); /* refuses a character that was cut in two */
	assert_non_null(message);
	json_decref(message);
	assert_non_null(strstr(err.message, "\xe2\x82\xac…\"; `reeve config schema`"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_exceptions),
		cmocka_unit_test(test_conflicts),
		cmocka_unit_test(test_limits_of_text),
		cmocka_unit_test(test_every_error_is_reported),
		cmocka_unit_test(test_errors_are_bounded),
		cmocka_unit_test(test_long_names_are_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
