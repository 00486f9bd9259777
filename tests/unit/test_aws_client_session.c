/* Role sessions, the read cache, declared actions, paging, many fibers, cancellation. */
#include "aws_client_help.h"

#include "aws/client_pages.h"
#include "aws/client_view.h"
#include "aws/errors.h"
#include "aws/for_each.h"
#include "aws/read_cache.h"
#include "aws/session.h"
#include "aws/session_assume.h"
#include "base/banned.h"
#include "base/clock.h"

#include <pthread.h>

static struct {
	atomic_int assumed, listed, users;
	int assume_status; /* 0: answers with credentials */
	int life_s;        /* of assumed credentials */
	int delay_ms;
	bool expire_first; /* refuses the first session's token as expired, always */
	char assume_body[8192];
	char last_target[512];
} world;

static void assume_answer(const struct fake_request *request, struct fake_answer *answer)
{
	char expiration[CLOCK_RFC3339_SIZE];
	int number = atomic_fetch_add(&world.assumed, 1) + 1;

	snprintf(world.assume_body, sizeof world.assume_body, "%.*s", (int)request->body_length,
		request->body);
	if (world.assume_status != 0) {
		answer->status = world.assume_status;
		snprintf(answer->body, sizeof answer->body,
			"<ErrorResponse "
			"xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>"
			"<Code>%s</Code><Message>no</Message></Error><RequestId>sts-bad</RequestId></"
			"ErrorResponse>",
			world.assume_status == 403 ? "AccessDenied" : "InternalFailure");
		return;
	}
	clock_format_rfc3339((clock_now_ms() / 1000 + world.life_s) * 1000, expiration);
	snprintf(answer->body, sizeof answer->body,
		"<AssumeRoleResponse "
		"xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>"
		"<AccessKeyId>ASIA%d</AccessKeyId><SecretAccessKey>s%d</"
		"SecretAccessKey><SessionToken>token%d</SessionToken>"
		"<Expiration>%s</Expiration></Credentials></"
		"AssumeRoleResult><ResponseMetadata><RequestId>sts-ok</RequestId>"
		"</ResponseMetadata></AssumeRoleResponse>",
		number, number, number, expiration);
	answer->delay_ms = world.delay_ms;
}

static void users_answer(const struct fake_request *request, struct fake_answer *answer)
{
	int page = atomic_fetch_add(&world.users, 1);
	bool endless = strstr(request->body, "PathPrefix=%2Fendless") != NULL;

	snprintf(answer->body, sizeof answer->body,
		"<ListUsersResponse "
		"xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListUsersResult><Users><member>"
		"<UserName>u%d</UserName></member></Users><IsTruncated>%s</IsTruncated><Marker>m%d</"
		"Marker></ListUsersResult>"
		"<ResponseMetadata><RequestId>iam-%d</RequestId></ResponseMetadata></ListUsersResponse>",
		page, endless || page < 2 ? "true" : "false", endless ? page % 3 : page, page);
}

static void answer_all(void *argument, const struct fake_request *request,
	struct fake_answer *answer)
{
	char token[64];

	(void)argument;
	if (strstr(request->body, "Action=AssumeRole") != NULL) {
		assume_answer(request, answer);
		return;
	}
	if (strstr(request->body, "Action=ListUsers") != NULL) {
		users_answer(request, answer);
		return;
	}
	snprintf(world.last_target, sizeof world.last_target, "%.500s", request->target);
	fake_header(request, "x-amz-security-token", token, sizeof token);
	int number = atomic_fetch_add(&world.listed, 1);
	answer->delay_ms = world.delay_ms;
	if (world.expire_first && strcmp(token, "token1") == 0) {
		answer->status = 403;
		snprintf(answer->headers, sizeof answer->headers,
			"x-amzn-ErrorType: ExpiredTokenException\r\n");
		snprintf(answer->body, sizeof answer->body, "{\"message\":\"expired\"}");
		return;
	}
	snprintf(answer->headers, sizeof answer->headers, "x-amzn-RequestId: gd-%d\r\n", number);
	snprintf(answer->body, sizeof answer->body, "{\"detectorIds\":[\"d1\"]}");
}

