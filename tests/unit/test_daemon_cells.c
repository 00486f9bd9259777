/* Tests how requests for checks of a cell are coalesced, with the test's own clock and checks that
 * end when the test ends them. */
#include "test_store_help.h"

#include "base/clock.h"
#include "baselines_help.h"
#include "daemon/cells.h"
#include "daemon/checks.h"
#include "daemon/life.h"

static int64_t test_now_us = 1000000000;

static int64_t test_clock_us(void)
{
	return test_now_us;
}

#define clock_monotonic_us test_clock_us
#include "daemon/cells.c"
#undef clock_monotonic_us

#define SETTLE_S 10
#define LIMIT_S 60
#define MOST 32

/* --- stubs of the daemon's functions that cells.c calls --- */

static struct {
	size_t begun, running;
	bool open[MOST], fails;
	enum err_kind failure_kind;
	char account[MOST][13], region[MOST][32];
	size_t wanted[MOST];
	bool look[MOST];
	size_t failures;
	size_t refuse_spawns;
} checks;

int checks_make(struct checks_now *unused, const char *account, const struct wanted_cell *wanted,
	size_t count, bool look, struct check_outcome *outcome, struct err *err)
{
	size_t me = checks.begun++;

	(void)unused;
	assert_true(me < MOST);
	snprintf(checks.account[me], sizeof checks.account[me], "%s", account);
	snprintf(checks.region[me], sizeof checks.region[me], "%s", wanted[0].region);
	checks.wanted[me] = count;
	checks.look[me] = look;
	checks.running++;
	while (!checks.open[me])
		if (fiber_sleep(0) < 0)
			break;
	checks.running--;
	if (checks.failure_kind != ERR_NONE)
		return err_set(err, checks.failure_kind, "Test", "the check failed");
	outcome->outcome = HANDLED_REMEDIATED;
	outcome->changes = me + 1; /* the number of the check, from 1 */
	return 0;
}

int daemon_spawn(struct daemon *daemon, const char *name, void (*body)(void *argument),
	void *argument, struct err *err)
{
	if (checks.refuse_spawns > 0) {
		checks.refuse_spawns--;
		return err_set(err, ERR_LIMIT, "TooManyFibers", "no room");
	}
	return fiber_spawn(daemon->parts.loop, name, body, argument, err);
}

void daemon_fiber_done(struct daemon *daemon)
{
	(void)daemon;
}

void daemon_fail(struct daemon *daemon, const struct err *cause)
{
	(void)daemon;
	assert_int_equal(cause->kind, checks.failure_kind);
	checks.failures++;
}

/* --- the test's own part --- */

struct told {
	struct cell_waiter waiter;
	size_t times, by; /* by: the number of the check whose outcome it got; 0: it was given up */
};

static void on_done(struct cell_waiter *waiter, const struct check_outcome *outcome)
{
	struct told *told = waiter->user;

	told->times++;
	told->by = outcome != NULL ? outcome->changes : 0;
}

static struct daemon process;
static struct generation generation;

static struct cells *open_cells(int in_flight)
{
	struct err err = ERR_INIT;
	char text[256];

	memset(&checks, 0, sizeof checks);
	memset(&process, 0, sizeof process);
	snprintf(text, sizeof text,
		"{\"organization\": {\"home_region\": \"eu-west-1\"}, \"limits\": {\"in_flight\": %d}, "
		"\"events\": {\"settle_seconds\": %d, \"settle_limit_seconds\": %d}}",
		in_flight, SETTLE_S, LIMIT_S);
	generation.config = NULL;
	assert_ok(config_parse(text, strlen(text), "reeve.json", all_catalogue(), &generation.config,
		&err));
	process.generation = &generation;
	process.parts.loop = new_loop(0);
	process.state = DAEMON_READY;
	return cells_new(&process);
}

static void close_cells(struct cells *cells)
{
	cells_free(cells);
	loop_free(process.parts.loop);
	config_free(generation.config);
}

