/* The channels of the configuration, and where their secrets come from. */
#include "base/json_write.h"
#include "baselines_help.h"
#include "config/values.h"
#include "notify/secret.h"
#include "notify_help.h"

#include <fcntl.h>
#include <sys/stat.h>

/* --- the section --- */

static const struct {
	const char *channel;
	const char *complaint; /* NULL: none */
} channels[] = {
	{ "{\"name\":\"a\",\"webhook\":{\"url\":\"https://hooks.example.com/x?y=1\"}}", NULL },
	{ "{\"name\":\"a\",\"webhook\":{\"url\":\"http://127.0.0.1:8080/x\",\"format\":\"teams\"}}",
		NULL },
	{ "{\"name\":\"a\",\"webhook\":{\"url\":\"http://localhost/x\"}}", NULL },
	{ "{\"name\":\"a\",\"webhook\":{\"url\":\"http://[::1]:80/x\"}}", NULL },
	{ "{\"name\":\"a\",\"webhook\":{\"url_env\":\"X\",\"secret_file\":\"/"
	  "x\"},\"on\":[\"halt\"],\"min_severity\":\"low\"}",
		NULL },
	{ "{\"name\":\"a\",\"sns_topic_arn\":\"arn:aws:sns:eu-west-1:111122223333:t\",\"webhook\":"
	  "null}",
		NULL },
	{ "{\"name\":\"a\",\"sns_topic_arn\":\"arn:aws-us-gov:sns:us-gov-west-1:111122223333:t.fifo\"}",
		NULL },

	{ "{\"name\":\"a\"}", "must have one of \"sns_topic_arn\" and \"webhook\"" },
	{ "{\"name\":\"a\",\"sns_topic_arn\":\"arn:aws:sns:eu-west-1:111122223333:t\",\"webhook\":{"
	  "\"url\":\"https://x/\"}}",
		"must have one of \"sns_topic_arn\" and \"webhook\"" },
	{ "{\"name\":\"a\",\"webhook\":{}}", "must have one of \"url\", \"url_file\" and \"url_env\"" },
	{ "{\"name\":\"a\",\"webhook\":{\"url\":\"https://x/\",\"url_env\":\"X\"}}",
		"must have one of \"url\", \"url_file\" and \"url_env\"" },
	{ "{\"name\":\"a\",\"webhook\":{\"url\":\"https://x/\",\"secret_env\":\"X\",\"secret_file\":\"/"
	  "x\"}}",
		"has both \"secret_file\"" },
	{ "{\"name\":\"a\",\"webhook\":{\"url\":\"https://x/\",\"secret\":\"hunter2\"}}",
		"unknown key \"secret\"" },
	{ "{\"name\":\"a\",\"webhook\":{\"url\":\"https://x/\",\"secret_env\":\"hunter 2\"}}",
		"does not belong into the configuration" },
	{ "{\"name\":\"a\",\"webhook\":{\"url\":\"https://x/\",\"secret_file\":\"key\"}}",
		"must be the whole path of a file" },
	{ "{\"name\":\"a\",\"webhook\":{\"url\":\"http://hooks.example.com/\"}}",
		"must be an https URL" },
	{ "{\"name\":\"a\",\"webhook\":{\"url\":\"http://127.0.0.1.example.com/\"}}",
		"must be an https URL" },
	{ "{\"name\":\"a\",\"webhook\":{\"url\":\"http://localhost.example.com/\"}}",
		"must be an https URL" },
	{ "{\"name\":\"a\",\"webhook\":{\"url\":\"http://[::2]/\"}}", "must be an https URL" },
	{ "{\"name\":\"a\",\"webhook\":{\"url\":\"http://127.0.0.1@example.com/\"}}",
		"must not hold a user name or password" },
	{ "{\"name\":\"a\",\"webhook\":{\"url\":\"https://u:p@example.com/\"}}",
		"must not hold a user name or password" },
	{ "{\"name\":\"a\",\"webhook\":{\"url\":\"ftp://example.com/\"}}", "must be an https URL" },
	{ "{\"name\":\"a\",\"webhook\":\"https://x/\"}", "must be an object, {…}, not a string" },
	{ "{\"name\":\"a\",\"sns_topic_arn\":\"arn:aws:sqs:eu-west-1:111122223333:t\"}",
		"must be the ARN of an SNS topic" },
	{ "{\"name\":\"a\",\"sns_topic_arn\":\"arn:aws:sns:eu-west-1:1112222333:t\"}",
		"must be the ARN of an SNS topic" },
	{ "{\"name\":\"a\",\"sns_topic_arn\":\"arn:aws:sns:eu-west-1:111122223333:t.x\"}",
		"must be the ARN of an SNS topic" },
	{ "{\"name\":\"a\",\"sns_topic_arn\":\"arn:aws:sns:eu-west-1:111122223333:t\",\"on\":[]}",
		"must have 1 to 4 items" },
	{ "{\"name\":\"a\",\"sns_topic_arn\":\"arn:aws:sns:eu-west-1:111122223333:t\",\"messages_per_"
	  "hour\":0}",
		"must be between 1 and 1000" },
	{ "{\"name\":\"a\",\"sns_topic_arn\":\"arn:aws:sns:eu-west-1:111122223333:t\"},"
	  "{\"name\":\"a\",\"sns_topic_arn\":\"arn:aws:sns:eu-west-1:111122223333:t\"}",
		"there is a channel \"a\" already" },
};

