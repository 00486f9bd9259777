/* The sections for `serve`: its schedule, its events and their routes, Security Hub, the HTTP API,
 * roles of people. */
#include "test_config_help.h"

#include "base/json_write.h"
#include "base/mem.h"
#include "config/schema.h"
#include "config/values.h"

#define ROUTES(items) "\"events\": {\"routes\": [" items "]}"
#define TEN "abcdefghij"
#define LONG_NAME TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define PATTERN "\"pattern\": {\"source\": [\"aws.guardduty\"]}"

static const struct {
	const char *sections;
	const char *code, *complaint; /* NULL: none */
} cases[] = {
	{ "\"schedule\": {\"sweep\": \"0 */6 * * *\", \"time_zone\": \"UTC\", \"jitter_seconds\": "
	  "3600, \"catch_up\": false}",
		NULL, NULL },
	{ "\"schedule\": {\"sweep\": \"0 25 * * *\"}", "BadValue", "/schedule/sweep: " },
	{ "\"schedule\": {\"time_zone\": \"Mars/Olympus\"}", "BadValue",
		"/schedule/time_zone: \"Mars/Olympus\" must be" },
	{ "\"schedule\": {\"jitter_seconds\": 3601}", "OutOfRange",
		"/schedule/jitter_seconds: must be between 0 and 3600" },
	{ "\"schedule\": {\"catch_up\": \"yes\"}", "WrongType",
		"/schedule/catch_up: must be true or false" },
	{ "\"schedule\": {\"catchup\": true}", "UnknownKey",
		"unknown key \"catchup\"; did you mean \"catch_up\"?" },

	{ "\"events\": {\"queue_url\": \"https://sqs.eu-west-1.amazonaws.com/111122223333/reeve\", "
	  "\"queue_region\": \"eu-west-1\"}",
		NULL, NULL },
	{ "\"events\": {\"queue_url\": \"reeve\"}", "BadValue",
		"/events/queue_url: \"reeve\" must be a URL" },
	{ "\"events\": {\"queue_region\": \"Ireland\"}", "BadValue",
		"/events/queue_region: \"Ireland\" must be the code of a region" },
	{ "\"events\": {\"receivers\": 0}", "OutOfRange",
		"/events/receivers: must be between 1 and 32" },
	{ "\"events\": {\"receivers\": 33}", "OutOfRange",
		"/events/receivers: must be between 1 and 32" },
	{ "\"events\": {\"most_held\": 9}", "OutOfRange", "must be between 10 and 100000" },
	{ "\"events\": {\"visibility_seconds\": 29}", "OutOfRange", "must be between 30 and 43200" },
	{ "\"events\": {\"settle_seconds\": 601}", "OutOfRange", "must be between 0 and 600" },
	{ "\"events\": {\"settle_limit_seconds\": 0}", "OutOfRange", "must be between 1 and 3600" },
	{ "\"events\": {\"settle_seconds\": 60, \"settle_limit_seconds\": 60}", NULL, NULL },
	{ "\"events\": {\"settle_seconds\": 61}", "OutOfRange",
		"/events/settle_limit_seconds: is 60, less than settle_seconds, 61" },
	{ "\"events\": {\"settle_seconds\": \"x\", \"settle_limit_seconds\": 1}", "WrongType",
		"/events/settle_seconds" },
	{ "\"events\": {\"retention_days\": 31}", "OutOfRange", "must be between 1 and 30" },
	{ "\"events\": {\"limits_minutes\": 1441}", "OutOfRange", "must be between 1 and 1440" },
	{ "\"events\": {\"attempts\": 21}", "OutOfRange", "must be between 1 and 20" },

	{ ROUTES(""), NULL, NULL },
	{ "\"events\": {\"routes\": null}", NULL, NULL },
	{ ROUTES("{\"name\": \"a\", " PATTERN ", \"baselines\": [\"iam.user-mfa\"]}"), NULL, NULL },
	{ ROUTES("{\"name\": \"a\", " PATTERN ", \"action\": \"sweep\"}, {\"name\": \"b\", " PATTERN
			 ", \"action\": \"ignore\", \"baselines\": []}"),
		NULL, NULL },
	{ "\"events\": {\"routes\": {}}", "WrongType",
		"/events/routes: must be a list, […], not an object" },
	{ ROUTES("null"), "WrongType", "/events/routes/0: must be an object, {…}, not null" },
	{ ROUTES("5"), "WrongType", "/events/routes/0: must be an object, {…}, not a number" },
	{ ROUTES("{\"pattern\": {\"a\": [1]}, \"action\": \"sweep\"}"), "MissingKey",
		"/events/routes/0: the key \"name\" is missing" },
	{ ROUTES("{\"name\": \"a b\", " PATTERN ", \"action\": \"sweep\"}"), "BadValue",
		"/events/routes/0/name: \"a b\" must be 1 to 64" },
	{ ROUTES("{\"name\": \"a\", \"action\": \"sweep\"}"), "MissingKey",
		"the key \"pattern\" is missing" },
	{ ROUTES("{\"name\": \"a\", \"action\": \"sweep\", \"pattern\": null}"), "MissingKey",
		"the key \"pattern\" is missing" },
	{ ROUTES("{\"name\": \"a\", \"action\": \"sweep\", \"pattern\": \"x\"}"), "WrongType",
		"/events/routes/0/pattern: must be an object, {…}, not a string" },
	{ ROUTES("{\"name\": \"a\", \"action\": \"sweep\", \"pattern\": {\"source\": \"aws.s3\"}}"),
		"WrongType",
		"/events/routes/0/pattern/source: must be a list of values, such as [\"aws.s3\"]" },
	{ ROUTES("{\"name\": \"a\", \"action\": \"sweep\", \"pattern\": {\"detail\": {\"x\": "
			 "[{\"prefx\": \"y\"}]}}}"),
		"UnknownOperator",
		"/events/routes/0/pattern/detail/x/0/prefx: unknown operator \"prefx\"; did you mean "
		"\"prefix\"?" },
	{ ROUTES("{\"name\": \"a\", " PATTERN ", \"action\": \"swep\"}"), "UnknownChoice",
		"did you mean \"sweep\"?" },
	{ ROUTES("{\"name\": \"a\", " PATTERN ", \"baselines\": \"iam.user-mfa\"}"), "WrongType",
		"/events/routes/0/baselines: must be a list of strings" },
	{ ROUTES("{\"name\": \"a\", " PATTERN ", \"baselines\": [\"iam.usr-mfa\"]}"), "UnknownBaseline",
		"/events/routes/0/baselines/0: unknown baseline \"iam.usr-mfa\"; did you mean "
		"\"iam.user-mfa\"?" },
	{ ROUTES("{\"name\": \"a\", " PATTERN ", \"baselines\": [\"iam.user-mfa\", \"iam.user-mfa\"]}"),
		"Duplicate", "is in the list already" },
	{ ROUTES("{\"name\": \"a\", " PATTERN "}"), "Conflict",
		"/events/routes/0/baselines: must name at least one baseline for the action \"check\"" },
	{ ROUTES("{\"name\": \"a\", " PATTERN
			 ", \"action\": \"retire\", \"baselines\": [\"iam.user-mfa\"]}"),
		"Conflict", "/events/routes/0/baselines: must be left out for the action \"retire\"" },
	{ ROUTES("{\"name\": \"a\", " PATTERN ", \"action\": \"sweep\"}, {\"name\": \"a\", " PATTERN
			 ", \"action\": \"sweep\"}"),
		"Duplicate", "/events/routes/1/name: there is a rule \"a\" already" },
	{ ROUTES("{\"name\": \"a\", " PATTERN ", \"action\": \"sweep\", \"baseline\": []}"),
		"UnknownKey", "did you mean \"baselines\"?" },

	{ "\"security_hub\": {\"import\": true, \"update\": true}", NULL, NULL },
	{ "\"security_hub\": {\"import\": 1}", "WrongType",
		"/security_hub/import: must be true or false" },

	{ "\"http\": {\"listen\": \"127.0.0.1:8443\"}", NULL, NULL },
	{ "\"http\": {\"listen\": \"127.8.0.1:8443\"}", NULL, NULL },
	{ "\"http\": {\"listen\": \"[::1]:8443\"}", NULL, NULL },
	{ "\"http\": {\"listen\": \"localhost:0\"}", NULL, NULL },
	{ "\"http\": {\"listen\": \"0.0.0.0:8443\", \"certificate_file\": \"/etc/reeve/c.pem\", "
	  "\"key_file\": \"/etc/reeve/k.pem\"}",
		NULL, NULL },
	{ "\"http\": {\"certificate_file\": \"/c.pem\", \"key_file\": \"/k.pem\"}", NULL, NULL },
	{ "\"http\": {\"listen\": \"0.0.0.0:8443\"}", "NeedsTls",
		"/http/listen: \"0.0.0.0:8443\" is reached from other machines, which needs TLS" },
	{ "\"http\": {\"listen\": \"[::]:8443\"}", "NeedsTls", "is reached from other machines" },
	{ "\"http\": {\"listen\": \"10.0.0.5:8443\"}", "NeedsTls", "is reached from other machines" },
	{ "\"http\": {\"listen\": \"reeve.example.com:8443\"}", "NeedsTls",
		"is reached from other machines" },
	{ "\"http\": {\"listen\": \"localhost.example.com:8443\"}", "NeedsTls",
		"is reached from other machines" },
	{ "\"http\": {\"listen\": \"127.0.0.1.example.com:8443\"}", "NeedsTls",
		"is reached from other machines" },
	{ "\"http\": {\"certificate_file\": \"/c.pem\"}", "Conflict",
		"/http: has \"certificate_file\" without \"key_file\"; TLS needs both" },
	{ "\"http\": {\"listen\": \"127.0.0.1:1\", \"key_file\": \"/k.pem\"}", "Conflict",
		"/http: has \"key_file\" without \"certificate_file\"" },
	{ "\"http\": {\"certificate_file\": \"c.pem\", \"key_file\": \"/k.pem\"}", "BadValue",
		"/http/certificate_file: \"c.pem\" must be the whole path" },
	{ "\"http\": {\"certificate_file\": \"/c.pem\", \"key_file\": \"k.pem\"}", "BadValue",
		"/http/key_file: \"k.pem\" must be the whole path" },
	{ "\"http\": {\"hosts\": [\"reeve.example.com\", \"reeve\", \"10.0.0.5\"]}", NULL, NULL },
	{ "\"http\": {\"hosts\": [\"https://reeve.example.com\"]}", "BadValue",
		"must be the name of a host, such as \"reeve.example.com\"" },
	{ "\"http\": {\"hosts\": [\"reeve.example.com:8443\"]}", "BadValue",
		"must be the name of a host" },
	{ "\"http\": {\"hosts\": [\"reeve..com\"]}", "BadValue", "must be the name of a host" },
	{ "\"http\": {\"hosts\": [\"-reeve.com\"]}", "BadValue", "must be the name of a host" },
	{ "\"http\": {\"hosts\": [\"reeve-.com\"]}", "BadValue", "must be the name of a host" },
	{ "\"http\": {\"hosts\": [\"reeve.com.\"]}", "BadValue", "must be the name of a host" },
	{ "\"http\": {\"hosts\": [\"\"]}", "BadValue", "must be the name of a host" },
	{ "\"http\": {\"hosts\": [\"a\", \"a\"]}", "Duplicate", "is in the list already" },
	{ "\"http\": {\"requests_per_minute\": 0}", "OutOfRange", "must be between 1 and 100000" },
	{ "\"http\": {\"socket\": \"/run/reeve/reeve.sock\"}", NULL, NULL },
	{ "\"http\": {\"socket\": \"/reeve.sock\", \"socket_group\": \"oncall\"}", NULL, NULL },
	{ "\"http\": {\"socket\": \"reeve.sock\"}", "BadValue",
		"/http/socket: \"reeve.sock\" must be the whole path of a socket" },
	{ "\"http\": {\"socket\": \"/run/reeve/\"}", "BadValue", "must be the whole path of a socket" },
	{ "\"http\": {\"socket\": \"/run/..\"}", "BadValue", "must be the whole path of a socket" },
	{ "\"http\": {\"socket\": \"/run/.\"}", "BadValue", "must be the whole path of a socket" },
	{ "\"http\": {\"socket\": \"/run/a\\nb\"}", "BadValue", "must be the whole path of a socket" },
	{ "\"http\": {\"socket\": \"/" LONG_NAME "\"}", "OutOfRange", "/http/socket: has 111 bytes" },
	{ "\"http\": {\"socket_group\": \"oncall\"}", "Conflict",
		"/http/socket_group: is given without \"socket\"" },
	{ "\"http\": {\"socket\": \"/s\", \"socket_group\": \"\"}", "BadValue",
		"/http/socket_group: \"\" must be the name of a system group" },
	{ "\"http\": {\"socket\": \"/s\", \"socket_group\": \"a b\"}", "BadValue",
		"must be the name of a system group" },
	{ "\"http\": {\"socket\": \"/s\", \"socket_group\": \"a:b\"}", "BadValue",
		"must be the name of a system group" },

	{ "\"people\": [{\"name\": \"A\", \"system_users\": [\"a\"], \"role\": \"viewer\"}, {\"name\": "
	  "\"B\", \"role\": \"ingest\"}]",
		NULL, NULL },
	{ "\"people\": [{\"name\": \"A\", \"role\": \"root\"}]", "UnknownChoice", "/people/0/role: " },
};

