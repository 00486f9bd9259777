/* Tests of how errors are classified, with the error codes of every protocol. */
#include "aws/errors.h"

#include "base/banned.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stddef.h>

static struct err make(enum err_kind kind, int status, const char *code)
{
	struct err err = { .kind = kind, .http_status = status };

	snprintf(err.code, sizeof err.code, "%s", code);
	snprintf(err.message, sizeof err.message, "refused");
	return err;
}

static void access_denied_with_every_code(void **state)
{
	static const char *const yes[] = {
		"AccessDenied",
		"AccessDeniedException",
		"UnauthorizedOperation",
		"Client.UnauthorizedOperation",
		"AuthorizationError",
		"AuthorizationErrorException",
	};
	static const char *const no[] = { "UnrecognizedClientException", "ExpiredToken", "NoSuchEntity",
		"AccessDeniedX" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(yes); i++) {
		struct err err = make(ERR_AWS, 403, yes[i]);

		assert_true(aws_error_is_access_denied(&err));
	}
	for (size_t i = 0; i < ARRAY_LENGTH(no); i++) {
		struct err err = make(ERR_AWS, 403, no[i]);

		assert_false(aws_error_is_access_denied(&err));
	}
	struct err ours = make(ERR_CREDENTIALS, 0, "AccessDenied");
	assert_false(aws_error_is_access_denied(&ours));
}

static void not_found_with_or_without_exception(void **state)
{
	struct err with = make(ERR_AWS, 404, "ResourceNotFoundException"),
			   without = make(ERR_AWS, 404, "NoSuchEntity");

	(void)state;
	assert_true(aws_error_is_not_found(&with, "ResourceNotFound"));
	assert_true(aws_error_is_not_found(&with, "ResourceNotFoundException"));
	assert_true(aws_error_is_not_found(&without, "NoSuchEntity"));
	assert_true(aws_error_is_not_found(&without, "NoSuchEntityException"));
	assert_false(aws_error_is_not_found(&without, "NoSuchBucket"));
}

static void effect_of_a_failed_mutation(void **state)
{
	static const struct {
		enum err_kind kind;
		int status;
		const char *code;
		bool none;
	} cases[] = {
		{ ERR_AWS, 403, "AccessDenied", true },
		{ ERR_AWS, 409, "ConflictException", true },
		{ ERR_AWS, 400, "ThrottlingException", true },
		{ ERR_AWS, 503, "SlowDown", true },
		{ ERR_AWS, 503, "RequestLimitExceeded", true },
		{ ERR_AWS, 503, "ServiceUnavailable", false },
		{ ERR_AWS, 500, "InternalError", false },
		{ ERR_AWS, 408, "RequestTimeout", false },
		{ ERR_AWS, 200, "InternalError", false },
		/* refused, but an earlier attempt may have taken effect */
		{ ERR_AWS, 0, "AccessDenied", false },
		{ ERR_NETWORK, 0, ERRORS_NOT_SENT, true },
		{ ERR_NETWORK, 0, "ConnectionReset", false },
		{ ERR_TIMEOUT, 0, "Timeout", false },
		{ ERR_PROTOCOL, 200, "InvalidJson", false },
		{ ERR_UNDECLARED, 0, "UndeclaredAction", true },
		{ ERR_CREDENTIALS, 0, "NoCredentials", true },
		{ ERR_CANCELLED, 0, "Cancelled", true },
		{ ERR_LIMIT, 0, "ChangesPerRun", true },
		{ ERR_NONE, 0, "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct err err = make(cases[i].kind, cases[i].status, cases[i].code);

		if (aws_error_had_no_effect(&err) != cases[i].none)
			fail_msg("%d %d %s", cases[i].kind, cases[i].status, cases[i].code);
	}
}

static void marks_decide_about_the_effect(void **state)
{
	struct err refused = make(ERR_AWS, 403, "AccessDenied"),
			   lost = make(ERR_NETWORK, 0, "CouldntConnect");
	struct err server = make(ERR_AWS, 500, "InternalError");

	(void)state;
	errors_mark_uncertain(&refused);
	assert_false(aws_error_had_no_effect(&refused));
	assert_true(aws_error_is_access_denied(&refused));
	errors_mark_not_sent(&lost);
	assert_true(aws_error_had_no_effect(&lost));
	errors_mark_not_sent(&server);
	assert_true(aws_error_had_no_effect(&server));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(access_denied_with_every_code),
		cmocka_unit_test(not_found_with_or_without_exception),
		cmocka_unit_test(effect_of_a_failed_mutation),
		cmocka_unit_test(marks_decide_about_the_effect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