static void test_channels(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(channels); i++) {
		char *text =
			xasprintf("{\"organization\":{\"home_region\":\"eu-west-1\"},\"notifications\":[%s]}",
				channels[i].channel);
		struct config *config = NULL;
		struct err err = ERR_INIT;
		int result = config_parse(text, strlen(text), "reeve.json", all_catalogue(), &config, &err);

		if ((result == 0) != (channels[i].complaint == NULL) ||
			(result < 0 && strstr(err.message, channels[i].complaint) == NULL))
			fail_msg("%s: %s", channels[i].channel, result < 0 ? err.message : "no complaint");
		/* An address that is refused may still be a secret. */
		assert_null(strstr(err.message, "u:p@"));
		assert_null(strstr(err.message, "hunter2"));
		config_free(config);
		free(text);
	}
}

static void test_defaults(void **unused)
{
	struct config *config = parse_config("{\"name\":\"a\",\"webhook\":{\"url\":\"https://x/\"}}");
	char *text = json_to_text(config_get(config, "notifications"));

	(void)unused;
	assert_string_equal(text,
		"[{\"name\":\"a\",\"on\":[\"alert\",\"approval\",\"halt\",\"failure\"],\"sns_topic_arn\":"
		"null,\"webhook\":"
		"{\"url\":\"https://x/"
		"\",\"url_file\":null,\"url_env\":null,\"format\":\"json\",\"secret_file\":null,"
		"\"secret_env\":null},\"min_severity\":\"informational\",\"group_seconds\":60,\"messages_"
		"per_hour\":30}]");
	free(text);
	config_free(config);
}

/* --- secrets --- */

static void write_secret(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void test_secret_files(void **unused)
{
	static const struct {
		const char *text;
		mode_t mode;
		const char *code, *value; /* one of them */
	} cases[] = {
		{ "0123456789abcdef", 0600, NULL, "0123456789abcdef" },
		{ "0123456789abcdef\n", 0400, NULL, "0123456789abcdef" },
		{ "0123456789abcdef\r\n", 0640, NULL, "0123456789abcdef" },
		{ " 0123456789abcdef ", 0600, NULL, " 0123456789abcdef " },
		{ "0123456789abcdef", 0604, "SecretOpen", NULL },
		{ "0123456789abcdef", 0644, "SecretOpen", NULL },
		{ "0123456789abcdef", 0660, "SecretOpen", NULL },
		{ "0123456789abcde\n", 0600, "SecretTooShort", NULL },
		{ "", 0600, "SecretTooShort", NULL },
	};
	char path[300];

	(void)unused;
	snprintf(path, sizeof path, "%s/key", test_folder);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct err err = ERR_INIT;
		char *secret = NULL;

		write_secret(path, cases[i].text, cases[i].mode);
		int result = notify_secret(path, NULL, "the channel", 16, &secret, &err);
		assert_int_equal(result, cases[i].value != NULL ? 0 : -1);
		if (cases[i].value != NULL) {
			assert_string_equal(secret, cases[i].value);
		} else {
			assert_string_equal(err.code, cases[i].code);
			assert_non_null(strstr(err.message, path));
			assert_null(strstr(err.message, "0123456789"));
		}
		mem_free_secret(secret);
		assert_int_equal(unlink(path), 0);
	}
}

