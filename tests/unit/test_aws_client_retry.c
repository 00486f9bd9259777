/* Tests of how the client handles failures: retries, clock skew, credentials, redirects. */
#include "aws_client_help.h"

#include "aws/client_view.h"
#include "aws/errors.h"
#include "base/banned.h"

/* The answers in order; the last one is repeated. */
struct script {
	struct fake_answer answers[16];
	int count;
	char seen_date[32], seen_auth[512], seen_target[256], seen_token[64];
	atomic_int asked;
};

static struct script script;

static void play(void *argument, const struct fake_request *request, struct fake_answer *answer)
{
	int index = request->index < script.count ? request->index : script.count - 1;

	(void)argument;
	*answer = script.answers[index];
	fake_header(request, "x-amz-date", script.seen_date, sizeof script.seen_date);
	fake_header(request, "authorization", script.seen_auth, sizeof script.seen_auth);
	fake_header(request, "x-amz-security-token", script.seen_token, sizeof script.seen_token);
	snprintf(script.seen_target, sizeof script.seen_target, "%.255s", request->target);
}

static void add(int status, const char *headers, const char *body)
{
	struct fake_answer *answer = &script.answers[script.count++];

	memset(answer, 0, sizeof *answer);
	answer->status = status;
	snprintf(answer->headers, sizeof answer->headers, "%s", headers);
	snprintf(answer->body, sizeof answer->body, "%s", body);
}

static void add_ok(void)
{
	add(200, "x-amzn-RequestId: req-ok\r\n", "{\"detectorIds\":[\"d1\"]}");
}

static void add_error(int status, const char *code)
{
	char headers[128];

	snprintf(headers, sizeof headers, "x-amzn-ErrorType: %s\r\nx-amzn-RequestId: req-bad\r\n",
		code);
	add(status, headers, "{\"message\":\"no\"}");
}

static void add_hang_up(void)
{
	add(200, "", "");
	script.answers[script.count - 1].hang_up = true;
}

static struct err last;
static struct aws_stats stats;

static void list_detectors(struct bench *bench)
{
	struct aws_call call = { .operation = &aws_guardduty_ListDetectors };
	json_t *out = NULL;

	err_clear(&last);
	if (aws_read(&bench->reader, &call, &out, &last) == 0)
		MUST(strcmp(json_string_value(json_array_get(json_object_get(out, "DetectorIds"), 0)),
				 "d1") == 0);
	json_decref(out);
	stats = aws_stats_now(bench->aws);
}

static int run_script(const struct aws_options *options, void (*body)(struct bench *bench))
{
	struct bench bench;

	bench_start(&bench, play);
	bench_run(&bench, options, body);
	bench_stop(&bench);
	return atomic_load(&bench.server.requests);
}

static int reset(void **state)
{
	(void)state;
	memset(&script, 0, sizeof script);
	return 0;
}

static void transient_failures_are_retried(void **state)
{
	(void)state;
	add_error(500, "InternalError");
	add_hang_up();
	add_error(503, "ServiceUnavailable");
	add_ok();
	assert_int_equal(run_script(NULL, list_detectors), 4);
	assert_ok(&last);
	assert_int_equal(stats.api_calls, 1);
	/* curl itself repeats a GET on a kept connection that turns out to be closed: the second of the
	 * four. */
	assert_in_range(stats.attempts, 3, 4);
	assert_int_equal(stats.retries, stats.attempts - 1);
}

static void attempts_are_bounded(void **state)
{
	(void)state;
	add_error(500, "InternalError");
	assert_int_equal(run_script(&(struct aws_options){ .max_attempts = 3 }, list_detectors), 3);
	assert_int_equal(last.kind, ERR_AWS);
	assert_string_equal(last.code, "InternalError");
	assert_string_equal(last.request_id, "req-bad");
	assert_non_null(strstr(last.message,
		"guardduty ListDetectors in eu-west-1 (account 111122223333): "));
}

static void refusals_are_not_retried(void **state)
{
	(void)state;
	add_error(403, "AccessDeniedException");
	assert_int_equal(run_script(NULL, list_detectors), 1);
	assert_true(aws_error_is_access_denied(&last));
}

static void throttling_does_not_use_up_the_attempts(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		add_error(400, "ThrottlingException");
	add_ok();
	assert_int_equal(run_script(&(struct aws_options){ .max_attempts = 2 }, list_detectors), 5);
	assert_ok(&last);
	assert_int_equal(stats.throttled, 4);
}

static void a_broken_answer_is_retried(void **state)
{
	(void)state;
	add(200, "", "<html>proxy</html>");
	add_ok();
	assert_int_equal(run_script(NULL, list_detectors), 2);
	assert_ok(&last);
}