static struct err last;
static struct aws_stats stats;
static int failures, cancellations;

static int list_with(struct bench *bench, struct aws_reader *reader, struct aws_trace *trace)
{
	struct aws_call call = { .operation = &aws_guardduty_ListDetectors, .trace = trace };
	struct err err = ERR_INIT;
	int result = aws_read(reader, &call, NULL, &err);

	if (result < 0) {
		failures++;
		cancellations += err.kind == ERR_CANCELLED;
		last = err;
	}
	stats = aws_stats_now(bench->aws);
	return result;
}

static struct aws_session *role_session(struct bench *bench)
{
	json_t *tags = json_pack("{s:s, s:s}", "reeve:run", "run-1", "kind", "sweep");
	json_t *transitive = json_pack("[s]", "reeve:run");
	struct aws_assume_role role = {
		.role_arn = "arn:aws:iam::111122223333:role/Reeve",
		.session_name = "reeve-run-1",
		.external_id = "ext",
		.source_identity = "run-1",
		.policy = "{}",
		.policy_arn = "arn:aws:iam::aws:policy/SecurityAudit",
		.tags = tags,
		.transitive_tag_keys = transitive,
		.region = "eu-central-1",
	};
	struct aws_session *session =
		aws_session_assume_role(bench->aws, aws_session_default(bench->aws), &role);

	json_decref(tags);
	json_decref(transitive);
	return session;
}

static void run(void (*body)(struct bench *bench))
{
	struct bench bench;

	bench_start(&bench, answer_all);
	bench_run(&bench, NULL, body);
	bench_stop(&bench);
}

static int reset(void **state)
{
	(void)state;
	memset(&world, 0, sizeof world);
	world.life_s = 3600;
	failures = cancellations = 0;
	err_clear(&last);
	return 0;
}

/* --- many fibers, one session --- */

static struct bench *crowd_bench;

/* Each fiber makes calls for an account of its own, so that no rate limit holds them up. */
static void one_of_a_crowd(void *argument)
{
	static int number;
	struct aws_reader reader = *(struct aws_reader *)argument;
	char account[16];

	snprintf(account, sizeof account, "%012d", number++);
	reader.account_id = account;
	list_with(crowd_bench, &reader, NULL);
}

static void spawn_crowd(struct bench *bench, struct aws_reader *reader, int count)
{
	crowd_bench = bench;
	for (int i = 0; i < count; i++)
		MUST(fiber_spawn(bench->loop, "crowd", one_of_a_crowd, reader, NULL) == 0);
}

static void crowd_on_one_role(struct bench *bench)
{
	struct aws_reader reader = bench->reader;

	reader.session = role_session(bench);
	spawn_crowd(bench, &reader, 100);
	while (loop_fibers_alive(bench->loop) > 1)
		MUST(fiber_sleep(5) == 0);
	list_with(bench, &reader, NULL);
	aws_session_release(reader.session);
}

static void a_role_is_assumed_once_for_all(void **state)
{
	(void)state;
	world.delay_ms = 30;
	run(crowd_on_one_role);
	assert_ok(&last);
	assert_int_equal(atomic_load(&world.assumed), 1);
	assert_int_equal(stats.assume_role_calls, 1);
	assert_int_equal(atomic_load(&world.listed), 101);
	static const char *const parts[] = {
		"RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2FReeve",
		"RoleSessionName=reeve-run-1",
		"ExternalId=ext",
		"SourceIdentity=run-1",
		"Policy=%7B%7D",
		"PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FSecurityAudit",
		"Tags.member.1.Key=reeve%3Arun",
		"Tags.member.1.Value=run-1",
		"Tags.member.2.Key=kind",
		"TransitiveTagKeys.member.1=reeve%3Arun",
		"DurationSeconds=3600",
	};
	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
		if (strstr(world.assume_body, parts[i]) == NULL)
			fail_msg("%s not in %s", parts[i], world.assume_body);
}

