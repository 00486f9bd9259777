/* Tests of the set of baselines: the baselines that it accepts or refuses, and its lifetime. */
#include "base/buf.h"
#include "baselines/names.h"
#include "baselines_help.h"
#include "config/catalogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int released;

static void release(const struct baseline *baseline)
{
	(void)baseline;
	released++;
}

/* A well-formed baseline with another id. */
static struct baseline like_the_first(const char *id)
{
	struct baseline baseline = *baseline_set_at(all_baselines(), 0);

	baseline.id = id;
	return baseline;
}

static void test_built_in(void **unused)
{
	struct baseline_set *set = NULL;
	struct err err = ERR_INIT;

	(void)unused;
	assert_int_equal(baseline_set_new_built_in(&set, &err), 0);
	assert_true(baseline_set_count(set) >= 5);
	for (size_t i = 0; i < baseline_set_count(set); i++) {
		const struct baseline *baseline = baseline_set_at(set, i);

		assert_ptr_equal(baseline_set_find(set, baseline->id), baseline);
		assert_int_equal(baseline_set_index(set, baseline), i);
	}
	assert_null(baseline_set_at(set, baseline_set_count(set)));
	assert_null(baseline_set_find(set, "no.such"));
	baseline_set_free(set);
	baseline_set_free(NULL);
}

static void test_lifetime(void **unused)
{
	struct baseline_set *set = baseline_set_new();
	struct baseline one = like_the_first("user.one");
	struct err err = ERR_INIT;

	(void)unused;
	released = 0;
	assert_int_equal(baseline_set_add(set, &one, release, &err), 0);
	assert_ptr_equal(baseline_set_retain(set), set);
	baseline_set_free(set); /* a run still uses it */
	assert_int_equal(released, 0);
	assert_ptr_equal(baseline_set_find(set, "user.one"), &one);
	baseline_set_free(set);
	assert_int_equal(released, 1);
}

static void expect_refused(struct baseline_set *set, const struct baseline *baseline,
	const char *code, const char *words)
{
	size_t count = baseline_set_count(set);
	struct err err = ERR_INIT;

	released = 0;
	assert_int_equal(baseline_set_add(set, baseline, release, &err), -1);
	assert_int_equal(released, 1); /* on failure, too */
	assert_int_equal(baseline_set_count(set), count);
	if (strcmp(err.code, code) != 0 || strstr(err.message, words) == NULL)
		fail_msg("%s: %s, not %s: …%s…", err.code, err.message, code, words);
}

static void test_ids(void **unused)
{
	static const char *const wrong[] = { NULL, "", "s3", "S3.x", "s3.", ".x", "s3..x", "s3.x y",
		"3s.x", "-s3.x", "s3.x_y",
		"s3.a-rule-whose-name-is-so-long-that-records-and-tables-can-not-hold-it" };
	struct baseline_set *set = baseline_set_new();

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
		struct baseline one = like_the_first(wrong[i]);

		expect_refused(set, &one, "Malformed", "an id must be service.rule");
	}
	baseline_set_free(set);
}

static void test_duplicate(void **unused)
{
	struct baseline_set *set = NULL;
	struct err err = ERR_INIT;
	struct baseline one = like_the_first("s3.account-public-access-block");

	(void)unused;
	assert_int_equal(baseline_set_new_built_in(&set, &err), 0);
	expect_refused(set, &one, "Duplicate",
		"two baselines have the id s3.account-public-access-block");
	baseline_set_free(set);
}

static void test_malformed(void **unused)
{
	struct baseline_set *set = baseline_set_new();
	static const struct aws_permission nothing[] = { AWS_PERMISSIONS_END };
	struct baseline one;

	(void)unused;
#define LACKS(field, words) \
	one = like_the_first("user.one"); \
	one.field = NULL; \
	expect_refused(set, &one, "Malformed", "baseline user.one " words)
	LACKS(title, "has no title");
	LACKS(rationale, "has no rationale");
	LACKS(service, "has no service");
	LACKS(reads, "has no reads");
	LACKS(writes, "has no writes");
	LACKS(controls, "has no controls");
	LACKS(triggers, "has no triggers");
	LACKS(settings, "has no settings");
	LACKS(image_fields, "has no image_fields");
	LACKS(observe, "has no observe");
	LACKS(diff, "has no diff");
	LACKS(remediate, "has one of remediate and rollback");
	LACKS(rollback, "has one of remediate and rollback");
#undef LACKS
	one = like_the_first("user.one");
	one.writes = nothing;
	expect_refused(set, &one, "Malformed", "has a remediate and no writes");
	one = like_the_first("user.one");
	one.irreversible = "what was deleted";
	one.tier = TIER_AUTO;
	expect_refused(set, &one, "Malformed", "must be approval or alert");
	baseline_set_free(set);
}

