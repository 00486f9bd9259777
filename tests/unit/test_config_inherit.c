/* The desired state of an account: which assignment wins, setting by setting. */
#include "test_config_help.h"

#include "base/banned.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "config/desired.h"

#define PASSWORD "iam.password-policy"
#define SET(settings) "\"set\": {\"iam.password-policy\": {" settings "}}"
#define UNSET "\"unset\": [\"iam.password-policy\"]"
#define BASELINES(items) "\"baselines\": [" items "]"
#define TIERS(items) "\"tiers\": [" items "]"
#define ITEM(target, what) "{\"assign\": \"" target "\", " what "}"
#define TIER(tier) "\"set\": {\"iam.password-policy\": \"" tier "\"}"

struct inheritance {
	const char *name;
	const char *sections;
	json_int_t length; /* the resolved setting; 0: the baseline is not assigned */
	double strength;
	const char *assign; /* decided_by */
	const char *tier, *tier_by;
};

static const struct inheritance inheritances[] = {
	{ "not assigned", "", 0, 0, NULL, NULL, NULL },
	{ "assigned elsewhere", BASELINES(ITEM("ou:Sandbox", SET(""))), 0, 0, NULL, NULL, NULL },
	{ "defaults", BASELINES(ITEM("root", SET(""))), 14, 0.5, "root", "approval", "default" },
	{ "null is empty", BASELINES(ITEM("root", "\"set\": {\"iam.password-policy\": null}")), 14, 0.5,
		"root", "approval", "default" },
	{ "OU over root, whatever the order",
		BASELINES(ITEM("ou:Workloads", SET("\"minimum_length\": 20")) "," ITEM("root",
			SET("\"minimum_length\": 10"))),
		20, 0.5, "ou:Workloads", "approval", "default" },
	{ "per setting",
		BASELINES(ITEM("root", SET("\"minimum_length\": 10, \"strength\": 0.1")) "," ITEM(
			"ou:Workloads", SET("\"strength\": 0.2"))),
		10, 0.2, "ou:Workloads", "approval", "default" },
	{ "deeper OU, by id",
		BASELINES(ITEM("ou:ou-ab12-22222222",
			SET("\"minimum_length\": 30")) "," ITEM("ou:Workloads", SET("\"minimum_length\": 20"))),
		30, 0.5, "ou:ou-ab12-22222222", "approval", "default" },
	{ "a slash in a name",
		BASELINES(ITEM("ou:Workloads", SET("\"minimum_length\": 20")) "," ITEM(
			"ou:Workloads/Prod\\\\/EU", SET("\"minimum_length\": 31"))),
		31, 0.5, "ou:Workloads/Prod\\/EU", "approval", "default" },
	{ "an unescaped slash is another OU",
		BASELINES(ITEM("ou:Workloads", SET("\"minimum_length\": 20")) "," ITEM(
			"ou:Workloads/Prod/EU", SET("\"minimum_length\": 31"))),
		20, 0.5, "ou:Workloads", "approval", "default" },
	{ "a path begins at the root", BASELINES(ITEM("ou:Prod\\\\/EU", SET(""))), 0, 0, NULL, NULL,
		NULL },
	{ "the root by its id", BASELINES(ITEM("ou:r-ab12", SET("\"minimum_length\": 11"))), 11, 0.5,
		"ou:r-ab12", "approval", "default" },
	{ "tag over OU",
		BASELINES(ITEM("tag:env=prod", SET("\"minimum_length\": 40")) "," ITEM(
			"ou:Workloads/Prod\\\\/EU", SET("\"minimum_length\": 31"))),
		40, 0.5, "tag:env=prod", "approval", "default" },
	{ "another value of the tag",
		BASELINES(ITEM("tag:env=test", SET("\"minimum_length\": 40")) "," ITEM("root",
			SET("\"minimum_length\": 31"))),
		31, 0.5, "root", "approval", "default" },
	{ "a tag by its key, with an equals sign in key and value",
		BASELINES(ITEM("tag:cost\\\\=center", SET("\"minimum_length\": 41")) "," ITEM(
			"tag:cost\\\\=center=a=b", SET("\"strength\": 0.3"))),
		41, 0.3, "tag:cost\\=center", "approval", "default" },
	{ "account over tag",
		BASELINES(ITEM("account:111122223333", SET("\"minimum_length\": 50")) "," ITEM("tag:env",
			SET("\"minimum_length\": 40"))),
		50, 0.5, "account:111122223333", "approval", "default" },
	{ "another account",
		BASELINES(ITEM("account:111122223334", SET("\"minimum_length\": 50")) "," ITEM("tag:env",
			SET("\"minimum_length\": 40"))),
		40, 0.5, "tag:env", "approval", "default" },
	{ "unset",
		BASELINES(ITEM("root", SET("\"minimum_length\": 10")) "," ITEM("ou:Workloads", UNSET)), 0,
		0, NULL, NULL, NULL },
	{ "unset, then set again deeper: the settings of above are gone",
		BASELINES(ITEM("root", SET("\"minimum_length\": 10, \"strength\": 0.1")) "," ITEM(
			"ou:Workloads", UNSET) "," ITEM("ou:Workloads/Prod\\\\/EU", SET("\"strength\": 0.2"))),
		14, 0.2, "ou:Workloads/Prod\\/EU", "approval", "default" },
	{ "unset of what is not set", BASELINES(ITEM("root", UNSET) "," ITEM("tag:env", SET(""))), 14,
		0.5, "tag:env", "approval", "default" },
	{ "null is the default again",
		BASELINES(ITEM("root", SET("\"minimum_length\": 10")) "," ITEM("ou:Workloads",
			SET("\"minimum_length\": null"))),
		14, 0.5, "ou:Workloads", "approval", "default" },
	{ "two of one level that agree",
		BASELINES(ITEM("tag:env", SET("\"minimum_length\": 10")) "," ITEM("tag:cost\\\\=center",
			SET("\"minimum_length\": 10, \"strength\": 1"))),
		10, 1, "tag:env", "approval", "default" },
	{ "tiers",
		BASELINES(ITEM("root", SET(""))) "," TIERS(ITEM("root",
			TIER("auto")) "," ITEM("ou:Workloads", TIER("alert"))),
		14, 0.5, "root", "alert", "ou:Workloads" },
	{ "a tier of null is the baseline's default",
		BASELINES(ITEM("root", SET(""))) "," TIERS(ITEM("root", TIER("auto")) "," ITEM("tag:env",
			"\"set\": {\"iam.password-policy\": null}")),
		14, 0.5, "root", "approval", "tag:env" },
	{ "a tier without the baseline", TIERS(ITEM("root", TIER("auto"))), 0, 0, NULL, NULL, NULL },
};

