/* Attempts: when a resource is no longer remediated, and when it is again.
 * test_guards_attempts_who.c tests who undid the changes. */
#include "test_store_help.h"

#include "base/clock.h"
#include "baselines_help.h"
#include "guards/attempts.h"
#include "store/queue.h"

static const struct attempts_key key = { "111111111111", "eu-west-1",
	"s3.bucket-default-encryption", "arn:aws:s3:::one" };
static const struct attempts_key other = { "111111111111", "eu-west-1",
	"s3.bucket-default-encryption", "arn:aws:s3:::two" };

static int64_t at(const char *text)
{
	int64_t ms;

	assert_int_equal(clock_parse_rfc3339(text, &ms), 0);
	return ms;
}

static struct config *config_of_limits(const char *limits)
{
	struct config *config = NULL;
	struct err err = ERR_INIT;
	char text[512];

	snprintf(text, sizeof text,
		"{\"organization\": {\"home_region\": \"eu-west-1\"}, \"limits\": {%s}}", limits);
	assert_ok(config_parse(text, strlen(text), "reeve.json", all_catalogue(), &config, &err));
	return config;
}

static bool allowed(struct store *store, const struct config *config, const char *now,
	struct attempts_verdict *verdict)
{
	struct err err = ERR_INIT;

	assert_ok(attempts_allowed(store, config, &key, at(now), verdict, &err));
	return verdict->allowed;
}

static void record(struct store *store, const struct config *config, const char *now)
{
	struct err err = ERR_INIT;

	assert_ok(attempts_record(store, config, &key, at(now), &err));
	flush(store);
}

static void held(struct store *store, const char *now)
{
	struct err err = ERR_INIT;

	assert_ok(attempts_held(store, &key, at(now), &err));
	flush(store);
}

static void test_tug_of_war(void **state)
{
	struct store *store = open_writer(NULL);
	struct config *config = config_of_limits("");
	struct attempts_verdict verdict;
	struct err err = ERR_INIT;

	(void)state;
	assert_true(allowed(store, config, "2026-11-24T08:00:00Z", &verdict));
	assert_int_equal(verdict.count, 0);
	record(store, config, "2026-11-24T08:00:00Z");
	record(store, config, "2026-11-24T09:00:00Z");
	assert_true(allowed(store, config, "2026-11-24T10:00:00Z", &verdict));
	assert_int_equal(verdict.count, 2);
	record(store, config, "2026-11-24T10:00:00Z");
	assert_false(allowed(store, config, "2026-11-24T11:00:00Z", &verdict));
	assert_int_equal(verdict.count, 3);
	assert_int_equal(verdict.first_ms, at("2026-11-24T08:00:00Z"));
	assert_int_equal(verdict.last_ms, at("2026-11-24T10:00:00Z"));
	assert_non_null(strstr(verdict.message,
		"remediated 3 times since 2026-11-24T08:00:00Z and undone each time"));
	/* Another resource is counted by itself. */
	assert_ok(attempts_allowed(store, config, &other, at("2026-11-24T11:00:00Z"), &verdict, &err));
	assert_true(verdict.allowed);
	config_free(config);
	close_store(store);
}

/* While the resource keeps drifting it stays held; after a whole window without drift it may be
 * remediated again. */
static void test_quiet_window(void **state)
{
	struct store *store = open_writer(NULL);
	struct config *config =
		config_of_limits("\"attempts_per_resource\": 2, \"attempts_window_hours\": 10");
	struct attempts_verdict verdict;

	(void)state;
	record(store, config, "2026-11-24T08:00:00Z");
	record(store, config, "2026-11-24T09:00:00Z");
	for (int hour = 10; hour < 24; hour++) {
		char now[CLOCK_RFC3339_SIZE];

		snprintf(now, sizeof now, "2026-11-24T%02d:00:00Z", hour);
		assert_false(allowed(store, config, now, &verdict));
		assert_int_equal(verdict.count, 2); /* although the first remediations are older than the
											   window */
		held(store, now);
	}
	assert_false(allowed(store, config, "2026-11-25T08:59:59.999Z", &verdict));
	assert_true(allowed(store, config, "2026-11-25T09:00:00Z", &verdict));
	assert_int_equal(verdict.count, 0);
	record(store, config, "2026-11-25T09:00:00Z");
	assert_true(allowed(store, config, "2026-11-25T10:00:00Z", &verdict));
	assert_int_equal(verdict.count, 1);
	config_free(config);
	close_store(store);
}

