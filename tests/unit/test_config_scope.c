/* Targets, scope, regions, roles and waves. */
#include "test_config_help.h"

#include "base/banned.h"
#include "base/json_write.h"
#include "config/desired.h"
#include "config/scope.h"
#include "config/target.h"
#include "config/targets.h"
#include "config/values.h"

struct match {
	const char *target;
	bool matches;
};

static const struct match matches[] = {
	{ "root", true },
	{ "account:111122223333", true },
	{ "account:111122223334", false },
	{ "ou:ou-ab12-11111111", true },
	{ "ou:ou-ab12-22222222", true },
	{ "ou:ou-ab12-33333333", false },
	{ "ou:r-ab12", true },
	{ "ou:Root", false },
	{ "ou:Workloads", true },
	{ "ou:workloads", false },
	{ "ou:Work", false },
	{ "ou:Workloads/Prod\\/EU", true },
	{ "ou:Workloads/Prod/EU", false },
	{ "ou:Workloads/Prod", false },
	{ "ou:Prod\\/EU", false },
	{ "ou:Workloads/Prod\\/EU/Deeper", false },
	{ "tag:env", true },
	{ "tag:env=prod", true },
	{ "tag:env=", false },
	{ "tag:env=production", false },
	{ "tag:Env", false },
	{ "tag:cost\\=center", true },
	{ "tag:cost\\=center=a=b", true },
	{ "tag:cost", false },
	{ "tag:cost=center=a=b", false },
	{ "everything", false },
	{ "ou:", false },
	{ "", false },
};

static void test_targets(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(matches); i++)
		if (config_target_matches(matches[i].target, &fake_place) != matches[i].matches)
			fail_msg("%s", matches[i].target);
}

static void test_names_with_escapes(void **state)
{
	static const struct org_unit units[] = { { "r-ab12", "Root" }, { "ou-ab12-11111111", "a\\b" },
		{ "ou-ab12-22222222", "ou-ab12-99999999" }, { "ou-ab12-33333333", "\xc3\xa9 \"" } };
	static const struct org_tag tags[] = { { "a\\b", "" } };
	const struct org_place place = { "111122223333", units, 4, tags, 1 };

	(void)state;
	assert_true(config_target_matches("ou:a\\\\b", &place));
	assert_true(config_target_matches("ou:a\\\\b/ou-ab12-99999999", &place));
	assert_true(config_target_matches("ou:a\\\\b/ou-ab12-99999999/\xc3\xa9 \"", &place));
	assert_true(config_target_matches("tag:a\\\\b=", &place));
	assert_true(config_target_matches("tag:a\\\\b", &place));
	/* At the top a name that looks like an id must not be taken for that id. */
	const struct org_unit top[] = { { "r-ab12", "Root" },
		{ "ou-ab12-11111111", "ou-ab12-99999999" } };
	const struct org_place under = { "111122223333", top, 2, NULL, 0 };
	assert_false(config_target_matches("ou:ou-ab12-99999999", &under));
	assert_true(config_target_matches("ou:ou-ab12-11111111", &under));
}

struct scope_case {
	const char *scope;
	bool in_scope;
};

static const struct scope_case scopes[] = {
	{ "", true },
	{ "\"scope\": null", true },
	{ "\"scope\": {\"include\": [], \"exclude\": null}", true },
	{ "\"scope\": {\"include\": [\"root\"]}", true },
	{ "\"scope\": {\"include\": [\"ou:Sandbox\"]}", false },
	{ "\"scope\": {\"include\": [\"ou:Sandbox\", \"tag:env=prod\"]}", true },
	{ "\"scope\": {\"include\": [\"ou:Workloads\"], \"exclude\": [\"account:111122223333\"]}",
		false },
	{ "\"scope\": {\"include\": [\"account:111122223333\"], \"exclude\": [\"ou:Workloads\"]}",
		false },
	{ "\"scope\": {\"exclude\": [\"tag:env=prod\"]}", false },
	{ "\"scope\": {\"exclude\": [\"tag:env=test\"]}", true },
};

static void test_scope(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(scopes); i++) {
		struct config *config = config_of(scopes[i].scope);

		if (config_in_scope(config, &fake_place) != scopes[i].in_scope)
			fail_msg("%s", scopes[i].scope);
		config_free(config);
	}
}

struct region_case {
	const char *regions, *expected; /* NULL: the enabled ones */
};

static const struct region_case regions[] = {
	{ "null", NULL },
	{ "\"enabled\"", NULL },
	{ "[\"eu-west-1\", \"us-gov-east-1\"]", "[\"eu-west-1\",\"us-gov-east-1\"]" },
	{ "[{\"target\": \"ou:Sandbox\", \"regions\": [\"eu-west-1\"]}]", NULL },
	{ "[{\"target\": \"root\", \"regions\": [\"eu-west-1\"]}]", "[\"eu-west-1\"]" },
	{ "[{\"target\": \"ou:Workloads\", \"regions\": [\"eu-west-2\"]}, {\"target\": \"root\", "
	  "\"regions\": [\"eu-west-1\"]}]",
		"[\"eu-west-2\"]" },
	{ "[{\"target\": \"ou:Workloads\", \"regions\": \"enabled\"}, {\"target\": \"root\", "
	  "\"regions\": [\"eu-west-1\"]}]",
		NULL },
	{ "[{\"target\": \"ou:Workloads\"}, {\"target\": \"root\", \"regions\": [\"eu-west-1\"]}]",
		NULL },
	{ "[{\"target\": \"account:111122223333\", \"regions\": [\"eu-west-3\"]}, {\"target\": "
	  "\"tag:env\", \"regions\": [\"eu-west-1\"]}]",
		"[\"eu-west-3\"]" },
	{ "[{\"target\": \"tag:env\", \"regions\": [\"eu-west-1\"]}, {\"target\": \"tag:env=prod\", "
	  "\"regions\": [\"eu-west-1\"]}]",
		"[\"eu-west-1\"]" },
};

