/* The event queue when SQS refuses, breaks, answers nonsense or hangs, and when the process stops.
 */
#include "events_queue_help.h"

#include "aws/credentials/credentials.h"
#include "aws/errors.h"
#include "aws/session.h"
#include "aws/session_assume.h"
#include "base/banned.h"
#include "events/queue/entries.h"

static double outcome(const char *word)
{
	return metric_value(METRIC_QUEUE_MESSAGES, METRIC_LABELS(word));
}

/* --- deletions --- */

static MAY_YIELD void delete_in_part(struct bench *bench)
{
	struct trial *trial = bench->data;

	sqs_put(&trial->sqs, 5);
	trial->sqs.fail_code = "InternalError";
	trial->sqs.fail_mask = 1u << 1 | 1u << 3;
	trial_start(trial, 1, 100, 60);
	UNTIL(trial->taken_count == 5);
	for (int i = 0; i < 5; i++)
		queue_done(trial->queue, trial->taken[i]);
	trial_end(trial, 10000);
	MUST(sqs_deleted(&trial->sqs) == 5);
	MUST(sqs_call(&trial->sqs, "DeleteMessageBatch", 0).entries == 5);
	MUST(outcome("deleted") == 5 && outcome("given_up") == 0);
}

static void failed_entries_of_a_batch_are_tried_again(void **state)
{
	(void)state;
	trial_run(trial_new(), delete_in_part);
}

static MAY_YIELD void delete_with_a_bad_handle(struct bench *bench)
{
	struct trial *trial = bench->data;

	sqs_put(&trial->sqs, 3);
	trial->sqs.fail_code = "AWS.SimpleQueueService.ReceiptHandleIsInvalid";
	trial->sqs.fail_mask = 1u << 2;
	trial_start(trial, 1, 100, 60);
	UNTIL(trial->taken_count == 3);
	for (int i = 0; i < 3; i++)
		queue_done(trial->queue, trial->taken[i]);
	trial_end(trial, 10000);
	MUST(sqs_deleted(&trial->sqs) == 2 && sqs_calls(&trial->sqs, "DeleteMessageBatch") == 1);
	MUST(outcome("deleted") == 2 && outcome("given_up") == 1);
}

static void a_bad_handle_is_given_up(void **state)
{
	(void)state;
	trial_run(trial_new(), delete_with_a_bad_handle);
}

/* First the whole call fails, then the answer doesn't name the message, then the call works. */
static MAY_YIELD void delete_after_failures(struct bench *bench)
{
	struct trial *trial = bench->data;

	sqs_put(&trial->sqs, 1);
	trial->sqs.delete = (struct sqs_fault){ .count = 4, .status = 500, .text = "InternalError" };
	trial_start(trial, 1, 100, 60);
	UNTIL(trial->taken_count == 1);
	queue_done(trial->queue, trial->taken[0]);
	UNTIL(queue_stats_now(trial->queue).failures >= 2);
	pthread_mutex_lock(&trial->sqs.mutex);
	trial->sqs.delete = (struct sqs_fault){ .count = 1,
		.status = 200,
		.text = "{\"Successful\":[{\"Id\":\"m9\"},{\"Id\":7e0},{}],\"Failed\":[]}" };
	pthread_mutex_unlock(&trial->sqs.mutex);
	UNTIL(sqs_deleted(&trial->sqs) == 1);
	trial_end(trial, 10000);
	MUST(outcome("deleted") == 1 && outcome("given_up") == 0);
	MUST(strcmp(trial->health, "U") == 0); /* it can be read all the time */
}

static void a_deletion_is_tried_until_it_works(void **state)
{
	(void)state;
	trial_run(trial_new(), delete_after_failures);
}

static MAY_YIELD void delete_in_vain(struct bench *bench)
{
	struct trial *trial = bench->data;

	sqs_put(&trial->sqs, 1);
	trial->sqs.delete = (struct sqs_fault){ .count = -1, .status = 403, .text = "AccessDenied" };
	trial_start(trial, 1, 100, 60);
	UNTIL(trial->taken_count == 1);
	queue_done(trial->queue, trial->taken[0]);
	UNTIL(outcome("given_up") == 1);
	MUST(sqs_calls(&trial->sqs, "DeleteMessageBatch") == QUEUE_MAX_TRIES);
	trial_end(trial, 1000);
}

static void a_deletion_is_not_tried_for_ever(void **state)
{
	(void)state;
	trial_run(trial_new(), delete_in_vain);
}

/* --- receives --- */