static int parse(const char *sections, struct config **config, struct err *err)
{
	CLEANUP_FREE char *text = xasprintf("{%s, %s}", ORGANIZATION, sections);

	return config_parse(text, strlen(text), "reeve.json", &fake_catalogue, config, err);
}

static void test_checks(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct config *config = NULL;
		struct err err = ERR_INIT;
		int result = parse(cases[i].sections, &config, &err);

		if (cases[i].code == NULL && result < 0)
			fail_msg("%s: %s", cases[i].sections, err.message);
		if (cases[i].code != NULL &&
			(result == 0 || strcmp(err.code, cases[i].code) != 0 ||
				strstr(err.message, cases[i].complaint) == NULL))
			fail_msg("%s: %s %s", cases[i].sections, err.code, err.message);
		config_free(config);
	}
}

static void check_section(const struct config *config, const char *section, const char *expected)
{
	CLEANUP_FREE char *text = json_to_text(config_get(config, section));

	assert_string_equal(text, expected);
}

static void test_defaults(void **unused)
{
	struct config *config = config_of("\"people\": [{\"name\": \"A\"}]");

	(void)unused;
	check_section(config, "schedule",
		"{\"sweep\":null,\"time_zone\":\"UTC\",\"jitter_seconds\":0,\"catch_up\":true}");
	check_section(config, "events",
		"{\"queue_url\":null,\"queue_region\":null,\"receivers\":4,\"most_held\":10000,"
		"\"visibility_seconds\":120,\"settle_seconds\":10,"
		"\"settle_limit_seconds\":60,\"retention_days\":4,\"limits_minutes\":60,\"attempts\":5,"
		"\"routes\":[]}");
	check_section(config, "security_hub", "{\"import\":false,\"update\":false}");
	check_section(config, "http",
		"{\"listen\":null,\"certificate_file\":null,\"key_file\":null,\"hosts\":[],\"requests_per_"
		"minute\":600,\"socket\":null,\"socket_group\":null}");
	check_section(config, "people",
		"[{\"name\":\"A\",\"system_users\":[],\"aws\":[],\"tokens\":[],\"role\":\"responder\"}]");
	config_free(config);
}

