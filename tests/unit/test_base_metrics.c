/* Metrics: counting, the cap on series, and the text that a scraper reads. */
#include "base/metrics.h"

#include "base/banned.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct buf text = BUF_INIT(16 * 1024 * 1024);

static const char *scrape(void)
{
	buf_reset(&text);
	metrics_add_text(&text);
	assert_true(buf_ok(&text));
	return text.data;
}

static bool has_line(const char *line)
{
	size_t length = strlen(line);

	for (const char *at = scrape(); at != NULL; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, line, length) == 0 && at[length] == '\n')
			return true;
	}
	return false;
}

static int reset(void **state)
{
	(void)state;
	metrics_reset();
	return 0;
}

static void counters_add_up(void **state)
{
	(void)state;
	assert_true(metric_value(METRIC_RUNS, METRIC_LABELS("sweep", "done")) == 0);
	metric_add(METRIC_RUNS, METRIC_LABELS("sweep", "done"), 1);
	metric_add(METRIC_RUNS, METRIC_LABELS("sweep", "done"), 2);
	metric_add(METRIC_RUNS, METRIC_LABELS("sweep", "failed"), 1);
	metric_add(METRIC_RUNS, METRIC_LABELS("sweep", "done"), -1);
	metric_add(METRIC_RUNS, METRIC_LABELS("sweep", "done"), NAN);
	assert_true(metric_value(METRIC_RUNS, METRIC_LABELS("sweep", "done")) == 3);
	assert_true(has_line("# HELP reeve_runs_total Runs that ended, by kind and state."));
	assert_true(has_line("# TYPE reeve_runs_total counter"));
	assert_true(has_line("reeve_runs_total{kind=\"sweep\",state=\"done\"} 3"));
	assert_true(has_line("reeve_runs_total{kind=\"sweep\",state=\"failed\"} 1"));
}

static void the_parts_of_a_key_do_not_run_together(void **state)
{
	(void)state;
	metric_add(METRIC_RUNS, METRIC_LABELS("ab", "c"), 1);
	metric_add(METRIC_RUNS, METRIC_LABELS("a", "bc"), 1);
	assert_true(metric_value(METRIC_RUNS, METRIC_LABELS("ab", "c")) == 1);
}

static void a_plain_counter_begins_at_zero_and_a_gauge_does_not(void **state)
{
	(void)state;
	assert_true(has_line("reeve_store_commits_total 0"));
	assert_null(strstr(scrape(), "reeve_queue_up"));
	assert_null(strstr(scrape(), "reeve_runs_total"));
	metric_set(METRIC_QUEUE_UP, METRIC_NO_LABELS, 1);
	metric_add(METRIC_STORE_COMMITS, METRIC_NO_LABELS, 1);
	assert_true(has_line("# TYPE reeve_queue_up gauge"));
	assert_true(has_line("reeve_queue_up 1"));
	assert_true(has_line("reeve_store_commits_total 1"));
}

static void gauges_are_set_and_forgotten(void **state)
{
	(void)state;
	metric_set(METRIC_CELLS, METRIC_LABELS("drifted"), 7);
	metric_set(METRIC_CELLS, METRIC_LABELS("drifted"), 4);
	metric_set(METRIC_CELLS, METRIC_LABELS("unknown"), 1);
	assert_true(has_line("reeve_cells{status=\"drifted\"} 4"));
	metric_clear(METRIC_CELLS);
	assert_null(strstr(scrape(), "reeve_cells"));
	assert_true(metric_value(METRIC_CELLS, METRIC_LABELS("drifted")) == 0);
}

static void numbers_are_exact(void **state)
{
	(void)state;
	metric_set(METRIC_LOOP_LAG, METRIC_NO_LABELS, 0.1);
	assert_true(has_line("reeve_loop_lag_seconds 0.1"));
	metric_set(METRIC_LOOP_LAG, METRIC_NO_LABELS, 0.1 + 0.2);
	assert_true(has_line("reeve_loop_lag_seconds 0.30000000000000004"));
	metric_set(METRIC_STORE_BYTES, METRIC_NO_LABELS, 9007199254740991.0);
	assert_true(has_line("reeve_store_bytes 9007199254740991"));
	metric_set(METRIC_STORE_BYTES, METRIC_NO_LABELS, INFINITY);
	assert_true(has_line("reeve_store_bytes +Inf"));
	metric_set(METRIC_STORE_BYTES, METRIC_NO_LABELS, -INFINITY);
	assert_true(has_line("reeve_store_bytes -Inf"));
	metric_set(METRIC_STORE_BYTES, METRIC_NO_LABELS, NAN);
	assert_true(has_line("reeve_store_bytes NaN"));
}

static void label_values_are_escaped(void **state)
{
	(void)state;
	metric_set(METRIC_CELLS, METRIC_LABELS("a\"b\\c\nd"), 1);
	assert_true(has_line("reeve_cells{status=\"a\\\"b\\\\c\\nd\"} 1"));
	metric_set(METRIC_CELLS, METRIC_LABELS("na\xc3\xafve"), 2);
	assert_true(has_line("reeve_cells{status=\"na\xc3\xafve\"} 2"));
}