static MAY_YIELD void recover(struct bench *bench)
{
	struct trial *trial = bench->data;

	sqs_put(&trial->sqs, 1);
	trial->on_take = trial_done;
	trial_start(trial, 2, 100, 60);
	UNTIL(sqs_deleted(&trial->sqs) == 1);
	MUST(trial->health[0] == 'U' || trial->health[0] == 'D');
	trial_end(trial, 5000);
}

static void run_fault(struct sqs_fault fault, const char *health, enum err_kind kind)
{
	struct trial *trial = trial_new();

	trial->sqs.receive = fault;
	trial_live(trial, recover);
	assert_string_equal(trial->health, health);
	assert_int_equal(trial->last_err.kind, kind);
	assert_true(metric_value(METRIC_QUEUE_UP, METRIC_NO_LABELS) == 1);
	trial_free(trial);
}

static void a_failing_queue_is_reported_once_and_asked_again(void **state)
{
	(void)state;
	run_fault((struct sqs_fault){ .count = 6, .status = 403, .text = "AccessDenied" }, "DU",
		ERR_AWS);
	run_fault((struct sqs_fault){ .count = 6, .status = 500, .text = "InternalError" }, "DU",
		ERR_AWS);
	run_fault((struct sqs_fault){ .count = 6, .status = 400, .text = "RequestThrottled" }, "DU",
		ERR_AWS);
	run_fault((struct sqs_fault){ .count = 6, .status = 0 }, "DU", ERR_NETWORK);
}

static void one_broken_connection_is_not_reported(void **state)
{
	(void)state;
	run_fault((struct sqs_fault){ .count = 1, .status = 0 }, "U", ERR_NONE);
}

/* A session remembers that its role was refused; the queue makes it try again all the same. */
static MAY_YIELD void recover_the_role(struct bench *bench)
{
	struct trial *trial = bench->data;
	struct aws_assume_role role = { .role_arn = "arn:aws:iam::111122223333:role/Reeve",
		.session_name = "reeve",
		.region = "eu-west-1" };

	trial->session = aws_session_assume_role(bench->aws, aws_session_default(bench->aws), &role);
	sqs_put(&trial->sqs, 1);
	trial->on_take = trial_done;
	trial->sqs.refused_roles = 3;
	trial_start(trial, 1, 100, 60);
	aws_session_release(trial->session);
	UNTIL(sqs_deleted(&trial->sqs) == 1);
	MUST(strcmp(trial->health, "DU") == 0 && aws_error_is_access_denied(&trial->last_err));
	trial_end(trial, 5000);
}

static void a_role_that_was_refused_is_asked_for_again(void **state)
{
	(void)state;
	trial_run(trial_new(), recover_the_role);
}