static void test_routes_are_resolved(void **unused)
{
	struct config *config = config_of("\"events\": {\"attempts\": 2, \"routes\": [{\"name\": "
									  "\"a\", " PATTERN ", \"baselines\": [\"iam.user-mfa\"]}]}");
	CLEANUP_FREE char *text = json_to_text(json_object_get(config_get(config, "events"), "routes"));

	(void)unused;
	assert_string_equal(text,
		"[{\"name\":\"a\",\"pattern\":{\"source\":[\"aws.guardduty\"]},\"action\":\"check\","
		"\"baselines\":[\"iam.user-mfa\"]}]");
	assert_int_equal(config_integer(config, "events", "attempts"), 2);
	config_free(config);
}

static void test_too_many_routes(void **unused)
{
	CLEANUP_BUF struct buf text = BUF_INIT(1000000);
	struct config *config = NULL;
	struct err err = ERR_INIT;

	(void)unused;
	buf_add_string(&text, "\"events\": {\"routes\": [");
	for (int i = 0; i <= 200; i++)
		buf_add_format(&text, "%s{\"name\": \"r%d\", " PATTERN ", \"action\": \"ignore\"}",
			i > 0 ? ", " : "", i);
	buf_add_string(&text, "]}");
	assert_int_equal(parse(text.data, &config, &err), -1);
	assert_string_equal(err.code, "OutOfRange");
	assert_non_null(strstr(err.message, "/events/routes: has 201 items; at most 200 are possible"));
}

