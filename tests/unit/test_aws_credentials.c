/* Tests of every link of the credential chain, and of their order. */
#include "aws_client_help.h"

#include "aws/client_settings.h"
#include "aws/credentials/credentials.h"
#include "aws/session.h"
#include "base/banned.h"
#include "base/clock.h"

#include <sys/stat.h>

static char folder[64];
static struct {
	char body[8192], authorization[256], token_header[128], target[256];
	atomic_int imds_tokens, failures_left;
	bool no_role, sts_seen_signature;
} world;

static const char keys_document[] = "{\"Code\":\"Success\",\"AccessKeyId\":\"ASIADOC\","
									"\"SecretAccessKey\":\"doc-secret\",\"Token\":\"doc-token\","
									"\"Expiration\":\"2099-01-01T00:00:00Z\"}";

static void answer_sts(const struct fake_request *request, struct fake_answer *answer)
{
	const char *operation = strstr(request->body, "WithWebIdentity") != NULL
		? "AssumeRoleWithWebIdentity"
		: "AssumeRole";
	char authorization[512], key[64] = "none";

	snprintf(world.body, sizeof world.body, "%.*s", (int)request->body_length, request->body);
	fake_header(request, "authorization", authorization, sizeof authorization);
	world.sts_seen_signature = authorization[0] != '\0';
	/* The new key shows which provider was asked. */
	sscanf(authorization, "AWS4-HMAC-SHA256 Credential=%63[^/]", key);
	snprintf(answer->body, sizeof answer->body,
		"<%sResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><%sResult><Credentials>"
		"<AccessKeyId>BY-%s</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</"
		"SessionToken>"
		"<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></"
		"%sResult><ResponseMetadata><RequestId>r</RequestId>"
		"</ResponseMetadata></%sResponse>",
		operation, operation, key, operation, operation);
}

static void answer_imds(const struct fake_request *request, struct fake_answer *answer)
{
	fake_header(request, "x-aws-ec2-metadata-token", world.token_header, sizeof world.token_header);
	if (strcmp(request->method, "PUT") == 0) {
		atomic_fetch_add(&world.imds_tokens, 1);
		snprintf(answer->body, sizeof answer->body, "imds-token");
	} else if (strcmp(world.token_header, "imds-token") != 0) {
		answer->status = 401;
	} else if (world.no_role) {
		answer->status = 404;
	} else if (strcmp(request->target, "/latest/meta-data/iam/security-credentials/") == 0) {
		snprintf(answer->body, sizeof answer->body, "my-role");
	} else if (strcmp(request->target, "/latest/meta-data/iam/security-credentials/my-role") == 0) {
		snprintf(answer->body, sizeof answer->body, "%s", keys_document);
	} else {
		answer->status = 400;
	}
}

static void answer_all(void *argument, const struct fake_request *request,
	struct fake_answer *answer)
{
	(void)argument;
	if (strncmp(request->target, "/latest/", 8) == 0) {
		answer_imds(request, answer);
		return;
	}
	if (strncmp(request->target, "/creds", 6) == 0) {
		fake_header(request, "authorization", world.authorization, sizeof world.authorization);
		if (atomic_fetch_sub(&world.failures_left, 1) > 0)
			answer->status = 500;
		snprintf(answer->body, sizeof answer->body, "%s",
			strcmp(request->target, "/creds-bad") == 0
				? "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":3,\"x\":\"hidden-secret"
				: keys_document);
		return;
	}
	answer_sts(request, answer);
}

/* --- running --- */

static struct err last;
static char got_id[128], got_secret[128], got_token[128];

static void get(struct bench *bench)
{
	const struct aws_credentials *credentials;

	err_clear(&last);
	got_id[0] = '\0';
	if (aws_session_get(aws_session_default(bench->aws), NULL, &credentials, &last) < 0)
		return;
	snprintf(got_id, sizeof got_id, "%s", credentials->access_key_id);
	snprintf(got_secret, sizeof got_secret, "%s", credentials->secret_access_key);
	snprintf(got_token, sizeof got_token, "%s",
		credentials->session_token != NULL ? credentials->session_token : "");
}