static void nonsense_is_survived(void **state)
{
	static const char *const texts[] = {
		"",
		"<html>",
		"[]",
		"{\"Messages\":{}}",
		"{\"Messages\":[1]}",
		"{\"Messages\":[{}]}",
		"{\"Messages\":[{\"MessageId\":\"a\",\"ReceiptHandle\":\"h\",\"Body\":7}]}",
		"{\"Messages\":[{\"MessageId\":\"a\",\"ReceiptHandle\":\"h\"}]}",
		"{\"Messages\":[{\"MessageId\":\"a\",\"ReceiptHandle\":\"\",\"Body\":\"b\"}]}",
		("{\"Messages\":[{\"MessageId\":\"a\",\"Body\":\"b\"},{\"ReceiptHandle\":\"h\",\"Body\":"
		 "\"b\"}]}"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		run_fault((struct sqs_fault){ .count = 4, .status = 200, .text = texts[i] }, "DU",
			ERR_PROTOCOL);
}

/* The answer exceeds a limit of ours, after which single messages are asked for. */
static MAY_YIELD void ask_for_one(struct bench *bench)
{
	struct trial *trial = bench->data;

	sqs_put(&trial->sqs, 2);
	trial->on_take = trial_done;
	trial_start(trial, 1, 100, 60);
	UNTIL(sqs_deleted(&trial->sqs) == 2);
	MUST(sqs_call(&trial->sqs, "ReceiveMessage", 0).asked == 10 &&
		sqs_call(&trial->sqs, "ReceiveMessage", 1).asked == 1);
	UNTIL(sqs_calls(&trial->sqs, "ReceiveMessage") > 3);
	MUST(sqs_call(&trial->sqs, "ReceiveMessage", 2).asked == 2 &&
		sqs_call(&trial->sqs, "ReceiveMessage", 3).asked == 4);
	trial_end(trial, 5000);
}

static void messages_too_large_together_are_received_singly(void **state)
{
	struct trial *trial = trial_new();

	(void)state;
	trial->sqs.receive =
		(struct sqs_fault){ .count = 1, .status = 200, .text = "{}", .endless_headers = true };
	trial_run(trial, ask_for_one);
}

/* A message that can't be read doesn't prevent the others from being taken, and is not deleted. */
static MAY_YIELD void take_the_good_one(struct bench *bench)
{
	struct trial *trial = bench->data;

	trial_start(trial, 1, 100, 60);
	UNTIL(trial->taken_count == 1);
	MUST(strcmp(trial->bodies[0], "good") == 0 && trial->receive_counts[0] == 0);
	MUST(trial->taken[0]->sent_ms == 0);
	MUST(outcome("unreadable") == 3 && outcome("received") == 1 && strcmp(trial->health, "U") == 0);
	trial_end(trial, 1000);
	MUST(sqs_calls(&trial->sqs, "DeleteMessageBatch") == 0);
}

static void the_good_one_among_bad_ones_is_taken(void **state)
{
	struct trial *trial = trial_new();

	(void)state;
	trial->sqs.receive = (struct sqs_fault){ .count = 1,
		.status = 200,
		.text = "{\"Messages\":[{\"MessageId\":\"a\",\"Body\":\"b\"},{},{\"MessageId\":\"c\","
				"\"ReceiptHandle\":\"h\",\"Body\":\"good\","
				"\"Attributes\":{\"SentTimestamp\":\"soon\",\"ApproximateReceiveCount\":\"-1\"}},{"
				"\"MessageId\":\"d\",\"ReceiptHandle\":\"h\"}]}" };
	trial_run(trial, take_the_good_one);
}

/* The answer has more messages than were asked for. */
static MAY_YIELD void take_ten(struct bench *bench)
{
	struct trial *trial = bench->data;

	trial_start(trial, 1, 100, 60);
	UNTIL(trial->taken_count == 10);
	MUST(outcome("unreadable") == 5);
	trial_end(trial, 1000);
}

static void more_than_ten_are_not_believed(void **state)
{
	static char text[2048];
	struct trial *trial = trial_new();
	size_t used = (size_t)snprintf(text, sizeof text, "{\"Messages\":[");

	(void)state;
	for (int i = 0; i < 15; i++)
		used += (size_t)snprintf(text + used, sizeof text - used,
			"%s{\"MessageId\":\"m%d\",\"ReceiptHandle\":\"h%d\",\"Body\":\"b\"}", i > 0 ? "," : "",
			i, i);
	snprintf(text + used, sizeof text - used, "]}");
	trial->sqs.receive = (struct sqs_fault){ .count = 1, .status = 200, .text = text };
	trial_run(trial, take_ten);
}

/* --- the end --- */

/* The alarm of trial_live would end the test if the polls that are cut off here went on. */
static MAY_YIELD void stop_long_polls(struct bench *bench)
{
	struct trial *trial = bench->data;

	trial_start(trial, 4, 100, 60);
	UNTIL(sqs_calls(&trial->sqs, "ReceiveMessage") >= 8 &&
		atomic_load(&bench->server.in_flight) == 4);
	MUST(queue_stats_now(trial->queue).up);
	queue_stop(trial->queue);
	queue_stop(trial->queue);
	trial_end(trial, 5000);
	MUST(strcmp(trial->health, "U") == 0);
	MUST(!loop_cancelled(bench->loop));
}

static MAY_YIELD void start_then_hold_back(struct bench *bench)
{
	struct trial *trial = bench->data;

	pthread_mutex_lock(&trial->sqs.mutex);
	trial->sqs.receive = (struct sqs_fault){ .count = 4, .status = 200, .text = "{}" };
	trial->sqs.empty_ms = 20000;
	pthread_mutex_unlock(&trial->sqs.mutex);
	stop_long_polls(bench);
}

static void a_stop_cuts_long_polls_off(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		trial_run(trial_new(), start_then_hold_back);
}

static void stop_at_the_second(struct trial *trial, struct queue_message *message)
{
	(void)message;
	if (trial->taken_count == 2)
		queue_stop(trial->queue);
}

static MAY_YIELD void stop_while_taking(struct bench *bench)
{
	struct trial *trial = bench->data;

	sqs_put(&trial->sqs, 6);
	trial->on_take = stop_at_the_second;
	trial_start(trial, 1, 100, 60);
	UNTIL(trial->queue->stopping);
	queue_done(trial->queue, trial->taken[0]);
	trial_end(trial, 5000);
	MUST(trial->taken_count == 2 && sqs_deleted(&trial->sqs) == 1);
	MUST(outcome("released") == 4);
	MUST(sqs_call(&trial->sqs, "ChangeMessageVisibilityBatch", 0).timeout == 0);
}

static void messages_not_taken_at_the_stop_are_released(void **state)
{
	(void)state;
	trial_run(trial_new(), stop_while_taking);
}

static MAY_YIELD void drain_hanging_calls(struct bench *bench)
{
	struct trial *trial = bench->data;

	sqs_put(&trial->sqs, 3);
	trial->sqs.delete =
		(struct sqs_fault){ .count = -1, .status = 200, .text = "{}", .delay_ms = 20000 };
	trial_start(trial, 1, 100, 60);
	UNTIL(trial->taken_count == 3);
	queue_done(trial->queue, trial->taken[0]);
	UNTIL(sqs_calls(&trial->sqs, "DeleteMessageBatch") == 1);
	queue_stop(trial->queue);
	queue_done(trial->queue, trial->taken[1]);
	queue_drain(trial->queue, 100);
	queue_done(trial->queue, trial->taken[2]); /* this comes too late and does no harm */
	MUST(sqs_deleted(&trial->sqs) == 0);
	queue_free(trial->queue);
}

static void a_drain_has_an_end(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		trial_run(trial_new(), drain_hanging_calls);
}

/* The loop's own cancellation ends every fiber of the queue, too. */
static MAY_YIELD void cancel_the_loop(struct bench *bench)
{
	struct trial *trial = bench->data;

	sqs_put(&trial->sqs, 2);
	trial_start(trial, 3, 100, 60);
	UNTIL(trial->taken_count == 2);
	loop_cancel(bench->loop);
	queue_done(trial->queue, trial->taken[0]);
	trial_end(trial, 5000);
}

static void a_cancelled_loop_ends_the_queue(void **state)
{
	(void)state;
	trial_run(trial_new(), cancel_the_loop);
}

/* --- the start --- */

static MAY_YIELD void start_without_fibers(void *argument)
{
	struct bench *bench = argument;
	struct queue *queue = NULL;
	struct err err = ERR_INIT;
	const struct queue_options options = {
		.aws = bench->aws,
		.session = aws_session_default(bench->aws),
		.account_id = ACCOUNT,
		.url = "http://localhost/1/q",
		.receivers = 4,
		.most_held = 10,
		.visibility_seconds = 60,
		.take = trial_take,
	};

	MUST(queue_new(bench->loop, &options, &queue, &err) < 0 && queue == NULL);
	MUST(err.kind == ERR_LIMIT);
}

static void no_fiber_is_an_error(void **state)
{
	struct bench bench = { .body = NULL };
	struct err err = ERR_INIT;

	(void)state;
	bench_environment("http://127.0.0.1:1");
	for (size_t cap = 1; cap < 9; cap++) {
		const struct loop_options options = { .fiber_cap = cap };

		assert_int_equal(loop_new(&options, &bench.loop, &err), 0);
		assert_int_equal(aws_new(bench.loop, NULL, credentials_resolve, &bench.aws, &err), 0);
		assert_int_equal(fiber_spawn(bench.loop, "test", start_without_fibers, &bench, &err), 0);
		loop_run(bench.loop);
		aws_free(bench.aws);
		loop_free(bench.loop);
	}
	queue_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failed_entries_of_a_batch_are_tried_again),
		cmocka_unit_test(a_bad_handle_is_given_up),
		cmocka_unit_test(a_deletion_is_tried_until_it_works),
		cmocka_unit_test(a_deletion_is_not_tried_for_ever),
		cmocka_unit_test(a_failing_queue_is_reported_once_and_asked_again),
		cmocka_unit_test(one_broken_connection_is_not_reported),
		cmocka_unit_test(a_role_that_was_refused_is_asked_for_again),
		cmocka_unit_test(nonsense_is_survived),
		cmocka_unit_test(messages_too_large_together_are_received_singly),
		cmocka_unit_test(the_good_one_among_bad_ones_is_taken),
		cmocka_unit_test(more_than_ten_are_not_believed),
		cmocka_unit_test(a_stop_cuts_long_polls_off),
		cmocka_unit_test(messages_not_taken_at_the_stop_are_released),
		cmocka_unit_test(a_drain_has_an_end),
		cmocka_unit_test(a_cancelled_loop_ends_the_queue),
		cmocka_unit_test(no_fiber_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
