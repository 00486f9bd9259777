/* AssumeRole with a source identity, where AWS takes it and where it does not. */
#include "aws_client_help.h"

#include "aws/errors.h"
#include "aws/session.h"
#include "aws/session_assume.h"
#include "base/banned.h"

static struct {
	const char *carried; /* the caller's own source identity; NULL: none */
	bool untrusting;     /* the role's trust policy does not allow sts:SetSourceIdentity */
	bool closed;         /* nobody may assume the role */
	bool down;           /* STS fails, unless the request has a source identity */
	int with, without;   /* calls with a source identity and without */
} world;

static struct {
	int results[2];
	struct err err;
	struct aws_stats stats;
} seen;

static void refuse(struct fake_answer *answer, int status, const char *code, const char *message)
{
	answer->status = status;
	snprintf(answer->body, sizeof answer->body,
		"<ErrorResponse "
		"xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>%s</"
		"Code>"
		"<Message>%s</Message></Error><RequestId>r</RequestId></ErrorResponse>",
		code, message);
}

static void answer_sts(void *argument, const struct fake_request *request,
	struct fake_answer *answer)
{
	bool sent = strstr(request->body, "SourceIdentity=run-1") != NULL;
	const char *identity = world.carried != NULL ? world.carried : sent ? "run-1" : NULL;
	char element[128] = "";

	(void)argument;
	*(sent ? &world.with : &world.without) += 1;
	if (sent && world.carried != NULL)
		refuse(answer, 403, "AccessDenied", "the Source Identity can't be changed");
	else if (world.untrusting && sent)
		refuse(answer, 403, "AccessDenied",
			"User: u is not authorized to perform: sts:SetSourceIdentity on resource: r");
	else if (world.closed)
		refuse(answer, 403, "AccessDenied",
			"User: u is not authorized to perform: sts:AssumeRole on resource: r");
	else if (world.down && !sent)
		refuse(answer, 400, "ValidationError", "no");
	if (answer->status >= 300)
		return;
	if (identity != NULL)
		snprintf(element, sizeof element, "<SourceIdentity>%s</SourceIdentity>", identity);
	snprintf(answer->body, sizeof answer->body,
		"<AssumeRoleResponse "
		"xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>"
		"<AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</"
		"SessionToken>"
		"<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>%s</AssumeRoleResult>"
		"<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>",
		element);
}

/* Assumes two roles with the same credentials, one after the other, and renews the second. */
static void two_roles(struct bench *bench)
{
	for (int i = 0; i < 2; i++) {
		struct aws_assume_role role = {
			.role_arn = i == 0 ? "arn:aws:iam::111122223333:role/Reeve"
							   : "arn:aws:iam::444455556666:role/Reeve",
			.session_name = "reeve-run-1",
			.source_identity = "run-1",
			.region = "eu-central-1",
		};
		struct aws_session *session =
			aws_session_assume_role(bench->aws, aws_session_default(bench->aws), &role);
		const struct aws_credentials *credentials;

		seen.results[i] = aws_session_get(session, NULL, &credentials, &seen.err);
		if (i == 1 && seen.results[i] == 0) {
			aws_session_invalidate(session, credentials->access_key_id);
			MUST(aws_session_get(session, NULL, &credentials, &seen.err) == 0);
		}
		aws_session_release(session);
	}
	seen.stats = aws_stats_now(bench->aws);
}

static void run(void)
{
	struct bench bench;

	bench_start(&bench, answer_sts);
	bench_run(&bench, NULL, two_roles);
	bench_stop(&bench);
}

static int reset(void **state)
{
	(void)state;
	memset(&world, 0, sizeof world);
	memset(&seen, 0, sizeof seen);
	return 0;
}

static void the_source_identity_is_sent(void **state)
{
	(void)state;
	run();
	assert_int_equal(seen.results[0] | seen.results[1], 0);
	assert_int_equal(world.with, 3);
	assert_int_equal(world.without, 0);
}

static void the_source_identity_of_the_caller_is_kept(void **state)
{
	(void)state;
	world.carried = "alice";
	run();
	assert_int_equal(seen.results[0] | seen.results[1], 0);
	assert_ok(&seen.err);
	/* The refusal is met once, and then holds for all roles that these credentials assume. */
	assert_int_equal(world.with, 1);
	assert_int_equal(world.without, 3);
	assert_int_equal(seen.stats.assume_role_calls, 4);
}

static void a_role_that_forbids_it_is_assumed_without(void **state)
{
	(void)state;
	world.untrusting = true;
	run();
	assert_int_equal(seen.results[0] | seen.results[1], 0);
	/* AssumeRole is tried with the source identity once for each role, and its renewal remembers
	 * the outcome. */
	assert_int_equal(world.with, 2);
	assert_int_equal(world.without, 3);
}

static void a_refusal_of_the_role_is_not_tried_again(void **state)
{
	(void)state;
	world.closed = true;
	run();
	assert_int_equal(seen.results[0], -1);
	assert_true(aws_error_is_access_denied(&seen.err));
	assert_int_equal(world.with, 2);
	assert_int_equal(world.without, 0);
}

static void the_first_of_two_refusals_is_reported(void **state)
{
	(void)state;
	world.untrusting = world.closed = true;
	run();
	assert_int_equal(seen.results[1], -1);
	assert_non_null(strstr(seen.err.message, "cannot assume arn:aws:iam::444455556666:role/Reeve"));
	assert_non_null(strstr(seen.err.message, "sts:SetSourceIdentity"));
	assert_int_equal(world.without, 2);
}

static void another_failure_of_the_second_call_is_reported(void **state)
{
	(void)state;
	world.untrusting = world.down = true;
	run();
	assert_int_equal(seen.results[1], -1);
	assert_string_equal(seen.err.code, "ValidationError");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_source_identity_is_sent, reset),
		cmocka_unit_test_setup(the_source_identity_of_the_caller_is_kept, reset),
		cmocka_unit_test_setup(a_role_that_forbids_it_is_assumed_without, reset),
		cmocka_unit_test_setup(a_refusal_of_the_role_is_not_tried_again, reset),
		cmocka_unit_test_setup(the_first_of_two_refusals_is_reported, reset),
		cmocka_unit_test_setup(another_failure_of_the_second_call_is_reported, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
