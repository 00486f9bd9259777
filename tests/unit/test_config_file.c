/* Reading the file, the values that config_get returns, and the generation. */
#include "test_config_help.h"

#include "base/banned.h"
#include "base/json_write.h"
#include "config/catalogue.h"
#include "config/values.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONTRACT \
	"{\"$schema\": \"reeve.schema.json\"," \
	" \"organization\": {\"remediation_role\": \"ReeveRemediation\", \"external_id\": \"x-1\", " \
	"\"home_region\": \"eu-west-1\"," \
	"                    \"reader_role_arn\": null}," \
	" \"scope\": {\"regions\": \"enabled\", \"include\": [\"ou:Workloads\"], \"exclude\": " \
	"[\"account:111122223333\", \"tag:reeve=off\"]}," \
	" \"baselines\": [{\"assign\": \"root\", \"set\": {\"s3.account-public-access-block\": {}," \
	"                  \"guardduty.detector\": {\"features\": [\"S3_DATA_EVENTS\"]}}}," \
	"                 {\"assign\": \"ou:Workloads/Prod\", \"set\": " \
	"{\"s3.bucket-default-encryption\": {\"kms_key_id\": \"alias/aws/s3\"}}}," \
	"                 {\"assign\": \"account:111122223333\", \"unset\": " \
	"[\"guardduty.detector\"]}]," \
	" \"tiers\": [{\"assign\": \"root\", \"set\": {\"iam.user-mfa\": \"approval\"}}]," \
	" \"exceptions\": [{\"account\": \"111122223333\", \"region\": \"*\", \"baseline\": " \
	"\"iam.user-mfa\", \"resource\": \"*\"," \
	"                  \"reason\": \"r\", \"owner\": \"o\", \"expires\": \"2027-01-31\"}]," \
	" \"limits\": {\"changes_per_run\": 500, \"changes_per_account\": 50, \"failure_rate\": 0.2, " \
	"\"attempts_per_resource\": 3," \
	"             \"in_flight\": 256}," \
	" \"rollout\": [{\"wave\": \"canary\", \"targets\": [\"ou:Sandbox\"]}, {\"wave\": \"rest\", " \
	"\"targets\": [\"root\"]}]," \
	" \"schedule\": {\"sweep\": \"0 */6 * * *\"}," \
	" \"events\": {\"queue_url\": \"https://sqs.eu-west-1.amazonaws.com/111122223333/reeve\"}," \
	" \"http\": {\"listen\": \"127.0.0.1:8443\"}}"

static char folder[64];

static int enter_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/reeve-test-config-XXXXXX");
	return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
	(void)state;
	(void)!unlink("reeve.json");
	(void)!rmdir("inner");
	return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static void write_file(const char *path, const char *text, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), (ssize_t)length);
	close(fd);
}

static void assert_not_loaded(const char *path, const char *code, const char *message)
{
	struct config *config = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(config_load(path, &fake_catalogue, &config, &err), -1);
	assert_null(config);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_string_equal(err.code, code);
	assert_string_equal(err.message, message);
}

static void test_load(void **state)
{
	struct config *config = NULL;
	struct err err = ERR_INIT;

	(void)state;
	write_file("reeve.json", "\xef\xbb\xbf" CONTRACT, strlen(CONTRACT) + 3);
	assert_int_equal(config_load(NULL, &fake_catalogue, &config, &err), 0);
	assert_string_equal(config_path(config), "./reeve.json");
	assert_string_equal(config_string(config, "organization", "remediation_role"),
		"ReeveRemediation");
	assert_string_equal(config_string(config, "organization", "external_id"), "x-1");
	assert_null(config_string(config, "organization", "reader_role_arn"));
	assert_string_equal(config_string(config, "http", "listen"), "127.0.0.1:8443");
	assert_int_equal(config_integer(config, "limits", "in_flight"), 256);
	assert_true(config_number(config, "limits", "failure_rate") == 0.2);
	assert_true(config_uses_tags(config));
	assert_int_equal(json_array_size(config_get(config, "rollout")), 2);
	assert_null(config_get(config, "nothing"));
	assert_int_equal(strlen(config_generation(config)), 64);
	config_free(config);
}

static void test_missing_file(void **state)
{
	(void)state;
	(void)!unlink("reeve.json");
	assert_not_loaded("elsewhere/reeve.json", "NotFound",
		"no configuration: there is no file elsewhere/reeve.json; the README has one to begin "
		"with, and "
		"`reeve config check` checks it");
	if (access("/etc/reeve/reeve.json", F_OK) != 0)
		assert_not_loaded(NULL, "NotFound",
			"no configuration: looked for ./reeve.json and /etc/reeve/reeve.json; name one with "
			"--config "
			"FILE; the README has one to begin with, and `reeve config check` checks it");
}

static void test_unreadable_file(void **state)
{
	char *large = calloc(1, CONFIG_MAX_BYTES + 1);

	(void)state;
	assert_non_null(large);
	memset(large, ' ', CONFIG_MAX_BYTES + 1);
	write_file("reeve.json", large, CONFIG_MAX_BYTES + 1);
	free(large);
	assert_not_loaded("reeve.json", "TooLarge",
		"the configuration reeve.json is larger than 4194304 bytes");
	assert_int_equal(mkdir("inner", 0700), 0);
	assert_not_loaded("inner", "Unreadable",
		"the configuration inner is a folder; name the file in it");
	write_file("reeve.json", "{}", 2);
	if (geteuid() != 0) {
		assert_int_equal(chmod("reeve.json", 0), 0);
		assert_not_loaded("reeve.json", "Unreadable",
			"can't open the configuration reeve.json: Permission denied");
	}
}

