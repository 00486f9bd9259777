/* Tests of when the next sweep begins: due times, jitter, missed sweeps, a reload; with the test's
 * own clock. */
#include "test_store_help.h"

#include "base/clock.h"
#include "baselines_help.h"
#include "daemon/life.h"
#include "daemon/schedule.h"
#include "daemon/work_run.h"
#include "engine/run.h"
#include "store/queue.h"

static int64_t test_now_ms;

static int64_t test_clock_ms(void)
{
	return test_now_ms;
}

#define clock_now_ms test_clock_ms
#include "daemon/schedule.c"
#undef clock_now_ms

/* --- stubs of the daemon's functions that schedule.c calls --- */

static size_t spawned_sweeps, spawned_others;
static bool refuses;

int daemon_spawn(struct daemon *unused, const char *name, void (*body)(void *argument),
	void *argument, struct err *err)
{
	(void)unused, (void)body, (void)argument;
	if (refuses)
		return err_set(err, ERR_LIMIT, "TooManyFibers", "no room");
	if (strcmp(name, "sweep") == 0)
		spawned_sweeps++;
	else
		spawned_others++;
	return 0;
}

void daemon_fiber_done(struct daemon *unused)
{
	(void)unused;
}

void daemon_fail(struct daemon *unused, const struct err *cause)
{
	(void)unused;
	fail_msg("%s", cause->message);
}

int daemon_do_work(void *unused, enum run_kind kind, struct work *work, const struct person *person,
	json_t **document, struct err *err)
{
	(void)unused, (void)kind, (void)work, (void)person, (void)document;
	return err_set(err, ERR_SYSTEM, "Test", "not here");
}

struct generation *generation_retain(struct generation *generation)
{
	return generation;
}

void generation_release(struct generation *generation)
{
	(void)generation;
}

/* --- the test's own part --- */

static struct daemon process;
static struct generation generation;

static int64_t at(const char *text)
{
	int64_t ms;

	assert_int_equal(clock_parse_rfc3339(text, &ms), 0);
	return ms;
}

static void configure(const char *schedule)
{
	struct err err = ERR_INIT;
	char text[512];

	config_free(generation.config);
	generation.config = NULL;
	snprintf(text, sizeof text,
		"{\"organization\": {\"home_region\": \"eu-west-1\"}, \"schedule\": {%s}}", schedule);
	assert_ok(config_parse(text, strlen(text), "reeve.json", all_catalogue(), &generation.config,
		&err));
}

static struct schedule *begin_at(const char *now, const char *configuration)
{
	test_now_ms = at(now);
	spawned_sweeps = spawned_others = 0;
	refuses = false;
	configure(configuration);
	process.generation = &generation;
	process.state = DAEMON_READY;
	return process.schedule = schedule_new(&process);
}

static void end(struct schedule *schedule)
{
	schedule_free(schedule);
	config_free(generation.config);
	generation.config = NULL;
	process.schedule = NULL;
}

static void expect_next(const struct schedule *schedule, const char *wanted)
{
	char text[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(schedule_next_ms(schedule), text);
	assert_string_equal(text, wanted);
}

static int with_store(void **state)
{
	if (setup_folder(state) != 0)
		return -1;
	memset(&process, 0, sizeof process);
	process.parts.store = open_writer(NULL);
	return 0;
}

static int without_store(void **state)
{
	close_store(process.parts.store);
	return teardown_folder(state);
}

static void last_was_due(const char *when)
{
	struct store_key key = STORE_KEY("schedule", "sweep");
	struct err err = ERR_INIT;
	json_t *value = json_pack("{s:I}", "due", (json_int_t)at(when));

	assert_ok(store_put_json(process.parts.store, STORE_META, &key, value, &err));
	json_decref(value);
	flush(process.parts.store);
}

#define SIX_HOURS "\"sweep\": \"0 */6 * * *\""

static void test_due(void **state)
{
	(void)state;
	struct schedule *schedule = begin_at("2026-11-24T08:15:00Z", SIX_HOURS);

	expect_next(schedule, "2026-11-24T12:00:00Z");
	end(schedule);
	schedule = begin_at("2026-11-24T08:15:00Z", "\"sweep\": null");
	assert_true(schedule_next_ms(schedule) == INT64_MAX);
	end(schedule);
}

static void test_jitter(void **state)
{
	struct schedule *schedule =
		begin_at("2026-11-24T08:15:00Z", SIX_HOURS ", \"jitter_seconds\": 600");
	bool differs = false;

	(void)state;
	for (int i = 0; i < 50; i++) {
		int64_t before_ms = schedule->begins_ms;

		schedule_reload(schedule);
		assert_true(schedule->begins_ms >= at("2026-11-24T12:00:00Z") &&
			schedule->begins_ms < at("2026-11-24T12:10:00Z"));
		assert_true(schedule->due_ms == at("2026-11-24T12:00:00Z"));
		differs = differs || schedule->begins_ms != before_ms;
	}
	assert_true(differs);
	end(schedule);
}

static void test_catch_up(void **state)
{
	static const struct {
		const char *last, *more, *next;
	} cases[] = {
		{ "2026-11-24T06:00:00Z", "", "2026-11-24T12:00:00Z" }, /* nothing was missed */
		{ "2026-11-24T00:00:00Z", "", "2026-11-24T08:15:00Z" }, /* the sweep of 06:00 was missed */
		/* many were missed, and one is made */
		{ "2026-11-01T00:00:00Z", "", "2026-11-24T08:15:00Z" },
		{ "2026-11-24T00:00:00Z", ", \"catch_up\": false", "2026-11-24T12:00:00Z" },
		{ "2026-11-24T18:00:00Z", "", "2026-11-24T12:00:00Z" }, /* the clock was put back */
	};

	(void)state;
	struct schedule *schedule = begin_at("2026-11-24T08:15:00Z", SIX_HOURS);
	expect_next(schedule, "2026-11-24T12:00:00Z"); /* a first start has missed no sweep */
	end(schedule);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		char configuration[128];

		last_was_due(cases[i].last);
		snprintf(configuration, sizeof configuration, SIX_HOURS "%s", cases[i].more);
		schedule = begin_at("2026-11-24T08:15:00Z", configuration);
		expect_next(schedule, cases[i].next);
		end(schedule);
	}
	last_was_due("2026-11-01T00:00:00Z");
	schedule = begin_at("2026-11-24T08:15:00Z", "\"sweep\": null");
	assert_true(schedule_next_ms(schedule) == INT64_MAX);
	end(schedule);
}