static void write_file(const char *name, const char *text, char path[128])
{
	snprintf(path, 128, "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* Starts a bench without keys in the environment, with a config file of that text. */
static void begin(struct bench *bench, const char *config)
{
	char path[128];

	memset(&world, 0, sizeof world);
	bench_start(bench, answer_all);
	unsetenv("AWS_ACCESS_KEY_ID");
	unsetenv("AWS_SECRET_ACCESS_KEY");
	if (config != NULL) {
		write_file("config", config, path);
		setenv("AWS_CONFIG_FILE", path, 1);
	}
}

static void finish(struct bench *bench)
{
	bench_run(bench, NULL, get);
	bench_stop(bench);
}

static void expect_keys(const char *id)
{
	assert_ok(&last);
	assert_string_equal(got_id, id);
}

static void expect_error(const char *part)
{
	assert_int_equal(last.kind, ERR_CREDENTIALS);
	if (strstr(last.message, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part, last.message);
	/* No error shows a secret. */
	assert_null(strstr(last.message, "secret"));
}

/* --- environment --- */

static void from_the_environment(void **state)
{
	struct bench bench;

	(void)state;
	begin(&bench, "[default]\naws_access_key_id = FILE\naws_secret_access_key = s");
	setenv("AWS_ACCESS_KEY_ID", "AKIAENV", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "env-secret", 1);
	setenv("AWS_SESSION_TOKEN", "env-token", 1);
	finish(&bench);
	expect_keys("AKIAENV");
	assert_string_equal(got_secret, "env-secret");
	assert_string_equal(got_token, "env-token");
	begin(&bench, NULL);
	setenv("AWS_ACCESS_KEY_ID", "AKIAENV", 1);
	finish(&bench);
	assert_int_equal(last.kind, ERR_CREDENTIALS);
	assert_string_equal(last.code, "PartialCredentials");
}

static void nothing_found_says_where_it_looked(void **state)
{
	struct bench bench;

	(void)state;
	begin(&bench, NULL);
	setenv("AWS_EC2_METADATA_DISABLED", "false", 1);
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1", 1);
	finish(&bench);
	assert_int_equal(last.kind, ERR_CREDENTIALS);
	static const char *const parts[] = { "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"no profile \"default\"", "AWS_CONTAINER_CREDENTIALS", "no answer from http://127.0.0.1:1",
		"AWS_PROFILE" };
	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
		if (strstr(last.message, parts[i]) == NULL)
			fail_msg("\"%s\" is not in \"%s\"", parts[i], last.message);
}

/* --- web identity --- */

static void from_a_web_identity(void **state)
{
	struct bench bench;
	char path[128];

	(void)state;
	begin(&bench, NULL);
	write_file("token", "jwt.of.test\n", path);
	setenv("AWS_WEB_IDENTITY_TOKEN_FILE", path, 1);
	setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/web", 1);
	setenv("AWS_ROLE_SESSION_NAME", "me", 1);
	finish(&bench);
	expect_keys("BY-none");
	assert_false(world.sts_seen_signature);
	assert_non_null(strstr(world.body, "WebIdentityToken=jwt.of.test&") != NULL
			? ""
			: strstr(world.body, "WebIdentityToken=jwt.of.test"));
	assert_non_null(strstr(world.body, "RoleSessionName=me"));
	begin(&bench, NULL);
	setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent/token", 1);
	setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/web", 1);
	finish(&bench);
	expect_error("/nonexistent/token");
	/* The same by way of a profile. */
	char config[512];
	write_file("token", "jwt.of.test\n", path);
	snprintf(config, sizeof config,
		"[default]\nrole_arn = arn:aws:iam::1:role/web\nweb_identity_token_file = %s\n", path);
	begin(&bench, config);
	finish(&bench);
	expect_keys("BY-none");
}

/* --- profiles --- */

static void from_profiles(void **state)
{
	static const struct {
		const char *profile, *config;
		const char *id; /* expected; NULL: an error */
		const char *problem;
	} cases[] = {
		{ NULL, "[default]\naws_access_key_id = AKIAFILE\naws_secret_access_key = s", "AKIAFILE",
			NULL },
		{ "p",
			"[profile p]\naws_access_key_id = AKIAFILE\naws_secret_access_key = "
			"s\naws_session_token=t",
			"AKIAFILE", NULL },
		{ "p", "[profile p]\naws_access_key_id = AKIAFILE", NULL, "no aws_s" },
		{ "p", "[profile p]\nregion = eu-west-1", NULL, "the profile \"p\" has no keys" },
		{ "p",
			"[profile p]\nrole_arn = R\nsource_profile = q\n[profile q]\naws_access_key_id = "
			"Q\naws_secret_access_key = s",
			"BY-Q", NULL },
		{ "p",
			"[profile p]\nrole_arn = R\nsource_profile = q\n[profile q]\nrole_arn = "
			"R2\nsource_profile = r\n"
			"[profile r]\naws_access_key_id = R\naws_secret_access_key = s",
			"BY-BY-R", NULL },
		{ "p",
			"[profile p]\nrole_arn = R\nsource_profile = p\naws_access_key_id = "
			"P\naws_secret_access_key = s",
			"BY-P", NULL },
		{ "p",
			"[profile p]\nrole_arn = R\nsource_profile = q\n[profile q]\nrole_arn = "
			"R2\nsource_profile = p",
			NULL, "leads back to \"p\"" },
		{ "p",
			"[profile p]\nrole_arn = R\nsource_profile = q\n[profile q]\nrole_arn = "
			"R2\nsource_profile = p\n"
			"aws_access_key_id = Q\naws_secret_access_key = s",
			"BY-Q", NULL },
		{ "p", "[profile p]\nrole_arn = R", NULL, "either source_profile or credential_source" },
		{ "p", "[profile p]\nrole_arn = R\nsource_profile = gone", NULL,
			"\"gone\", source_profile of \"p\", does not exist" },
		{ "p", "[profile p]\nrole_arn = R\nsource_profile = q\nmfa_serial = x\n[profile q]\na=b",
			NULL, "mfa_serial" },
		{ "p", "[profile p]\nrole_arn = R\ncredential_source = Environment", NULL,
			"AWS_ACCESS_KEY_ID is not set" },
		{ "p", "[profile p]\nrole_arn = R\ncredential_source = Elsewhere", NULL, "\"Elsewhere\"" },
		{ "p", "[profile p]\nrole_arn = R\ncredential_source = Ec2InstanceMetadata", "BY-ASIADOC",
			NULL },
		{ "p", "[profile p]\nsso_session = corp", NULL, "export-credentials --profile p" },
		{ "p",
			"[profile p]\ncredential_process = printf "
			"'{\"Version\":1,\"AccessKeyId\":\"PROC\",\"SecretAccessKey\":\"s\"}'",
			"PROC", NULL },
		{ "p",
			"[profile p]\nrole_arn = R\nsource_profile = q\n[profile q]\n"
			"credential_process = printf "
			"'{\"Version\":1,\"AccessKeyId\":\"PROC\",\"SecretAccessKey\":\"s\"}'",
			"BY-PROC", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct bench bench;

		begin(&bench, cases[i].config);
		if (cases[i].profile != NULL)
			setenv("AWS_PROFILE", cases[i].profile, 1);
		setenv("AWS_EC2_METADATA_DISABLED", "false", 1);
		setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", bench.server.url, 1);
		/* An empty profile lets the chain go on, so its last provider is switched off here. */
		if (cases[i].id == NULL)
			setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
		finish(&bench);
		if (cases[i].id != NULL)
			expect_keys(cases[i].id);
		else if (strstr(cases[i].config, "aws_access_key_id = AKIAFILE") != NULL)
			assert_string_equal(last.code, "PartialCredentials");
		else
			expect_error(cases[i].problem);
	}
}

static void a_role_of_a_profile_sends_its_keys(void **state)
{
	struct bench bench;

	(void)state;
	begin(&bench,
		"[default]\nrole_arn = R\nsource_profile = q\nexternal_id = x\nrole_session_name = "
		"n\nduration_seconds = 900\n"
		"[profile q]\naws_access_key_id = Q\naws_secret_access_key = s");
	finish(&bench);
	expect_keys("BY-Q");
	assert_non_null(strstr(world.body, "ExternalId=x"));
	assert_non_null(strstr(world.body, "RoleSessionName=n"));
	assert_non_null(strstr(world.body, "DurationSeconds=900"));
}

static void unknown_profiles_and_broken_settings_stop_the_start(void **state)
{
	static const struct {
		const char *name, *value, *part;
	} cases[] = {
		{ "AWS_PROFILE", "gone", "\"gone\"" },
		{ "AWS_REGION", "no region", "\"no region\"" },
		{ "AWS_MAX_ATTEMPTS", "many", "AWS_MAX_ATTEMPTS" },
		{ "AWS_MAX_ATTEMPTS", "0", "AWS_MAX_ATTEMPTS" },
		{ "AWS_USE_FIPS_ENDPOINT", "yes", "AWS_USE_FIPS_ENDPOINT" },
		{ "AWS_STS_REGIONAL_ENDPOINTS", "global", "legacy" },
		{ "AWS_CA_BUNDLE", "/nonexistent.pem", "/nonexistent.pem" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct err err = ERR_INIT;
		struct loop *loop;
		struct aws *aws = NULL;

		bench_environment("http://127.0.0.1:1");
		setenv(cases[i].name, cases[i].value, 1);
		assert_int_equal(loop_new(NULL, &loop, &err), 0);
		assert_int_equal(aws_new(loop, NULL, credentials_resolve, &aws, &err), -1);
		assert_int_equal(err.kind, ERR_CONFIG);
		assert_non_null(strstr(err.message, cases[i].part));
		loop_free(loop);
	}
}

/* --- credential_process --- */

static void check_process(const char *command, const char *problem)
{
	struct bench bench;
	char config[512];

	snprintf(config, sizeof config, "[default]\ncredential_process = %s\n", command);
	begin(&bench, config);
	finish(&bench);
	expect_error(problem);
}

static void a_failing_command_is_reported_without_its_output(void **state)
{
	(void)state;
	check_process("echo secret >&2; echo secret; exit 3", "ended with status 3");
	check_process("echo secret", "printed no JSON");
	check_process("echo '{\"Version\":2}'", "JSON document whose Version is 1");
	check_process("echo '{\"Version\":1,\"AccessKeyId\":\"A\"}'", "returned no AccessKeyId or");
	check_process("kill -9 $$", "ended by signal 9");
	check_process("yes secret", "prints more than 65536 bytes");
	check_process("/nonexistent/program", "ended with status 127");
}

static void cancel_later(void *argument)
{
	struct bench *bench = argument;

	(void)!fiber_sleep(50);
	loop_cancel(bench->loop);
}

static void get_and_cancel(struct bench *bench)
{
	MUST(fiber_spawn(bench->loop, "cancel", cancel_later, bench, NULL) == 0);
	get(bench);
}

static void a_slow_command_does_not_delay_a_cancellation(void **state)
{
	struct bench bench;
	int64_t began_us = clock_monotonic_us();

	(void)state;
	begin(&bench, "[default]\ncredential_process = sleep 30; echo");
	bench_run(&bench, NULL, get_and_cancel);
	bench_stop(&bench);
	assert_int_equal(last.kind, ERR_CANCELLED);
	assert_true(clock_monotonic_us() - began_us < 30000000); /* before the command ends */
}

/* --- container --- */

static void from_a_container(void **state)
{
	struct bench bench;
	char url[128], path[128];

	(void)state;
	begin(&bench, NULL);
	snprintf(url, sizeof url, "%s/creds?x=1", bench.server.url);
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, 1);
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Bearer a", 1);
	atomic_store(&world.failures_left, 2);
	finish(&bench);
	expect_keys("ASIADOC");
	assert_string_equal(got_token, "doc-token");
	assert_string_equal(world.authorization, "Bearer a");

	begin(&bench, NULL);
	snprintf(url, sizeof url, "%s/creds", bench.server.url);
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, 1);
	write_file("pod-token", "Bearer b\n", path);
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path, 1);
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Bearer a", 1);
	finish(&bench);
	expect_keys("ASIADOC");
	assert_string_equal(world.authorization, "Bearer b");

	begin(&bench, NULL);
	snprintf(url, sizeof url, "%s/creds-bad", bench.server.url);
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, 1);
	finish(&bench);
	expect_error("returned no JSON object");
}

static void container_hosts_are_checked(void **state)
{
	static const char *const refused[] = {
		"http://example.com/creds",
		"http://169.254.170.2.example.com/",
		"http://127.0.0.1@example.com/",
		"ftp://127.0.0.1/",
		"http://169.254.169.254/",
		"http:///x",
		"http://localhost.example.com/",
		"http://example.com\\@127.0.0.1/",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
		struct bench bench;

		begin(&bench, NULL);
		setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", refused[i], 1);
		finish(&bench);
		expect_error("must be https");
	}
}

/* --- instance metadata --- */

static void from_instance_metadata(void **state)
{
	struct bench bench;

	(void)state;
	begin(&bench, NULL);
	setenv("AWS_EC2_METADATA_DISABLED", "false", 1);
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", bench.server.url, 1);
	finish(&bench);
	expect_keys("ASIADOC");
	assert_string_equal(world.token_header, "imds-token");
	assert_int_equal(atomic_load(&world.imds_tokens), 1);

	begin(&bench, NULL);
	setenv("AWS_EC2_METADATA_DISABLED", "false", 1);
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", bench.server.url, 1);
	world.no_role = true;
	finish(&bench);
	assert_non_null(strstr(last.message, "the instance has no role"));
}

/* --- renewal --- */

static void get_invalidate_get(struct bench *bench)
{
	char path[128];

	get(bench);
	MUST(strcmp(got_id, "OLD") == 0);
	snprintf(path, sizeof path, "%s/config", folder);
	FILE *file = fopen(path, "w");
	fputs("[default]\naws_access_key_id = NEW\naws_secret_access_key = s", file);
	fclose(file);
	get(bench);
	MUST(strcmp(got_id, "OLD") == 0);
	aws_session_invalidate(aws_session_default(bench->aws), "OTHER");
	get(bench);
	MUST(strcmp(got_id, "OLD") == 0);
	aws_session_invalidate(aws_session_default(bench->aws), "OLD");
	get(bench);
}

static void refused_keys_are_looked_up_anew(void **state)
{
	struct bench bench;

	(void)state;
	begin(&bench, "[default]\naws_access_key_id = OLD\naws_secret_access_key = s");
	bench_run(&bench, NULL, get_invalidate_get);
	bench_stop(&bench);
	expect_keys("NEW");
}

static void renewal_is_due_ahead_of_the_end(void **state)
{
	int64_t minute_ms = 60000;

	(void)state;
	assert_int_equal(session_refresh_ms(0, 0), 0);
	assert_int_equal(session_refresh_ms(0, 60 * minute_ms), 55 * minute_ms);
	assert_int_equal(session_refresh_ms(0, 20 * minute_ms), 15 * minute_ms);
	assert_int_equal(session_refresh_ms(0, 8 * minute_ms), 6 * minute_ms);
}

/* --- settings --- */

static void endpoints_of_services(void **state)
{
	static const char config[] =
		"[default]\nservices = mine\nendpoint_url = http://global\nregion = eu-north-1\n"
		"[services mine]\ns3_control =\n  endpoint_url = http://control\n";
	struct client_settings settings = { 0 };
	struct aws_options options = { 0 };
	struct err err = ERR_INIT;
	char path[128];

	(void)state;
	bench_environment("http://env");
	unsetenv("AWS_REGION");
	write_file("config", config, path);
	setenv("AWS_CONFIG_FILE", path, 1);
	setenv("AWS_ENDPOINT_URL_STS", "http://sts", 1);
	assert_int_equal(client_settings_load(&settings, &options, &err), 0);
	assert_string_equal(settings.region, "eu-north-1");
	assert_string_equal(client_settings_endpoint_url(&settings, &aws_service_sts), "http://sts");
	assert_string_equal(client_settings_endpoint_url(&settings, &aws_service_s3control),
		"http://env");
	unsetenv("AWS_ENDPOINT_URL");
	assert_string_equal(client_settings_endpoint_url(&settings, &aws_service_s3control),
		"http://control");
	assert_string_equal(client_settings_endpoint_url(&settings, &aws_service_iam), "http://global");
	settings.ignore_endpoints = true;
	assert_null(client_settings_endpoint_url(&settings, &aws_service_sts));
	client_settings_release(&settings);
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/reeve-test-XXXXXX");
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
	static const char *const names[] = { "config", "token", "pod-token" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_the_environment),
		cmocka_unit_test(nothing_found_says_where_it_looked),
		cmocka_unit_test(from_a_web_identity),
		cmocka_unit_test(from_profiles),
		cmocka_unit_test(a_role_of_a_profile_sends_its_keys),
		cmocka_unit_test(unknown_profiles_and_broken_settings_stop_the_start),
		cmocka_unit_test(a_failing_command_is_reported_without_its_output),
		cmocka_unit_test(a_slow_command_does_not_delay_a_cancellation),
		cmocka_unit_test(from_a_container),
		cmocka_unit_test(container_hosts_are_checked),
		cmocka_unit_test(from_instance_metadata),
		cmocka_unit_test(refused_keys_are_looked_up_anew),
		cmocka_unit_test(renewal_is_due_ahead_of_the_end),
		cmocka_unit_test(endpoints_of_services),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