static void ask(struct cells *cells, const char *account, const char *baseline, bool look,
	struct told *told)
{
	told->waiter = (struct cell_waiter){ .done = on_done, .user = told };
	cells_request(cells, account, baseline != NULL ? "eu-west-1" : "*",
		baseline != NULL ? baseline_named(baseline) : NULL, look, &told->waiter);
}

#define BLOCK "s3.account-public-access-block"
#define DETECTOR "guardduty.detector"
#define ONE "111111111111"
#define TWO "222222222222"

/* Lets everything run that is ready. Must be called in a fiber. */
static void settle(void)
{
	for (int i = 0; i < 5; i++)
		assert_int_equal(fiber_sleep(0), 0);
}

static void finish(size_t check)
{
	checks.open[check] = true;
	settle();
}

static void pass_s(struct cells *cells, int seconds)
{
	test_now_us += seconds * INT64_C(1000000);
	cells_tick(cells);
	settle();
}

struct body {
	void (*run)(struct cells *cells);
	struct cells *cells;
};

static void run_body(void *argument)
{
	const struct body *body = argument;

	body->run(body->cells);
}

static void in_fiber(int in_flight, void (*run)(struct cells *cells))
{
	struct body body = { run, open_cells(in_flight) };

	spawn(process.parts.loop, run_body, &body);
	loop_run(process.parts.loop);
	close_cells(body.cells);
}

static void coalesce(struct cells *cells)
{
	struct told first = { 0 }, second = { 0 }, third = { 0 }, fourth = { 0 };

	ask(cells, ONE, DETECTOR, false, &first);
	settle();
	assert_int_equal(checks.begun, 1); /* the first request starts a check at once */
	assert_string_equal(checks.account[0], ONE);
	assert_string_equal(checks.region[0], "eu-west-1");
	assert_int_equal(checks.wanted[0], 1);
	ask(cells, ONE, DETECTOR, false, &second);
	ask(cells, ONE, DETECTOR, true, &third);
	pass_s(cells, LIMIT_S * 2);
	assert_int_equal(checks.begun, 1); /* one at a time, however long it takes */
	finish(0);
	assert_int_equal(first.by, 1);
	assert_int_equal(second.times + third.times, 0); /* the check may have read before they came */
	pass_s(cells, 0);
	assert_int_equal(checks.begun, 2); /* the cell was quiet for long enough */
	assert_true(checks.look[1]);
	finish(1);
	assert_int_equal(second.by, 2);
	assert_int_equal(third.by, 2);
	assert_int_equal(cells_count(cells), 1);
	/* A request soon after a check waits until the cell has been quiet. */
	ask(cells, ONE, DETECTOR, false, &fourth);
	pass_s(cells, SETTLE_S - 1);
	assert_int_equal(checks.begun, 2);
	pass_s(cells, 1);
	assert_int_equal(checks.begun, 3);
	assert_false(checks.look[2]);
	finish(2);
	pass_s(cells, SETTLE_S);
	assert_int_equal(cells_count(cells), 0);
	/* After that a request starts a check at once again. */
	ask(cells, ONE, DETECTOR, false, &first);
	settle();
	assert_int_equal(checks.begun, 4);
	finish(3);
	assert_int_equal(first.times, 2);
	assert_int_equal(second.times + third.times + fourth.times, 3);
}

static void test_coalesce(void **state)
{
	(void)state;
	in_fiber(64, coalesce);
}

/* A cell that never gets quiet is checked all the same after the limit. */
static void limit(struct cells *cells)
{
	struct told told[LIMIT_S] = { { { 0 } } };
	int n = 0;

	ask(cells, ONE, BLOCK, false, &told[n++]);
	settle();
	finish(0);
	for (int s = 0; s < LIMIT_S; s += SETTLE_S / 2) {
		ask(cells, ONE, BLOCK, false, &told[n++]);
		settle();
		assert_int_equal(checks.begun, 1);
		pass_s(cells, SETTLE_S / 2);
	}
	assert_int_equal(checks.begun, 2);
	finish(1);
	for (int i = 1; i < n; i++)
		assert_int_equal(told[i].by, 2);
}

static void test_limit(void **state)
{
	(void)state;
	in_fiber(64, limit);
}