/* --- mutations --- */

static struct aws_operation once_only;
static int permits, permits_given;

static int permit(void *argument, const struct aws_operation *operation, struct err *err)
{
	(void)argument;
	(void)operation;
	if (permits++ < permits_given)
		return 0;
	return err_set(err, ERR_LIMIT, "Paused", "the kill switch is on");
}

static void update(struct bench *bench, const struct aws_operation *operation)
{
	struct aws_call call = { .operation = operation,
		.params = json_pack("{s:s, s:b}", "DetectorId", "d1", "Enable", 1) };

	err_clear(&last);
	permits = 0;
	bench->writer.permit = permit;
	int result = aws_write(&bench->writer, &call, NULL, &last);
	MUST(result == (last.kind == ERR_NONE ? 0 : -1));
	stats = aws_stats_now(bench->aws);
}

static void update_repeatable(struct bench *bench)
{
	update(bench, &aws_guardduty_UpdateDetector);
}

static void update_once(struct bench *bench)
{
	once_only = aws_guardduty_UpdateDetector;
	once_only.repeatable = false;
	update(bench, &once_only);
}

static void a_repeatable_mutation_is_sent_again(void **state)
{
	(void)state;
	permits_given = 10;
	add_hang_up();
	add_error(500, "InternalError");
	add(200, "", "{}");
	assert_int_equal(run_script(NULL, update_repeatable), 3);
	assert_ok(&last);
	assert_int_equal(stats.mutating_calls, 1);
	assert_int_equal(permits, 3);
}

static void another_mutation_is_not_sent_again_once_sent(void **state)
{
	(void)state;
	permits_given = 10;
	add_hang_up();
	assert_int_equal(run_script(NULL, update_once), 1);
	assert_int_equal(last.kind, ERR_NETWORK);
	assert_false(aws_error_had_no_effect(&last));
	reset(NULL);
	add_error(500, "InternalError");
	assert_int_equal(run_script(NULL, update_once), 1);
	assert_false(aws_error_had_no_effect(&last));
	/* A throttled change had no effect, so it may be sent again. */
	reset(NULL);
	add_error(429, "TooManyRequestsException");
	add(200, "", "{}");
	assert_int_equal(run_script(NULL, update_once), 2);
	assert_ok(&last);
}

static void a_mutation_that_was_never_sent_had_no_effect(void **state)
{
	struct bench bench;

	(void)state;
	permits_given = 10;
	bench_start(&bench, play);
	setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1", 1);
	bench_run(&bench, &(struct aws_options){ .max_attempts = 2 }, update_once);
	bench_stop(&bench);
	assert_int_equal(last.kind, ERR_NETWORK);
	assert_true(aws_error_had_no_effect(&last));
	assert_int_equal(permits, 2);
}

static void the_permit_is_asked_before_each_attempt(void **state)
{
	(void)state;
	permits_given = 0;
	add(200, "", "{}");
	assert_int_equal(run_script(NULL, update_repeatable), 0);
	assert_string_equal(last.code, "Paused");
	assert_true(aws_error_had_no_effect(&last));
	assert_int_equal(stats.mutating_calls, 0);
	/* A refusal that follows an attempt of unknown outcome must not make the caller believe that
	 * nothing happened. */
	reset(NULL);
	permits_given = 1;
	add_error(500, "InternalError");
	assert_int_equal(run_script(NULL, update_repeatable), 1);
	assert_string_equal(last.code, "InternalError");
	assert_false(aws_error_had_no_effect(&last));
}

static void a_refusal_does_not_hide_an_earlier_attempt(void **state)
{
	(void)state;
	permits_given = 10;
	add_hang_up();
	add_error(403, "AccessDeniedException");
	assert_int_equal(run_script(NULL, update_repeatable), 2);
	assert_true(aws_error_is_access_denied(&last));
	assert_false(aws_error_had_no_effect(&last));
	assert_non_null(strstr(last.message, "may have taken effect"));
}

/* --- clock --- */

static void list_twice(struct bench *bench)
{
	list_detectors(bench);
	MUST(last.kind == ERR_NONE);
	list_detectors(bench);
}

static void a_clock_that_is_off_is_corrected_once_for_all(void **state)
{
	(void)state;
	add(403,
		"x-amzn-ErrorType: InvalidSignatureException\r\nDate: Tue, 24 Nov 2037 08:00:00 GMT\r\n",
		"{\"message\":\"Signature not yet current\"}");
	add_ok();
	assert_int_equal(run_script(NULL, list_twice), 3);
	assert_ok(&last);
	assert_int_equal(strncmp(script.seen_date, "20371124T08", 11), 0);
	assert_int_equal(stats.retries, 1);
}

