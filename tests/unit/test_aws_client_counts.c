/* Tests of the counts of calls and retries, for the caller and as metrics, and of how long one call
 * may take. */
#include "aws_client_help.h"

#include "aws/client_view.h"
#include "aws/session.h"
#include "aws/session_assume.h"
#include "base/banned.h"
#include "base/metrics.h"

static struct {
	atomic_int asked;
	int statuses[4]; /* of the nth answer; later answers are 200 */
	int delay_ms;
} world;

static void answer(void *argument, const struct fake_request *request, struct fake_answer *out)
{
	int number = atomic_fetch_add(&world.asked, 1);

	(void)argument;
	if (strstr(request->body, "Action=AssumeRole") != NULL) {
		snprintf(out->body, sizeof out->body,
			"<AssumeRoleResponse "
			"xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>"
			"<AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</"
			"SessionToken>"
			"<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></"
			"AssumeRoleResponse>");
		return;
	}
	out->delay_ms = world.delay_ms;
	if (number < 4 && world.statuses[number] != 0) {
		out->status = world.statuses[number];
		snprintf(out->body, sizeof out->body, "{\"__type\":\"%s\",\"message\":\"no\"}",
			out->status == 429       ? "TooManyRequestsException"
				: out->status == 400 ? "BadRequestException"
									 : "InternalFailure");
		return;
	}
	snprintf(out->body, sizeof out->body, "{\"detectorIds\":[\"d\"]}");
}

static int reset(void **state)
{
	(void)state;
	memset(&world, 0, sizeof world);
	metrics_reset();
	return 0;
}

static void run(const struct aws_options *options, void (*body)(struct bench *bench))
{
	struct bench bench;

	bench_start(&bench, answer);
	bench_run(&bench, options, body);
	bench_stop(&bench);
}

static MAY_YIELD int list(struct aws_reader *reader, struct err *err)
{
	return aws_read(reader, &(struct aws_call){ .operation = &aws_guardduty_ListDetectors }, NULL,
		err);
}

static double calls(const char *outcome)
{
	return metric_value(METRIC_AWS_CALLS, METRIC_LABELS("guardduty", outcome));
}

/* --- charged --- */

static MAY_YIELD void charge_two(struct bench *bench)
{
	struct aws_stats one = { 0 }, two = { 0 }, all;
	struct aws_reader first = bench->reader, second = bench->reader;
	struct aws_writer writer = bench->writer;
	struct err err = ERR_INIT;

	first.charged = writer.charged = &one;
	second.charged = &two;
	MUST(list(&first, &err) == 0);
	MUST(list(&second, &err) == 0);
	MUST(list(&second, &err) == 0);
	MUST(list(&bench->reader, &err) == 0);
	MUST(aws_write(&writer,
			 &(struct aws_call){ .operation = &aws_guardduty_DeleteDetector,
				 .params = json_pack("{s:s}", "DetectorId", "d") },
			 NULL, &err) == 0);
	MUST(one.api_calls == 2 && one.attempts == 4 && one.retries == 2 && one.throttled == 1 &&
		one.mutating_calls == 1);
	MUST(two.api_calls == 2 && two.attempts == 2 && two.retries == 0 && two.throttled == 0 &&
		two.mutating_calls == 0);
	all = aws_stats_now(bench->aws);
	MUST(all.api_calls == 5 && all.attempts == 7 && all.retries == 2 && all.throttled == 1 &&
		all.mutating_calls == 1);
}

static void each_call_is_charged_to_its_run(void **state)
{
	(void)state;
	world.statuses[0] = 500;
	world.statuses[1] = 429;
	run(NULL, charge_two);
}

static MAY_YIELD void charge_role(struct bench *bench)
{
	struct aws_stats charged = { 0 };
	struct aws_assume_role role = { .role_arn = "arn:aws:iam::111122223333:role/Reeve",
		.session_name = "reeve",
		.region = "eu-west-1" };
	struct aws_reader reader = bench->reader;
	const struct aws_credentials *credentials;
	struct err err = ERR_INIT;

	reader.session = aws_session_assume_role(bench->aws, aws_session_default(bench->aws), &role);
	reader.charged = &charged;
	MUST(list(&reader, &err) == 0 && list(&reader, &err) == 0);
	MUST(charged.assume_role_calls == 1 && charged.api_calls == 3);
	aws_session_release(reader.session);
	charged = (struct aws_stats){ 0 };
	reader.session = aws_session_assume_role(bench->aws, aws_session_default(bench->aws), &role);
	MUST(aws_session_get(reader.session, &charged, &credentials, &err) == 0);
	MUST(charged.assume_role_calls == 1 && aws_stats_now(bench->aws).assume_role_calls == 2);
	aws_session_release(reader.session);
}

static void assuming_a_role_is_charged_to_its_first_caller(void **state)
{
	(void)state;
	run(NULL, charge_role);
}

/* --- metrics --- */