static void test_triggers(void **unused)
{
	static const struct trigger wrong[][2] = {
		{ { SIGNAL_CONFIG, "", NULL, "why" }, TRIGGERS_END },
		{ { SIGNAL_CONFIG, "*", NULL, "why" }, TRIGGERS_END },
		{ { SIGNAL_CONFIG, "a*b", NULL, "why" }, TRIGGERS_END },
		{ { SIGNAL_CONFIG, "a", NULL, NULL }, TRIGGERS_END },
		{ { SIGNAL_CONFIG, "a", NULL, "" }, TRIGGERS_END },
		{ { SIGNAL_SOURCE_COUNT, "a", NULL, "why" }, TRIGGERS_END },
		{ { SIGNAL_CONFIG,
			  "a-name-of-a-rule-that-is-so-long-that-the-name-of-its-route-would-have-to-be-cut-"
			  "off",
			  NULL, "why" },
			TRIGGERS_END },
	};
	struct baseline_set *set = baseline_set_new();

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
		struct baseline one = like_the_first("user.one");

		one.triggers = wrong[i];
		expect_refused(set, &one, "Malformed", "has a trigger whose type or reason");
	}
	baseline_set_free(set);
}

static void test_too_many(void **unused)
{
	static struct baseline many[BASELINE_SET_MAX + 1];
	static char ids[BASELINE_SET_MAX + 1][16];
	struct baseline_set *set = baseline_set_new();
	struct err err = ERR_INIT;

	(void)unused;
	for (size_t i = 0; i <= BASELINE_SET_MAX; i++) {
		snprintf(ids[i], sizeof ids[i], "user.n%zu", i);
		many[i] = like_the_first(ids[i]);
		if (i < BASELINE_SET_MAX)
			assert_int_equal(baseline_set_add(set, &many[i], NULL, &err), 0);
	}
	expect_refused(set, &many[BASELINE_SET_MAX], "TooMany", "a set has at most 256 baselines");
	baseline_set_free(set);
}

/* The table in baselines/README.md has a row for each baseline that agrees with the baseline's
 * fields. */
static void test_documented(void **unused)
{
	const char *source = getenv("REEVE_SOURCE");
	CLEANUP_BUF struct buf path = BUF_INIT(4096);
	static char page[256 * 1024];
	FILE *file;

	(void)unused;
	if (source == NULL)
		skip();
	buf_add_format(&path, "%s/baselines/README.md", source);
	file = fopen(path.data, "re");
	assert_non_null(file);
	page[fread(page, 1, sizeof page - 1, file)] = '\0';
	fclose(file);
	for (size_t i = 0; i < baseline_set_count(all_baselines()); i++) {
		const struct baseline *baseline = baseline_set_at(all_baselines(), i);
		CLEANUP_BUF struct buf row = BUF_INIT(4096);

		buf_add_format(&row, "\n| `%s` | %s | %s | %s | %s |\n", baseline->id,
			severity_name(baseline->severity), tier_name(baseline->tier),
			scope_name(baseline->scope), baseline->title);
		if (strstr(page, row.data) == NULL)
			fail_msg("the table of baselines/README.md lacks the row:%s", row.data);
	}
}

/* A configuration can assign the baselines of its set, and its set can be found from it. */
static void test_configuration(void **unused)
{
	static const char text[] =
		"{\"organization\": {\"home_region\": \"eu-west-1\"}, "
		"\"baselines\": [{\"assign\": \"root\", \"set\": {\"user.one\": {}}}]}";
	struct baseline_set *set = baseline_set_new();
	struct baseline one = like_the_first("user.one");
	struct config *config = NULL;
	struct err err = ERR_INIT;

	(void)unused;
	assert_int_equal(config_parse(text, strlen(text), "reeve.json", all_catalogue(), &config, &err),
		-1);
	assert_non_null(strstr(err.message, "user.one"));
	assert_int_equal(baseline_set_add(set, &one, NULL, &err), 0);
	assert_int_equal(config_parse(text, strlen(text), "reeve.json", baseline_set_catalogue(set),
						 &config, &err),
		0);
	assert_ptr_equal(baselines_of(config), set);
	config_free(config);
	baseline_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_built_in),
		cmocka_unit_test(test_lifetime),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_duplicate),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_triggers),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_documented),
		cmocka_unit_test(test_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