static void a_refusal_reaches_all_who_wait(void **state)
{
	(void)state;
	world.assume_status = 403;
	world.delay_ms = 30;
	run(crowd_on_one_role);
	assert_int_equal(atomic_load(&world.assumed), 1);
	assert_int_equal(failures, 101);
	assert_true(aws_error_is_access_denied(&last));
	assert_non_null(strstr(last.message,
		"cannot assume arn:aws:iam::111122223333:role/Reeve: sts AssumeRole in eu-central-1"));
}

static void forget_and_try_again(struct bench *bench)
{
	struct aws_reader reader = bench->reader;

	reader.session = role_session(bench);
	MUST(list_with(bench, &reader, NULL) < 0);
	world.assume_status = 0;
	MUST(list_with(bench, &reader, NULL) < 0);
	aws_session_forget_failure(reader.session);
	MUST(list_with(bench, &reader, NULL) == 0);
	aws_session_release(reader.session);
}

static void a_failure_can_be_forgotten(void **state)
{
	(void)state;
	world.assume_status = 403;
	run(forget_and_try_again);
	assert_int_equal(atomic_load(&world.assumed), 2);
}

static void an_expired_session_is_renewed_once(void **state)
{
	(void)state;
	world.expire_first = true;
	world.delay_ms = 20;
	run(crowd_on_one_role);
	assert_ok(&last);
	assert_int_equal(failures, 0);
	assert_int_equal(atomic_load(&world.assumed), 2);
}

static void renew_ahead(struct bench *bench)
{
	struct aws_reader reader = bench->reader;

	/* The credentials live for eight seconds and are renewed after six, which leaves a busy machine
	 * two seconds for the next reads. */
	reader.session = role_session(bench);
	MUST(list_with(bench, &reader, NULL) == 0);
	MUST(list_with(bench, &reader, NULL) == 0);
	MUST(atomic_load(&world.assumed) == 1);
	MUST(fiber_sleep(6050) == 0);
	world.assume_status = 403; /* the old keys still serve */
	MUST(list_with(bench, &reader, NULL) == 0);
	MUST(atomic_load(&world.assumed) == 2);
	MUST(list_with(bench, &reader, NULL) == 0);
	MUST(atomic_load(&world.assumed) == 2);
	world.assume_status = 0;
	MUST(fiber_sleep(2100) == 0);
	MUST(list_with(bench, &reader, NULL) == 0); /* past their end */
	MUST(atomic_load(&world.assumed) == 3);
	aws_session_release(reader.session);
}

static void a_session_is_renewed_ahead_of_its_end(void **state)
{
	(void)state;
	world.life_s = 8;
	run(renew_ahead);
	assert_int_equal(failures, 0);
}

/* --- cache and trace --- */

static void read_through_cache(struct bench *bench)
{
	struct aws_trace trace = { 0 };
	struct aws_reader reader = bench->reader, live = bench->reader;
	json_t *first = NULL, *second = NULL;
	struct aws_call call = { .operation = &aws_guardduty_ListDetectors, .trace = &trace };

	reader.cache = aws_read_cache_new();
	spawn_crowd(bench, &reader, 20);
	MUST(aws_read(&reader, &call, &first, &last) == 0);
	call.region = "eu-west-1"; /* which is the default */
	call.params = json_object();
	MUST(aws_read(&reader, &call, &second, &last) == 0);
	MUST(first == second);
	call.region = "eu-west-2";
	call.params = NULL;
	MUST(aws_read(&reader, &call, NULL, &last) == 0);
	call.region = NULL;
	MUST(aws_read(&live, &call, NULL, &last) == 0);
	while (loop_fibers_alive(bench->loop) > 1)
		MUST(fiber_sleep(5) == 0);
	MUST(json_array_size(trace.request_ids) == 4);
	MUST(json_equal(json_array_get(trace.request_ids, 0), json_array_get(trace.request_ids, 1)));
	MUST(strncmp(json_string_value(json_array_get(trace.request_ids, 0)),
			 "guardduty.ListDetectors:gd-", 27) == 0);
	aws_trace_release(&trace);
	json_decref(first);
	json_decref(second);
	aws_read_cache_free(reader.cache);
	stats = aws_stats_now(bench->aws);
}