static void note(void *user, const struct err *err)
{
	buf_add_format(user, "%s\n", err->message);
}

/* All errors of a pattern are reported at once, each with its line and column. */
static void test_places(void **unused)
{
	static const char text[] =
		"{\"organization\": {\"home_region\": \"eu-west-1\"},\n"
		" \"events\": {\"routes\": [\n"
		"  {\"name\": \"a\", \"action\": \"sweep\",\n"
		"   \"pattern\": {\"source\": \"aws.s3\",\n"
		"               \"detail\": {\"x\": [{\"cidr\": \"10.0.0.1\"}]}}}]}}\n";
	CLEANUP_BUF struct buf told = BUF_INIT(10000);

	(void)unused;
	assert_int_equal(config_check(text, strlen(text), "reeve.json", &fake_catalogue, note, &told),
		2);
	assert_non_null(strstr(told.data,
		"reeve.json:4:26: /events/routes/0/pattern/source: must be a list"));
	assert_non_null(strstr(told.data,
		"reeve.json:5:42: /events/routes/0/pattern/detail/x/0/cidr: \"10.0.0.1\" must be a "
		"network"));
}

/* The schema describes a route, with the ids of the baselines. */
static void test_schema(void **unused)
{
	CLEANUP_JSON json_t *schema = config_schema(&fake_catalogue);
	json_t *routes = json_object_get(
		json_object_get(json_object_get(json_object_get(schema, "properties"), "events"),
			"properties"),
		"routes");
	json_t *properties = json_object_get(json_object_get(routes, "items"), "properties");

	(void)unused;
	assert_string_equal(json_get_string(json_object_get(properties, "pattern"), "type"), "object");
	assert_string_equal(
		json_get_string(json_object_get(json_object_get(properties, "baselines"), "items"), "$ref"),
		"#/$defs/baseline_id");
	assert_int_equal(json_array_size(json_object_get(json_object_get(routes, "items"), "required")),
		2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_routes_are_resolved),
		cmocka_unit_test(test_too_many_routes),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_schema),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
