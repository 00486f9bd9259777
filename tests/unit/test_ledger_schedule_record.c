/* The times of the schedule and of the rollout's waves: written and read back, and refused where
 * they are not understood. */
#include "test_record_help.h"

#include "ledger/schedule_record.h"

static struct err err;

static void test_round_trip(void **state)
{
	struct store *store = open_writer(NULL);
	int64_t ms;
	bool found;

	(void)state;
	assert_ok(schedule_due_read(store, &ms, &found, &err));
	assert_false(found);
	assert_ok(wave_ended_read(store, "canary", &ms, &err));
	assert_int_equal(ms, 0);
	assert_ok(schedule_due_put(store, 5000, &err));
	assert_ok(wave_ended_put(store, "canary", 7000, &err));
	flush(store);
	assert_ok(schedule_due_read(store, &ms, &found, &err));
	assert_true(found);
	assert_int_equal(ms, 5000);
	assert_ok(wave_ended_read(store, "canary", &ms, &err));
	assert_int_equal(ms, 7000);
	assert_ok(wave_ended_read(store, "rest", &ms, &err));
	assert_int_equal(ms, 0);
	close_store(store);
}

static int read_due(struct store *store, struct err *failure)
{
	int64_t ms;
	bool found;

	return schedule_due_read(store, &ms, &found, failure);
}

static int read_wave(struct store *store, struct err *failure)
{
	int64_t ms;

	return wave_ended_read(store, "canary", &ms, failure);
}

static void test_not_understood(void **state)
{
	static const struct refused dues[] = {
		{ "5", "schedule" },
		{ "{}", "\"due\" is missing" },
		{ "{\"due\":\"noon\"}", "\"due\" is not an integer" },
		{ "{\"due\":1,\"version\":2}", "version \"2\"" },
	};
	static const struct refused waves[] = {
		{ "{\"due\":1}", "\"ms\" is missing" },
		{ "{\"ms\":1,\"version\":2}", "version \"2\"" },
	};
	struct store *store = open_writer(NULL);
	struct store_key due = STORE_KEY("schedule", "sweep"), wave = STORE_KEY("wave-ended", "canary");

	(void)state;
	assert_refused(store, STORE_META, &due, dues, ARRAY_LENGTH(dues), read_due);
	assert_refused(store, STORE_META, &wave, waves, ARRAY_LENGTH(waves), read_wave);
	close_store(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_round_trip),
		store_test(test_not_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