/* Loads the configuration with stderr, where the log goes, redirected to a file, and reads the log
 * back. */
static void catch_log(char *said, size_t size)
{
	struct config *config = NULL;
	struct err err = ERR_INIT;
	FILE *caught = tmpfile();
	int kept = dup(2);

	assert_non_null(caught);
	fflush(stderr);
	assert_true(dup2(fileno(caught), 2) >= 0);
	int result = config_load("reeve.json", &fake_catalogue, &config, &err);
	fflush(stderr);
	dup2(kept, 2);
	close(kept);
	assert_int_equal(result, 0);
	config_free(config);
	rewind(caught);
	size_t got = fread(said, 1, size - 1, caught);
	said[got] = '\0';
	fclose(caught);
}

static void test_world_writable_is_warned_of(void **state)
{
	char said[1024];

	(void)state;
	write_file("reeve.json", CONTRACT, strlen(CONTRACT));
	catch_log(said, sizeof said);
	assert_string_equal(said, "");
	assert_int_equal(chmod("reeve.json", 0646), 0);
	catch_log(said, sizeof said);
	assert_non_null(strstr(said,
		" warning: everyone on this machine can write to the configuration reeve.json"));
	assert_non_null(strstr(said, "chmod o-w"));
}

static void test_defaults(void **state)
{
	struct config *config = config_of("");
	char *limits = json_to_text(config_get(config, "limits")),
		 *scope = json_to_text(config_get(config, "scope"));

	(void)state;
	assert_string_equal(limits,
		"{\"changes_per_run\":500,\"changes_per_account\":50,\"failure_rate\":0.2,"
		"\"changes_per_wave\":null,\"attempts_per_resource\":3,\"attempts_window_hours\":24,"
		"\"breaker_failures\":5,"
		"\"in_flight\":256,\"store_gib\":64}");
	assert_string_equal(scope, "{\"regions\":\"enabled\",\"include\":[],\"exclude\":[]}");
	free(limits);
	free(scope);
	assert_int_equal(json_array_size(config_get(config, "baselines")), 0);
	assert_null(config_string(config, "schedule", "sweep"));
	assert_null(config_string(config, "events", "queue_url"));
	assert_null(config_string(config, "http", "listen"));
	config_free(config);
	/* A section that is null has its defaults. */
	config = config_of(
		"\"limits\": null, \"scope\": null, \"baselines\": null, \"http\": {\"listen\": null}, "
		"\"exceptions\": null");
	assert_int_equal(config_integer(config, "limits", "changes_per_run"), 500);
	config_free(config);
}

static void test_whole_numbers(void **state)
{
	struct config *config = config_of(
		"\"limits\": {\"in_flight\": 64.0, \"changes_per_run\": 1e3, \"failure_rate\": 1}");

	(void)state;
	assert_int_equal(config_integer(config, "limits", "in_flight"), 64);
	assert_int_equal(config_integer(config, "limits", "changes_per_run"), 1000);
	assert_true(config_number(config, "limits", "failure_rate") == 1);
	config_free(config);
}

static void copy_generation(const char *sections, char out[65])
{
	struct config *config = config_of(sections);

	snprintf(out, 65, "%s", config_generation(config));
	config_free(config);
}

static void test_generation(void **state)
{
	static const char *const same[] = {
		"\"scope\": {\"regions\": \"enabled\"}",
		"\"scope\": null",
		"\"limits\": {\"in_flight\": 1}",
		"\"rollout\": [{\"wave\": \"a\", \"targets\": [\"root\"]}]",
		"\"schedule\": {\"sweep\": \"0 0 * * *\"}",
		"\"baselines\": []",
	};
	static const char *const other[] = {
		"\"scope\": {\"regions\": [\"eu-west-1\"]}",
		"\"baselines\": [{\"assign\": \"root\"}]",
		"\"tiers\": [{\"assign\": \"root\"}]",
		("\"exceptions\": [{\"account\": \"*\", \"baseline\": \"*\", \"reason\": \"r\", \"owner\": "
		 "\"o\", \"expires\": \"2027-01-01\"}]"),
	};
	char first[65], next[65];
	struct config *config;
	struct err err = ERR_INIT;
	struct catalogue fewer = { fake_entries, 3 };

	(void)state;
	copy_generation("", first);
	for (size_t i = 0; i < ARRAY_LENGTH(same); i++) {
		copy_generation(same[i], next);
		assert_string_equal(next, first);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(other); i++) {
		copy_generation(other[i], next);
		assert_string_not_equal(next, first);
	}
	/* A new version with other defaults changes the desired state of the same file. */
	assert_int_equal(config_parse("{" ORGANIZATION "}", strlen("{" ORGANIZATION "}"), "x", &fewer,
						 &config, &err),
		0);
	assert_string_not_equal(config_generation(config), first);
	config_free(config);
}

static void test_tiers(void **state)
{
	enum tier tier;

	(void)state;
	for (enum tier each = TIER_AUTO; each <= TIER_ALERT; each++) {
		assert_int_equal(tier_parse(tier_name(each), &tier), 0);
		assert_int_equal(tier, each);
	}
	assert_int_equal(tier_parse("Auto", &tier), -1);
	assert_int_equal(tier_parse("", &tier), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_missing_file),
		cmocka_unit_test(test_unreadable_file),
		cmocka_unit_test(test_world_writable_is_warned_of),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_whole_numbers),
		cmocka_unit_test(test_generation),
		cmocka_unit_test(test_tiers),
	};
	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