static void a_wrong_signature_is_not_the_clock(void **state)
{
	char headers[128], date[64];
	time_t now = time(NULL);
	struct tm utc;

	(void)state;
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &utc));
	snprintf(headers, sizeof headers, "x-amzn-ErrorType: SignatureDoesNotMatch\r\nDate: %s\r\n",
		date);
	add(403, headers, "{}");
	assert_int_equal(run_script(NULL, list_detectors), 1);
	reset(NULL);
	/* A clock that stays wrong is corrected once; after that the refusal counts as a transient
	 * failure. */
	add(403, "x-amzn-ErrorType: RequestTimeTooSkewed\r\nDate: Tue, 24 Nov 2037 08:00:00 GMT\r\n",
		"{}");
	add(403, "x-amzn-ErrorType: RequestTimeTooSkewed\r\nDate: Tue, 24 Nov 2017 08:00:00 GMT\r\n",
		"{}");
	assert_int_equal(run_script(&(struct aws_options){ .max_attempts = 3 }, list_detectors), 4);
	assert_string_equal(last.code, "RequestTimeTooSkewed");
}

/* --- S3 regions --- */

static void get_encryption(struct bench *bench)
{
	struct aws_call call = { .operation = &aws_s3_GetBucketEncryption,
		.params = json_pack("{s:s}", "Bucket", "logs") };

	err_clear(&last);
	int result = aws_read(&bench->reader, &call, NULL, &last);
	MUST(result == (last.kind == ERR_NONE ? 0 : -1));
}

static const char encryption[] =
	"<ServerSideEncryptionConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
	"<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
	"</ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>";

static void a_bucket_elsewhere_is_followed_once(void **state)
{
	(void)state;
	add(301, "x-amz-bucket-region: ap-southeast-2\r\n",
		"<Error><Code>PermanentRedirect</Code></Error>");
	add(200, "", encryption);
	assert_int_equal(run_script(NULL, get_encryption), 2);
	assert_ok(&last);
	assert_non_null(strstr(script.seen_auth, "/ap-southeast-2/s3/"));
	assert_string_equal(script.seen_target, "/logs?encryption");
	/* Here only the body names the region. */
	reset(NULL);
	add(400, "",
		"<?xml "
		"version=\"1.0\"?><Error><Code>AuthorizationHeaderMalformed</Code><Region>us-west-2</"
		"Region></Error>");
	add(200, "", encryption);
	assert_int_equal(run_script(NULL, get_encryption), 2);
	assert_non_null(strstr(script.seen_auth, "/us-west-2/s3/"));
	/* A redirect in circles is given up. */
	reset(NULL);
	add(301, "x-amz-bucket-region: ap-southeast-2\r\n",
		"<Error><Code>PermanentRedirect</Code></Error>");
	add(301, "x-amz-bucket-region: eu-west-1\r\n", "<Error><Code>PermanentRedirect</Code></Error>");
	for (int i = 0; i < 3; i++) {
		add(301, "x-amz-bucket-region: ap-southeast-2\r\n",
			"<Error><Code>PermanentRedirect</Code></Error>");
		add(301, "x-amz-bucket-region: eu-west-1\r\n",
			"<Error><Code>PermanentRedirect</Code></Error>");
	}
	assert_int_equal(run_script(NULL, get_encryption), 6);
	assert_string_equal(last.code, "PermanentRedirect");
	/* A text that isn't a region's name never gets into a host name. */
	reset(NULL);
	add(301, "x-amz-bucket-region: evil.example/x\r\n",
		"<Error><Code>PermanentRedirect</Code></Error>");
	assert_int_equal(run_script(NULL, get_encryption), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(transient_failures_are_retried, reset),
		cmocka_unit_test_setup(attempts_are_bounded, reset),
		cmocka_unit_test_setup(refusals_are_not_retried, reset),
		cmocka_unit_test_setup(throttling_does_not_use_up_the_attempts, reset),
		cmocka_unit_test_setup(a_broken_answer_is_retried, reset),
		cmocka_unit_test_setup(a_repeatable_mutation_is_sent_again, reset),
		cmocka_unit_test_setup(another_mutation_is_not_sent_again_once_sent, reset),
		cmocka_unit_test_setup(a_mutation_that_was_never_sent_had_no_effect, reset),
		cmocka_unit_test_setup(the_permit_is_asked_before_each_attempt, reset),
		cmocka_unit_test_setup(a_refusal_does_not_hide_an_earlier_attempt, reset),
		cmocka_unit_test_setup(a_clock_that_is_off_is_corrected_once_for_all, reset),
		cmocka_unit_test_setup(a_wrong_signature_is_not_the_clock, reset),
		cmocka_unit_test_setup(a_bucket_elsewhere_is_followed_once, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