static void values_that_are_not_utf8_share_a_series(void **state)
{
	(void)state;
	metric_add(METRIC_RUNS, METRIC_LABELS("x\xff", "done"), 1);
	metric_add(METRIC_RUNS, METRIC_LABELS("x\xfe", "done"), 1);
	assert_true(has_line("reeve_runs_total{kind=\"x?\",state=\"done\"} 2"));
	assert_true(metric_value(METRIC_RUNS, METRIC_LABELS("x\xff", "done")) == 2);
}

static void a_long_value_is_cut(void **state)
{
	char value[1000], line[300];

	(void)state;
	memset(value, 'v', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	metric_set(METRIC_CELLS, METRIC_LABELS(value), 1);
	snprintf(line, sizeof line, "reeve_cells{status=\"%.128s\"} 1", value);
	assert_true(has_line(line));
}

static void series_beyond_the_cap_count_as_other(void **state)
{
	char value[32];

	(void)state;
	for (int i = 0; i < 1200; i++) {
		snprintf(value, sizeof value, "resource-%d", i);
		metric_add(METRIC_CHANGES, METRIC_LABELS(value, "done"), 1);
	}
	metric_add(METRIC_CHANGES, METRIC_LABELS("resource-5", "done"), 1);
	assert_true(has_line("reeve_changes_total{baseline=\"resource-5\",outcome=\"done\"} 2"));
	assert_true(has_line("reeve_changes_total{baseline=\"resource-999\",outcome=\"done\"} 1"));
	assert_null(strstr(scrape(), "resource-1000"));
	assert_true(has_line("reeve_changes_total{baseline=\"other\",outcome=\"other\"} 200"));
}

static void histograms_have_buckets_sum_and_count(void **state)
{
	(void)state;
	metric_observe(METRIC_RUN_SECONDS, METRIC_LABELS("sweep"), 0.005);
	metric_observe(METRIC_RUN_SECONDS, METRIC_LABELS("sweep"), 0.5);
	metric_observe(METRIC_RUN_SECONDS, METRIC_LABELS("sweep"), 0.75);
	metric_observe(METRIC_RUN_SECONDS, METRIC_LABELS("sweep"), 4000);
	metric_observe(METRIC_RUN_SECONDS, METRIC_LABELS("sweep"), NAN);
	assert_true(metric_value(METRIC_RUN_SECONDS, METRIC_LABELS("sweep")) == 4);
	assert_true(has_line("# TYPE reeve_run_duration_seconds histogram"));
	assert_true(has_line("reeve_run_duration_seconds_bucket{kind=\"sweep\",le=\"0.005\"} 1"));
	assert_true(has_line("reeve_run_duration_seconds_bucket{kind=\"sweep\",le=\"0.25\"} 1"));
	assert_true(has_line("reeve_run_duration_seconds_bucket{kind=\"sweep\",le=\"0.5\"} 2"));
	assert_true(has_line("reeve_run_duration_seconds_bucket{kind=\"sweep\",le=\"1\"} 3"));
	assert_true(has_line("reeve_run_duration_seconds_bucket{kind=\"sweep\",le=\"600\"} 3"));
	assert_true(has_line("reeve_run_duration_seconds_bucket{kind=\"sweep\",le=\"+Inf\"} 4"));
	assert_true(has_line("reeve_run_duration_seconds_sum{kind=\"sweep\"} 4001.255"));
	assert_true(has_line("reeve_run_duration_seconds_count{kind=\"sweep\"} 4"));
	metric_observe(METRIC_EVENT_SECONDS, METRIC_NO_LABELS, 1);
	assert_true(has_line("reeve_event_to_verified_seconds_bucket{le=\"0.5\"} 0"));
	assert_true(has_line("reeve_event_to_verified_seconds_bucket{le=\"1\"} 1"));
	assert_true(has_line("reeve_event_to_verified_seconds_count 1"));
}

/* The rules of the format: each metric once, HELP before TYPE before samples, one newline at the
 * end. */
static void every_line_has_the_form(void **state)
{
	const char *at;

	(void)state;
	metric_set(METRIC_BUILD, METRIC_LABELS("0.1.0"), 1);
	metric_observe(METRIC_RUN_SECONDS, METRIC_LABELS("sweep"), 1);
	for (at = scrape(); *at != '\0'; at = strchr(at, '\n') + 1) {
		char name[128] = "", rest[16] = "";

		assert_non_null(strchr(at, '\n'));
		if (*at == '#') {
			assert_true(strncmp(at, "# HELP ", 7) == 0 || strncmp(at, "# TYPE ", 7) == 0);
			continue;
		}
		assert_int_equal(sscanf(at, "%127[a-z0-9_]%15[{ ]", name, rest), 2);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, reset, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(counters_add_up),
		TEST(the_parts_of_a_key_do_not_run_together),
		TEST(a_plain_counter_begins_at_zero_and_a_gauge_does_not),
		TEST(gauges_are_set_and_forgotten),
		TEST(numbers_are_exact),
		TEST(label_values_are_escaped),
		TEST(values_that_are_not_utf8_share_a_series),
		TEST(a_long_value_is_cut),
		TEST(series_beyond_the_cap_count_as_other),
		TEST(histograms_have_buckets_sum_and_count),
		TEST(every_line_has_the_form),
	};

	int result = cmocka_run_group_tests(tests, NULL, NULL);
	buf_release(&text);
	return result;
}
