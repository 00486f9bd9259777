/* Tests of which failures are retried, of the retry quota, and of the backoff. */
#include "aws/retry.h"

#include "base/banned.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void failures_are_told_apart(void **state)
{
	static const struct {
		enum err_kind kind;
		int status;
		const char *code;
		bool is_s3;
		enum retry_kind expected;
	} cases[] = {
		{ ERR_AWS, 400, "ThrottlingException", false, RETRY_THROTTLE },
		{ ERR_AWS, 400, "Throttling", false, RETRY_THROTTLE },
		{ ERR_AWS, 503, "RequestLimitExceeded", false, RETRY_THROTTLE },
		{ ERR_AWS, 503, "SlowDown", true, RETRY_THROTTLE },
		{ ERR_AWS, 429, "TooManyRequestsException", false, RETRY_THROTTLE },
		{ ERR_AWS, 429, "Whatever", false, RETRY_THROTTLE },
		{ ERR_AWS, 400, "LimitExceededException", false, RETRY_NEVER },
		{ ERR_AWS, 500, "InternalError", false, RETRY_TRANSIENT },
		{ ERR_AWS, 503, "ServiceUnavailable", false, RETRY_TRANSIENT },
		{ ERR_AWS, 502, "Whatever", false, RETRY_TRANSIENT },
		{ ERR_AWS, 504, "Whatever", false, RETRY_TRANSIENT },
		{ ERR_AWS, 501, "NotImplemented", false, RETRY_NEVER },
		{ ERR_AWS, 400, "RequestTimeout", true, RETRY_TRANSIENT },
		{ ERR_AWS, 400, "IDPCommunicationError", false, RETRY_TRANSIENT },
		{ ERR_AWS, 403, "AccessDenied", false, RETRY_NEVER },
		{ ERR_AWS, 404, "NoSuchEntity", false, RETRY_NEVER },
		{ ERR_AWS, 403, "ExpiredToken", false, RETRY_EXPIRED },
		{ ERR_AWS, 403, "ExpiredTokenException", false, RETRY_EXPIRED },
		{ ERR_AWS, 403, "InvalidClientTokenId", false, RETRY_EXPIRED },
		{ ERR_AWS, 403, "RequestTimeTooSkewed", true, RETRY_SKEW },
		{ ERR_AWS, 403, "SignatureDoesNotMatch", false, RETRY_SKEW },
		{ ERR_AWS, 400, "InvalidSignatureException", false, RETRY_SKEW },
		{ ERR_AWS, 401, "AuthFailure", false, RETRY_SKEW },
		{ ERR_AWS, 301, "PermanentRedirect", true, RETRY_REDIRECT },
		{ ERR_AWS, 307, "Whatever", true, RETRY_REDIRECT },
		{ ERR_AWS, 301, "Whatever", false, RETRY_NEVER },
		{ ERR_AWS, 400, "AuthorizationHeaderMalformed", true, RETRY_REDIRECT },
		{ ERR_NETWORK, 0, "ConnectionReset", false, RETRY_TRANSIENT },
		{ ERR_PROTOCOL, 200, "InvalidJson", false, RETRY_TRANSIENT },
		{ ERR_TIMEOUT, 0, "Timeout", false, RETRY_TIMEOUT },
		{ ERR_LIMIT, 0, "TooLarge", false, RETRY_NEVER },
		{ ERR_CANCELLED, 0, "Cancelled", false, RETRY_NEVER },
		{ ERR_UNDECLARED, 0, "UndeclaredAction", false, RETRY_NEVER },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct err err = { .kind = cases[i].kind, .http_status = cases[i].status };

		snprintf(err.code, sizeof err.code, "%s", cases[i].code);
		if (retry_classify(&err, cases[i].is_s3) != cases[i].expected)
			fail_msg("%s (%d): %d", cases[i].code, cases[i].status,
				retry_classify(&err, cases[i].is_s3));
	}
}

static void quota_is_spent_and_refunded(void **state)
{
	struct retry_quota quota = { RETRY_QUOTA_TOKENS };
	int taken = 0;

	(void)state;
	while (retry_quota_take(&quota, RETRY_TIMEOUT) == RETRY_COST_TIMEOUT)
		taken++;
	assert_int_equal(taken, 50);
	assert_int_equal(retry_quota_take(&quota, RETRY_TRANSIENT), -1);
	/* Throttling costs nothing: its bucket slows down instead. */
	assert_int_equal(retry_quota_take(&quota, RETRY_THROTTLE), 0);
	retry_quota_refund(&quota, RETRY_COST_TRANSIENT);
	assert_int_equal(retry_quota_take(&quota, RETRY_TRANSIENT), RETRY_COST_TRANSIENT);
	retry_quota_refund(&quota, 10000);
	assert_int_equal(quota.tokens, RETRY_QUOTA_TOKENS);
}

static void backoff_is_full_jitter_within_its_bounds(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (int retry = 1; retry < 80; retry++) {
		int64_t bound_ms = retry < 9 ? 100LL << (retry - 1) : RETRY_MAX_WAIT_MS, low = bound_ms,
				high = 0;

		if (bound_ms > RETRY_MAX_WAIT_MS)
			bound_ms = RETRY_MAX_WAIT_MS;
		for (int i = 0; i < 300; i++) {
			int64_t ms = retry_backoff_ms(RETRY_TRANSIENT, retry, &random);

			assert_in_range(ms, 0, bound_ms);
			low = ms < low ? ms : low;
			high = ms > high ? ms : high;
		}
		assert_true(low < bound_ms / 10 && high > bound_ms * 9 / 10);
	}
}

static void dates_and_retry_after(void **state)
{
	int64_t now_ms = 1795507200000; /* 2026-11-24T08:00:00Z */

	(void)state;
	assert_int_equal(retry_parse_http_date("Tue, 24 Nov 2026 08:00:00 GMT"), now_ms);
	assert_int_equal(retry_parse_http_date("2026-11-24T08:00:00Z"), 0);
	assert_int_equal(retry_parse_http_date("Tue, 24 ovD 2026 08:00:00 GMT"), 0);
	assert_int_equal(retry_parse_http_date("Tue, 24 Nov"), 0);
	assert_int_equal(retry_parse_http_date(""), 0);
	assert_int_equal(retry_parse_http_date(NULL), 0);
	assert_int_equal(retry_after_ms(NULL, now_ms), -1);
	assert_int_equal(retry_after_ms("", now_ms), -1);
	assert_int_equal(retry_after_ms("3", now_ms), 3000);
	assert_int_equal(retry_after_ms("3x", now_ms), -1);
	assert_int_equal(retry_after_ms("999999999999999999999", now_ms), RETRY_MAX_WAIT_MS);
	assert_int_equal(retry_after_ms("Tue, 24 Nov 2026 08:00:05 GMT", now_ms), 5000);
	assert_int_equal(retry_after_ms("Tue, 24 Nov 2026 07:00:05 GMT", now_ms), 0);
	assert_int_equal(retry_after_ms("soon", now_ms), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failures_are_told_apart),
		cmocka_unit_test(quota_is_spent_and_refunded),
		cmocka_unit_test(backoff_is_full_jitter_within_its_bounds),
		cmocka_unit_test(dates_and_retry_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