static MAY_YIELD void fail_in_all_ways(struct bench *bench)
{
	struct err err = ERR_INIT;
	struct aws_call once = { .operation = &aws_guardduty_ListDetectors, .max_attempts = 1 };

	MUST(aws_read(&bench->reader, &once, NULL, &err) < 0 && err.http_status == 400);
	MUST(aws_read(&bench->reader, &once, NULL, &err) < 0 && err.http_status == 429);
	MUST(aws_read(&bench->reader, &once, NULL, &err) < 0 && err.http_status == 500);
	MUST(list(&bench->reader, &err) == 0);
	MUST(list(&bench->reader, &err) == 0);
}

static void outcomes_are_counted(void **state)
{
	(void)state;
	world.statuses[0] = 400;
	world.statuses[1] = 429;
	world.statuses[2] = 500;
	world.statuses[3] = 500;
	run(NULL, fail_in_all_ways);
	assert_true(calls("refused") == 1 && calls("throttled") == 1 && calls("failed") == 1 &&
		calls("ok") == 2);
	assert_true(metric_value(METRIC_AWS_RETRIES, METRIC_LABELS("guardduty")) == 1);
	assert_true(metric_value(METRIC_THROTTLES, METRIC_LABELS("guardduty")) == 1);
}

/* --- the patience of one call --- */

static MAY_YIELD void hold(struct bench *bench)
{
	struct err err = ERR_INIT;
	struct aws_call call = { .operation = &aws_guardduty_ListDetectors, .max_attempts = 1 };

	MUST(aws_read(&bench->reader, &call, NULL, &err) < 0 && err.kind == ERR_TIMEOUT);
	MUST(atomic_load(&world.asked) == 1);
	call.hold_ms = 20000;
	MUST(aws_read(&bench->reader, &call, NULL, &err) == 0);
}

static void a_long_poll_may_take_longer(void **state)
{
	(void)state;
	world.delay_ms = 600;
	run(&(struct aws_options){ .attempt_timeout_ms = 200 }, hold);
}

static struct fiber_ref under_way;
static bool abandonable;
static struct err outcome;
static int result;

static MAY_YIELD void delete_slowly(void *argument)
{
	struct bench *bench = argument;

	under_way = fiber_ref();
	result = aws_write(&bench->writer,
		&(struct aws_call){ .operation = &aws_guardduty_DeleteDetector,
			.abandonable = abandonable,
			.params = json_pack("{s:s}", "DetectorId", "d") },
		NULL, &outcome);
}

static MAY_YIELD void cut_off(struct bench *bench)
{
	struct err err = ERR_INIT;

	MUST(fiber_spawn(bench->loop, "slow", delete_slowly, bench, &err) == 0);
	while (atomic_load(&world.asked) == 0)
		MUST(fiber_sleep(2) == 0);
	fiber_cancel(under_way);
}

static void a_change_is_cut_off_only_where_that_is_allowed(void **state)
{
	(void)state;
	world.delay_ms = 300;
	for (int i = 0; i < 2; i++) {
		abandonable = i == 1;
		atomic_store(&world.asked, 0);
		err_clear(&outcome);
		run(NULL, cut_off);
		assert_int_equal(result, abandonable ? -1 : 0);
		assert_int_equal(outcome.kind, abandonable ? ERR_CANCELLED : ERR_NONE);
	}
	assert_true(calls("ok") == 1 && calls("failed") == 0);
}

/* The fiber that renews for all may be cancelled alone: the next one renews, and no failure is
 * kept. */
static MAY_YIELD void stop_the_renewer(struct bench *bench)
{
	struct aws_assume_role role = { .role_arn = "arn:aws:iam::111122223333:role/Reeve",
		.session_name = "reeve",
		.region = "eu-west-1" };
	struct aws_session *own = bench->writer.session;
	const struct aws_credentials *credentials;
	struct err err = ERR_INIT;

	bench->writer.session = aws_session_assume_role(bench->aws, own, &role);
	MUST(fiber_spawn(bench->loop, "slow", delete_slowly, bench, &err) == 0);
	MUST(fiber_sleep(0) == 0);
	fiber_cancel(under_way);
	MUST(fiber_sleep(20) == 0);
	MUST(result == -1 && outcome.kind == ERR_CANCELLED);
	MUST(aws_session_get(bench->writer.session, NULL, &credentials, &err) == 0);
	aws_session_release(bench->writer.session);
}

static void a_renewal_that_was_stopped_is_no_failure(void **state)
{
	(void)state;
	err_clear(&outcome);
	run(NULL, stop_the_renewer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_call_is_charged_to_its_run, reset),
		cmocka_unit_test_setup(assuming_a_role_is_charged_to_its_first_caller, reset),
		cmocka_unit_test_setup(outcomes_are_counted, reset),
		cmocka_unit_test_setup(a_long_poll_may_take_longer, reset),
		cmocka_unit_test_setup(a_change_is_cut_off_only_where_that_is_allowed, reset),
		cmocka_unit_test_setup(a_renewal_that_was_stopped_is_no_failure, reset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