static void cells_apart(struct cells *cells)
{
	struct told told[4] = { { { 0 } } };

	ask(cells, ONE, BLOCK, false, &told[0]);
	ask(cells, TWO, BLOCK, false, &told[1]);
	ask(cells, ONE, DETECTOR, false, &told[2]);
	ask(cells, ONE, NULL, true, &told[3]); /* the whole account */
	settle();
	assert_int_equal(checks.begun, 4);
	assert_int_equal(checks.wanted[3], baseline_set_count(all_baselines()));
	assert_true(checks.look[3]);
	for (size_t i = 0; i < 4; i++)
		finish(i);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(told[i].by, i + 1);
}

static void test_cells_apart(void **state)
{
	(void)state;
	in_fiber(64, cells_apart);
}

/* With more cells than may be checked at once, or with a full pool of fibers, the rest waits, and
 * no cell is forgotten. */
static void crowded(struct cells *cells)
{
	struct told told[8] = { { { 0 } } };
	char account[13];

	for (int i = 0; i < 8; i++) {
		snprintf(account, sizeof account, "%012d", i + 1);
		ask(cells, account, BLOCK, false, &told[i]);
	}
	settle();
	assert_int_equal(checks.running, CHECKS_LEAST);
	checks.refuse_spawns = 1;
	for (size_t i = 0; i < 8; i++)
		finish(i); /* the end of each makes room */
	pass_s(cells, 0);
	for (size_t i = 0; i < 8; i++)
		finish(i);
	assert_int_equal(checks.begun, 8);
	for (int i = 0; i < 8; i++)
		assert_int_equal(told[i].times, 1);
}

static void test_crowded(void **state)
{
	(void)state;
	in_fiber(4, crowded);
}

/* When the process ends, waiters of a running check get its outcome, and all others are told that
 * their check was given up. */
static void abandon(struct cells *cells)
{
	struct told checked = { 0 }, during = { 0 }, settling[2] = { { { 0 } } }, late = { 0 },
				later = { 0 };

	ask(cells, TWO, BLOCK, false, &settling[0]);
	settle();
	finish(0);
	ask(cells, TWO, BLOCK, false, &settling[1]);
	ask(cells, ONE, BLOCK, false, &checked);
	ask(cells, ONE, BLOCK, false, &during);
	settle();
	process.state = DAEMON_DRAINING;
	cells_abandon(cells);
	assert_int_equal(settling[1].times, 1);
	assert_int_equal(settling[1].by, 0);
	assert_int_equal(during.times, 1);
	assert_int_equal(checked.times, 0);
	assert_int_equal(cells_count(cells), 1);
	ask(cells, ONE, BLOCK, false, &late);
	ask(cells, TWO, DETECTOR, false, &later);
	assert_int_equal(late.times + later.times, 2);
	assert_int_equal(late.by + later.by, 0);
	finish(1);
	assert_int_equal(checked.by, 2);
	assert_int_equal(cells_count(cells), 0); /* without another tick */
	assert_int_equal(checks.begun, 2);
}

static void test_abandon(void **state)
{
	(void)state;
	in_fiber(64, abandon);
}

/* A check that fails by a fault of the process is reported to the daemon. A check that was cut off
 * is not a fault. */
static void failing(struct cells *cells)
{
	struct told told[2] = { { { 0 } } };

	checks.failure_kind = ERR_STORE;
	ask(cells, ONE, BLOCK, false, &told[0]);
	settle();
	finish(0);
	assert_int_equal(checks.failures, 1);
	checks.failure_kind = ERR_CANCELLED;
	ask(cells, TWO, BLOCK, false, &told[1]);
	settle();
	finish(1);
	assert_int_equal(checks.failures, 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(told[i].times, 1);
		assert_int_equal(told[i].by, 0);
	}
}

static void test_failing(void **state)
{
	(void)state;
	in_fiber(64, failing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_coalesce),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_cells_apart),
		cmocka_unit_test(test_crowded),
		cmocka_unit_test(test_abandon),
		cmocka_unit_test(test_failing),
	};

	return cmocka_run_group_tests_name("daemon cells", tests, NULL, NULL);
}