/* Remediations that lie further apart than the window never add up. */
static void test_window_edges(void **state)
{
	struct store *store = open_writer(NULL);
	struct config *config =
		config_of_limits("\"attempts_per_resource\": 2, \"attempts_window_hours\": 1");
	struct attempts_verdict verdict;

	(void)state;
	record(store, config, "2026-11-24T08:00:00Z");
	record(store, config, "2026-11-24T08:45:00Z");
	assert_false(allowed(store, config, "2026-11-24T08:59:59.999Z", &verdict));
	assert_true(allowed(store, config, "2026-11-24T09:00:00Z", &verdict)); /* the first remediation
																			  is older than the
																			  window */
	assert_int_equal(verdict.count, 1);
	assert_true(allowed(store, config, "2026-11-24T09:45:00Z", &verdict));
	assert_int_equal(verdict.count, 0);
	/* The clock was set back: remediations that lie in the future count. */
	record(store, config, "2026-11-24T09:46:00Z");
	record(store, config, "2026-11-24T09:47:00Z");
	assert_false(allowed(store, config, "2026-11-20T00:00:00Z", &verdict));
	config_free(config);
	close_store(store);
}

static void test_forget_and_bound(void **state)
{
	struct store *store = open_writer(NULL);
	struct config *config =
		config_of_limits("\"attempts_per_resource\": 100, \"attempts_window_hours\": 8760");
	struct attempts_verdict verdict;
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 0; i < 120; i++) {
		char now[CLOCK_RFC3339_SIZE];

		snprintf(now, sizeof now, "2026-11-24T%02d:%02d:00Z", i / 60, i % 60);
		record(store, config, now);
	}
	assert_false(allowed(store, config, "2026-11-24T10:00:00Z", &verdict));
	assert_int_equal(verdict.count, 100);
	assert_int_equal(verdict.first_ms, at("2026-11-24T00:20:00Z"));
	assert_ok(attempts_forget(store, &key, &err));
	flush(store);
	assert_true(allowed(store, config, "2026-11-24T10:00:00Z", &verdict));
	config_free(config);
	close_store(store);
}

/* Attempts that can't be read permit nothing. */
static void test_malformed(void **state)
{
	static const char *const records[] = { "1", "{}", "{\"times\": 1}", "{\"times\": [1]}",
		"{\"times\": [\"yesterday\"]}", "{\"times\": [], \"held\": 5}",
		"{\"times\": [], \"held\": \"x\"}", "null" };
	struct store *store = open_writer(NULL);
	struct config *config = config_of_limits("");
	struct attempts_verdict verdict;

	(void)state;
	for (size_t i = 0; i <= ARRAY_LENGTH(records); i++) {
		struct store_key stored = STORE_KEY(key.account, key.region, key.baseline, key.resource);
		json_t *value = i < ARRAY_LENGTH(records) ? json_loads(records[i], JSON_DECODE_ANY, NULL)
												  : json_pack("{s:[]}", "times");
		struct err err = ERR_INIT;

		for (int n = 0; i == ARRAY_LENGTH(records) && n < 101; n++)
			json_array_append_new(json_object_get(value, "times"),
				json_string("2026-11-24T08:00:00Z"));
		assert_ok(store_put_json(store, STORE_ATTEMPTS, &stored, value, &err));
		json_decref(value);
		flush(store);
		verdict.allowed = true;
		assert_int_equal(
			attempts_allowed(store, config, &key, at("2026-11-24T08:00:00Z"), &verdict, &err), -1);
		assert_int_equal(err.kind, ERR_STORE);
		assert_false(verdict.allowed);
		assert_int_equal(attempts_record(store, config, &key, at("2026-11-24T08:00:00Z"), &err),
			-1);
	}
	config_free(config);
	close_store(store);
}

/* A remediation that was not recorded before the process ended does not count. */
static void test_survives_reopening(void **state)
{
	struct store *store = open_writer(NULL);
	struct config *config = config_of_limits("");
	struct attempts_verdict verdict;

	(void)state;
	record(store, config, "2026-11-24T08:00:00Z");
	close_store(store);
	store = open_writer(NULL);
	assert_true(allowed(store, config, "2026-11-24T08:30:00Z", &verdict));
	assert_int_equal(verdict.count, 1);
	config_free(config);
	close_store(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_tug_of_war),
		store_test(test_quiet_window),
		store_test(test_window_edges),
		store_test(test_forget_and_bound),
		store_test(test_malformed),
		store_test(test_survives_reopening),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