static void test_regions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(regions); i++) {
		char sections[512];
		struct err err = ERR_INIT;
		json_t *desired;

		snprintf(sections, sizeof sections, "\"scope\": {\"regions\": %s}", regions[i].regions);
		struct config *config = config_of(sections);
		const json_t *found = config_regions(config, &fake_place);
		assert_int_equal(found != NULL, regions[i].expected != NULL);
		if (found != NULL) {
			char *text = json_to_text(found);
			assert_string_equal(text, regions[i].expected);
			free(text);
		}
		assert_int_equal(config_desired(config, &fake_place, &desired, &err), 0);
		json_decref(desired);
		config_free(config);
	}
}

static void test_waves(void **state)
{
	struct config *config = config_of(
		"\"rollout\": [{\"wave\": \"canary\", \"targets\": [\"ou:Sandbox\"]}, {\"wave\": "
		"\"early\", "
		"\"targets\": [\"tag:env=prod\", \"ou:Workloads\"]}, {\"wave\": \"late\", \"targets\": "
		"[\"account:111122223333\", \"account:444455556666\"]}]");
	const struct org_place other = { "444455556666", fake_units, 1, NULL, 0 };
	const struct org_place none = { "777788889999", fake_units, 1, NULL, 0 };

	(void)state;
	assert_int_equal(config_wave(config, &fake_place), 1);
	assert_int_equal(config_wave(config, &other), 2);
	assert_int_equal(config_wave(config, &none), 3);
	config_free(config);
	config = config_of("");
	assert_int_equal(config_wave(config, &fake_place), 0);
	config_free(config);
}

static void test_account_roles(void **state)
{
	struct config *config = NULL;
	struct err err = ERR_INIT;
	static const char text[] = "{\"organization\": {\"home_region\": \"eu-west-1\", "
							   "\"account_roles\": {\"111122223333\": null, "
							   "\"444455556666\": \"security/Other\"}}}";

	(void)state;
	assert_int_equal(config_parse(text, strlen(text), "x", &fake_catalogue, &config, &err), 0);
	assert_null(config_account_role(config, "111122223333"));
	assert_string_equal(config_account_role(config, "444455556666"), "security/Other");
	assert_string_equal(config_account_role(config, "777788889999"), "ReeveRemediation");
	config_free(config);
}

static void join(void *user, const char *pointer, const char *target)
{
	buf_add_format(user, "%s %s\n", pointer, target);
}

static void test_every_target_is_named(void **state)
{
	struct config *config =
		config_of("\"scope\": {\"include\": [\"root\"], \"exclude\": [\"ou:A\", \"ou:B\"], "
				  "\"regions\": [{\"target\": \"ou:C\"}]},"
				  "\"baselines\": [{\"assign\": \"ou:D\"}], \"tiers\": [{\"assign\": \"ou:E\"}],"
				  "\"exceptions\": [{\"account\": \"111122223333\", \"ou\": \"F\", \"tag\": "
				  "\"g=h\", \"baseline\": \"iam.*\", \"reason\": \"r\","
				  "\"owner\": \"o\", \"expires\": \"2030-01-01\"}], \"rollout\": [{\"wave\": "
				  "\"w\", \"targets\": [\"ou:I\"]}]");
	CLEANUP_BUF struct buf all;

	(void)state;
	buf_init(&all, 4096);
	config_each_target(config, join, &all);
	assert_string_equal(all.data,
		"/scope/include/0 root\n/scope/exclude/0 ou:A\n/scope/exclude/1 ou:B\n"
		"/scope/regions/0/target ou:C\n/baselines/0/assign ou:D\n/tiers/0/assign ou:E\n"
		"/exceptions/0/account account:111122223333\n/exceptions/0/ou ou:F\n"
		"/exceptions/0/tag tag:g=h\n/rollout/0/targets/0 ou:I\n");
	assert_true(config_uses_tags(config));
	config_free(config);
}

static void test_uses_tags(void **state)
{
	static const char *const with[] = {
		"\"scope\": {\"include\": [\"tag:a\"]}",
		"\"scope\": {\"exclude\": [\"tag:a\"]}",
		"\"scope\": {\"regions\": [{\"target\": \"tag:a\"}]}",
		"\"baselines\": [{\"assign\": \"tag:a\"}]",
		"\"tiers\": [{\"assign\": \"tag:a\"}]",
		"\"rollout\": [{\"wave\": \"w\", \"targets\": [\"root\", \"tag:a\"]}]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(with); i++) {
		struct config *config = config_of(with[i]);

		assert_true(config_uses_tags(config));
		config_free(config);
	}
	struct config *config = config_of("\"baselines\": [{\"assign\": \"ou:tag:a\"}]");
	assert_false(config_uses_tags(config));
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_names_with_escapes),
		cmocka_unit_test(test_scope),
		cmocka_unit_test(test_regions),
		cmocka_unit_test(test_waves),
		cmocka_unit_test(test_account_roles),
		cmocka_unit_test(test_every_target_is_named),
		cmocka_unit_test(test_uses_tags),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