static void test_secrets_that_are_none(void **unused)
{
	struct err err = ERR_INIT;
	char *secret = NULL, *large = xcalloc(1, 5001), path[300];

	(void)unused;
	assert_int_equal(notify_secret("/nonexistent/key", NULL, "x", 16, &secret, &err), -1);
	assert_string_equal(err.code, "SecretUnreadable");
	assert_int_equal(notify_secret(test_folder, NULL, "x", 16, &secret, &err), -1);
	assert_string_equal(err.code, "SecretUnreadable");
	unsetenv("REEVE_TEST_NONE");
	assert_int_equal(notify_secret(NULL, "REEVE_TEST_NONE", "x", 16, &secret, &err), -1);
	assert_string_equal(err.code, "SecretMissing");
	memset(large, 'x', 5000);
	snprintf(path, sizeof path, "%s/key", test_folder);
	write_secret(path, large, 0600);
	assert_int_equal(notify_secret(path, NULL, "x", 16, &secret, &err), -1);
	assert_string_equal(err.code, "SecretTooLong");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0); /* opening it would wait for a writer */
	assert_int_equal(notify_secret(path, NULL, "x", 16, &secret, &err), -1);
	assert_string_equal(err.code, "SecretUnreadable");
	assert_null(secret);
	free(large);
}

/* A notifier that could not sign is an error: the process does not start. */
static void test_a_missing_secret_stops(void **unused)
{
	struct config *config = parse_config(
		"{\"name\":\"a\",\"webhook\":{\"url\":\"https://x/\",\"secret_env\":\"REEVE_TEST_NONE\"}}");
	struct store *store = open_writer(NULL);
	const struct notify_options options = { .store = store, .config = config };
	struct notifier *notifier = NULL;
	struct err err = ERR_INIT;

	(void)unused;
	unsetenv("REEVE_TEST_NONE");
	assert_int_equal(notifier_new(&options, &notifier, &err), -1);
	assert_string_equal(err.code, "SecretMissing");
	assert_non_null(strstr(err.message, "channel \"a\""));
	assert_null(notifier);
	close_store(store);
	config_free(config);
}

/* An address from a file or the environment is checked by the same rules, and is not shown. */
static void test_addresses_from_elsewhere(void **unused)
{
	struct config *config =
		parse_config("{\"name\":\"a\",\"webhook\":{\"url_env\":\"REEVE_TEST_URL\"}}");
	struct store *store = open_writer(NULL);
	const struct notify_options options = { .store = store, .config = config };
	struct notifier *notifier = NULL;
	struct err err = ERR_INIT;

	(void)unused;
	setenv("REEVE_TEST_URL", "http://hooks.example.com/T0/B0/secret-part", 1);
	assert_int_equal(notifier_new(&options, &notifier, &err), -1);
	assert_string_equal(err.code, "BadValue");
	assert_null(strstr(err.message, "secret-part"));
	setenv("REEVE_TEST_URL", "https://hooks.example.com/T0/B0/secret-part", 1);
	assert_int_equal(notifier_new(&options, &notifier, &err), 0);
	assert_non_null(notifier);
	notifier_free(notifier);
	close_store(store);
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_channels),
		cmocka_unit_test(test_defaults),
		store_test(test_secret_files),
		store_test(test_secrets_that_are_none),
		store_test(test_a_missing_secret_stops),
		store_test(test_addresses_from_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