static void test_reload(void **state)
{
	struct schedule *schedule =
		begin_at("2026-11-24T08:15:00Z", SIX_HOURS ", \"jitter_seconds\": 3600");

	(void)state;
	configure("\"sweep\": \"30 8 * * *\"");
	schedule_reload(schedule);
	expect_next(schedule, "2026-11-24T08:30:00Z");
	/* A sweep that is due and only waits for its jitter is not lost. */
	schedule->begins_ms = at("2026-11-24T08:50:00Z");
	test_now_ms = at("2026-11-24T08:40:00Z");
	schedule_reload(schedule);
	expect_next(schedule, "2026-11-24T08:50:00Z");
	configure("\"sweep\": null");
	schedule_reload(schedule);
	assert_true(schedule_next_ms(schedule) == INT64_MAX);
	/* A schedule that is added has missed no sweep before. */
	configure(SIX_HOURS);
	schedule_reload(schedule);
	expect_next(schedule, "2026-11-24T12:00:00Z");
	end(schedule);
}

static void test_tick(void **state)
{
	struct schedule *schedule = begin_at("2026-11-24T08:15:00Z", SIX_HOURS);
	struct person ann = { .name = "Ann" };
	struct err err = ERR_INIT;

	(void)state;
	process.state = DAEMON_STARTING;
	schedule_tick(schedule);
	assert_int_equal(spawned_sweeps + spawned_others, 0);
	assert_int_equal(schedule_sweep_now(&process, &ann, &err), -1);
	assert_true(err_is(&err, ERR_BUSY, "NotReady"));
	process.state = DAEMON_READY;
	schedule_tick(schedule);
	assert_int_equal(spawned_sweeps, 1); /* the start looks for a sweep that was cut off */
	assert_int_equal(spawned_others, 2); /* old events, approved changes */
	schedule->sweeping = schedule->resume = schedule->approving = false; /* none was */
	schedule_tick(schedule);
	assert_int_equal(spawned_sweeps, 1);
	test_now_ms = at("2026-11-24T12:00:00Z");
	refuses = true;
	schedule_tick(schedule);
	assert_false(schedule->sweeping); /* the sweep is put off */
	refuses = false;
	schedule_tick(schedule);
	assert_int_equal(spawned_sweeps, 2);
	schedule_tick(schedule);
	assert_int_equal(spawned_sweeps, 2); /* one at a time */
	err_clear(&err);
	assert_int_equal(schedule_sweep_now(&process, &ann, &err), -1);
	assert_true(err_is(&err, ERR_LIMIT, "SweepUnderWay"));
	schedule->sweeping = false;
	plan_next(schedule, test_now_ms);
	assert_ok(schedule_sweep_now(&process, &ann, &err));
	assert_int_equal(spawned_sweeps, 3);
	assert_string_equal(schedule->asker.name, "Ann");
	assert_true(json_is_null(schedule_sweep_to_json(schedule)));
	end(schedule);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_due, with_store, without_store),
		cmocka_unit_test_setup_teardown(test_jitter, with_store, without_store),
		cmocka_unit_test_setup_teardown(test_catch_up, with_store, without_store),
		cmocka_unit_test_setup_teardown(test_reload, with_store, without_store),
		cmocka_unit_test_setup_teardown(test_tick, with_store, without_store),
	};

	return cmocka_run_group_tests_name("daemon schedule", tests, NULL, NULL);
}