static void identical_reads_are_made_once(void **state)
{
	(void)state;
	world.delay_ms = 20;
	run(read_through_cache);
	assert_ok(&last);
	assert_int_equal(atomic_load(&world.listed), 3);
	assert_int_equal(stats.cache_hits, 21);
}

static void read_once_declared(struct bench *bench)
{
	struct aws_permission once[] = { { .action = "guardduty:ListDetectors" }, AWS_PERMISSIONS_END };
	struct aws_reader reader = bench->reader;
	struct aws_call call = { .operation = &aws_guardduty_ListDetectors };
	json_t *first = NULL, *second = NULL;

	reader.declared = once;
	reader.cache = aws_read_cache_new();
	MUST(aws_read(&reader, &call, &first, &last) == 0);
	MUST(aws_read(&reader, &call, &second, &last) == 0);
	MUST(first != second && json_equal(first, second));
	json_decref(first);
	json_decref(second);
	aws_read_cache_free(reader.cache);
	stats = aws_stats_now(bench->aws);
}

static void only_reused_answers_are_kept(void **state)
{
	(void)state;
	run(read_once_declared);
	assert_ok(&last);
	assert_int_equal(atomic_load(&world.listed), 2);
	assert_int_equal(stats.cache_hits, 0);
}

/* --- declared actions --- */

static void undeclared(struct bench *bench)
{
	static const struct aws_permission none[] = { { .action = "guardduty:Get" },
		AWS_PERMISSIONS_END };
	struct aws_call call = { .operation = &aws_guardduty_ListDetectors, .params = json_object() };
	struct aws_call mutation = { .operation = &aws_guardduty_DeleteDetector,
		.params = json_pack("{s:s}", "DetectorId", "d") };

	bench->reader.declared = none;
	bench->writer.declared = none;
	MUST(aws_read(&bench->reader, &call, NULL, &last) < 0);
	MUST(last.kind == ERR_UNDECLARED);
	MUST(strstr(last.message, "guardduty:ListDetectors") != NULL);
	json_incref(mutation.params);
	MUST(aws_write(&bench->writer, &mutation, NULL, &last) < 0);
	MUST(last.kind == ERR_UNDECLARED);
	bench->reader.declared = bench_permissions;
	MUST(aws_read(&bench->reader, &mutation, NULL, &last) < 0);
	MUST(strcmp(last.code, "MutatingRead") == 0);
	bench->reader.declared = NULL;
	call.params = NULL;
	MUST(aws_read(&bench->reader, &call, NULL, &last) < 0);
	MUST(last.kind == ERR_UNDECLARED);
}

static void undeclared_actions_are_refused(void **state)
{
	(void)state;
	run(undeclared);
	assert_int_equal(atomic_load(&world.listed), 0);
}

/* --- paging --- */

static void list_users(struct bench *bench)
{
	struct aws_call call = { .operation = &aws_iam_ListUsers, .params = json_object() };
	json_t *items = NULL;

	MUST(aws_read_all(&bench->reader, &call, 100, &items, &last) == 0);
	MUST(json_array_size(items) == 3);
	MUST(strcmp(json_get_string(json_array_get(items, 2), "UserName"), "u2") == 0);
	json_decref(items);
	atomic_store(&world.users, 0);
	call.params = NULL;
	MUST(aws_read_all(&bench->reader, &call, 2, &items, &last) < 0);
	MUST(last.kind == ERR_LIMIT);
	call.params = json_pack("{s:s}", "PathPrefix", "/endless/");
	MUST(aws_read_all(&bench->reader, &call, 100, &items, &last) < 0);
	MUST(strcmp(last.code, "RepeatedToken") == 0);
	call.operation = &aws_sts_GetCallerIdentity;
	call.params = json_object();
	MUST(aws_read_all(&bench->reader, &call, 100, &items, &last) < 0);
	MUST(strcmp(last.code, "NotPaged") == 0);
}

static void listings_are_read_whole_and_bounded(void **state)
{
	(void)state;
	run(list_users);
}

/* --- for each, cancellation --- */

static int bodies, most_at_once, at_once;

static void each(void *argument, size_t index)
{
	(void)argument;
	(void)index;
	bodies++;
	if (++at_once > most_at_once)
		most_at_once = at_once;
	(void)!fiber_sleep(1);
	at_once--;
}