static void check_inheritance(const struct inheritance *want)
{
	struct config *config = config_of(want->sections);
	CLEANUP_BUF struct buf expected = BUF_INIT(1024), found = BUF_INIT(1024);
	struct err err = ERR_INIT;
	json_t *desired = NULL;

	assert_int_equal(config_desired(config, &fake_place, &desired, &err), 0);
	buf_add_format(&expected, "%s: ", want->name);
	if (want->assign != NULL)
		buf_add_format(&expected, "%d %g %s %s %s", (int)want->length, want->strength, want->assign,
			want->tier, want->tier_by);
	buf_add_format(&found, "%s: ", want->name);
	const json_t *got = json_object_get(desired, PASSWORD),
				 *by = json_object_get(got, "decided_by");
	const json_t *settings = json_object_get(got, "settings");
	if (got != NULL)
		buf_add_format(&found, "%d %g %s %s %s",
			(int)json_get_integer_or(settings, "minimum_length", 0),
			json_number_value(json_object_get(settings, "strength")), json_get_string(by, "assign"),
			json_get_string(got, "tier"), json_get_string(by, "tier"));
	assert_string_equal(found.data, expected.data);
	assert_int_equal(json_object_size(desired), want->assign != NULL);
	assert_int_equal(json_object_size(settings), want->assign != NULL ? 2 : 0);
	json_decref(desired);
	config_free(config);
}

static void test_inheritance(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(inheritances); i++)
		check_inheritance(&inheritances[i]);
}

struct quarrel {
	const char *sections, *message;
};

#define QUARREL_START "reeve.json: account 111122223333: "
#define SAME_LEVEL " stand at the same level and disagree on "
#define AGREE ": make them agree"