static void for_each_hundred(struct bench *bench)
{
	aws_for_each(bench->aws, 100, each, NULL);
	MUST(bodies == 100 && most_at_once == 16 && at_once == 0);
	aws_for_each(bench->aws, 0, each, NULL);
	aws_for_each(bench->aws, 1, each, NULL);
	MUST(bodies == 101);
}

static void for_each_runs_them_all(void **state)
{
	(void)state;
	bodies = most_at_once = at_once = 0;
	run(for_each_hundred);
}

static void cancel_crowd(struct bench *bench)
{
	struct aws_reader reader = bench->reader, cached = bench->reader;

	reader.session = role_session(bench);
	cached.cache = aws_read_cache_new();
	spawn_crowd(bench, &reader, 50);
	spawn_crowd(bench, &cached, 50);
	MUST(fiber_sleep(30) == 0);
	loop_cancel(bench->loop);
	fiber_shield();
	while (loop_fibers_alive(bench->loop) > 1)
		MUST(fiber_sleep(1) == 0);
	fiber_unshield();
	aws_session_release(reader.session);
	aws_read_cache_free(cached.cache);
}

static void cancellation_ends_all_soon(void **state)
{
	int64_t began_us = clock_monotonic_us();

	(void)state;
	world.delay_ms = 30000;
	run(cancel_crowd);
	assert_int_equal(failures, 100);
	assert_int_equal(cancellations, 100);
	assert_true(clock_monotonic_us() - began_us < 30000000); /* before there is an answer */
}

static void delete_detector(struct bench *bench)
{
	struct aws_call call = { .operation = &aws_guardduty_DeleteDetector,
		.params = json_pack("{s:s}", "DetectorId", "d") };

	failures += aws_write(&bench->writer, &call, NULL, &last) < 0;
}

static struct bench *cancelled_bench;

static void cancel_soon(void *argument)
{
	(void)argument;
	(void)!fiber_sleep(30);
	loop_cancel(cancelled_bench->loop);
}

static void write_while_cancelled(struct bench *bench)
{
	cancelled_bench = bench;
	MUST(fiber_spawn(bench->loop, "cancel", cancel_soon, NULL, NULL) == 0);
	delete_detector(bench);
}

static void write_when_cancelled(struct bench *bench)
{
	loop_cancel(bench->loop);
	delete_detector(bench);
	MUST(failures == 1 && last.kind == ERR_CANCELLED && aws_error_had_no_effect(&last));
	/* A shielded fiber has work that it must complete. */
	fiber_shield();
	delete_detector(bench);
	fiber_unshield();
}

static void no_mutation_begins_once_cancelled(void **state)
{
	(void)state;
	run(write_when_cancelled);
	assert_int_equal(failures, 1);
	assert_int_equal(atomic_load(&world.listed), 1);
}

static void a_mutation_under_way_is_completed(void **state)
{
	(void)state;
	world.delay_ms = 150;
	run(write_while_cancelled);
	assert_ok(&last);
	assert_int_equal(failures, 0);
	assert_int_equal(atomic_load(&world.listed), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_role_is_assumed_once_for_all, reset),
		cmocka_unit_test_setup(a_refusal_reaches_all_who_wait, reset),
		cmocka_unit_test_setup(a_failure_can_be_forgotten, reset),
		cmocka_unit_test_setup(an_expired_session_is_renewed_once, reset),
		cmocka_unit_test_setup(a_session_is_renewed_ahead_of_its_end, reset),
		cmocka_unit_test_setup(identical_reads_are_made_once, reset),
		cmocka_unit_test_setup(only_reused_answers_are_kept, reset),
		cmocka_unit_test_setup(undeclared_actions_are_refused, reset),
		cmocka_unit_test_setup(listings_are_read_whole_and_bounded, reset),
		cmocka_unit_test_setup(for_each_runs_them_all, reset),
		cmocka_unit_test_setup(cancellation_ends_all_soon, reset),
		cmocka_unit_test_setup(no_mutation_begins_once_cancelled, reset),
		cmocka_unit_test_setup(a_mutation_under_way_is_completed, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