static const struct quarrel conflicts[] = {
	{ BASELINES(ITEM("tag:env", SET("\"minimum_length\": 10")) "," ITEM("root",
		  SET("")) "," ITEM("tag:cost\\\\=center", SET("\"minimum_length\": 11"))),
		QUARREL_START
		"/baselines/0 (\"tag:env\") and /baselines/2 (\"tag:cost\\=center\")" SAME_LEVEL
		"the setting \"minimum_length\" of \"iam.password-policy\": 10 and 11" AGREE },
	{ BASELINES(ITEM("ou:Workloads", SET("")) "," ITEM("ou:ou-ab12-11111111", UNSET)),
		QUARREL_START
		"/baselines/0 (\"ou:Workloads\") and /baselines/1 (\"ou:ou-ab12-11111111\")" SAME_LEVEL
		"\"iam.password-policy\", which one of them sets and the other unsets" AGREE },
	{ BASELINES(ITEM("ou:Workloads/Prod\\\\/EU", UNSET) "," ITEM("ou:ou-ab12-22222222", SET(""))),
		QUARREL_START
		"/baselines/0 (\"ou:Workloads/Prod\\/EU\") and /baselines/1 "
		"(\"ou:ou-ab12-22222222\")" SAME_LEVEL
		"\"iam.password-policy\", which one of them sets and the other unsets" AGREE },
	{ TIERS(ITEM("tag:env", TIER("auto")) "," ITEM("tag:env=prod", TIER("alert"))),
		QUARREL_START "/tiers/0 (\"tag:env\") and /tiers/1 (\"tag:env=prod\")" SAME_LEVEL
					  "the tier of \"iam.password-policy\": \"auto\" and \"alert\"" AGREE },
	{ "\"scope\": {\"regions\": [{\"target\": \"tag:env\"}, {\"target\": \"tag:env=prod\", "
	  "\"regions\": [\"eu-west-1\"]}]}",
		QUARREL_START "/scope/regions/0 and /scope/regions/1 stand at the same level and name "
					  "different regions: make them agree" },
	{ BASELINES("{\"assign\": \"ou:Workloads\", \"set\": {\"cloudtrail.trail\": {}}}"),
		"reeve.json: cloudtrail.trail is assigned by \"ou:Workloads\" without its setting "
		"\"bucket\", which has no default: "
		"The bucket of the trail." },
};

static void test_conflicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(conflicts); i++) {
		struct config *config = config_of(conflicts[i].sections);
		struct err err = ERR_INIT;
		json_t *desired = NULL;

		assert_int_equal(config_desired(config, &fake_place, &desired, &err), -1);
		assert_null(desired);
		assert_int_equal(err.kind, ERR_CONFIG);
		assert_string_equal(err.message, conflicts[i].message);
		/* Other accounts are not affected by the conflict. */
		struct org_place other = { "999999999999", fake_units, 1, NULL, 0 };
		assert_int_equal(config_desired(config, &other, &desired, &err), 0);
		json_decref(desired);
		config_free(config);
	}
}

static void test_a_required_setting_may_be_inherited(void **state)
{
	struct config *config = config_of(
		BASELINES("{\"assign\": \"tag:env\", \"set\": {\"cloudtrail.trail\": {}}},"
				  "{\"assign\": \"root\", \"set\": {\"cloudtrail.trail\": {\"bucket\": \"b\"}}}"));
	struct err err = ERR_INIT;
	json_t *desired = NULL;

	(void)state;
	assert_int_equal(config_desired(config, &fake_place, &desired, &err), 0);
	CLEANUP_FREE char *text = json_to_text(desired);
	assert_string_equal(text,
		"{\"cloudtrail.trail\":{\"settings\":{\"bucket\":\"b\"},\"tier\":\"alert\",\"decided_by\":"
		"{\"assign\":\"tag:env\",\"tier\":\"default\"}}}");
	json_decref(desired);
	config_free(config);
}

/* The settings of one account must not show in those of the next, cached or not. */
static void test_many_accounts(void **state)
{
	CLEANUP_BUF struct buf sections;
	struct err err = ERR_INIT;

	(void)state;
	buf_init(&sections, 1 << 22);
	buf_add_string(&sections, "\"baselines\": [" ITEM("root", SET("\"strength\": 0.1")));
	for (int i = 0; i < 5000; i++)
		buf_add_format(&sections,
			",{\"assign\": \"account:%012d\", \"set\": {\"iam.password-policy\": "
			"{\"minimum_length\": %d}}}",
			2 * i, 6 + i % 100);
	buf_add_char(&sections, ']');
	struct config *config = config_of(sections.data);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 10000; i++) {
			char account[16];
			json_t *desired;
			struct org_place place = { account, fake_units, 3, fake_tags, 2 };

			snprintf(account, sizeof account, "%012d", i);
			assert_int_equal(config_desired(config, &place, &desired, &err), 0);
			const json_t *settings =
				json_object_get(json_object_get(desired, PASSWORD), "settings");
			assert_int_equal(json_integer_value(json_object_get(settings, "minimum_length")),
				i % 2 ? 14 : 6 + i / 2 % 100);
			assert_true(json_number_value(json_object_get(settings, "strength")) == 0.1);
			json_decref(desired);
		}
	}
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inheritance),
		cmocka_unit_test(test_conflicts),
		cmocka_unit_test(test_a_required_setting_may_be_inherited),
		cmocka_unit_test(test_many_accounts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
