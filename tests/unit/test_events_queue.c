/* Tests of the event queue: how messages are received, released, deleted and kept hidden, and when
 * no more are received. */
#include "events_queue_help.h"

#include "base/banned.h"
#include "events/queue/entries.h"

static double outcome(const char *word)
{
	return metric_value(METRIC_QUEUE_MESSAGES, METRIC_LABELS(word));
}

/* --- a message from its receipt to its deletion --- */

static MAY_YIELD void receive_and_delete(struct bench *bench)
{
	struct trial *trial = bench->data;

	sqs_put(&trial->sqs, 1);
	trial_start(trial, 2, 100, 60);
	UNTIL(trial->taken_count == 1);
	const struct queue_message *message = trial->taken[0];
	MUST(strcmp(message->id, "message-0") == 0 && strcmp(message->body, "body of 0") == 0);
	MUST(message->sent_ms == 1700000000000 && message->receive_count == 1 &&
		message->received_us > 0);
	struct queue_stats stats = queue_stats_now(trial->queue);
	MUST(stats.held == 1 && stats.received == 1 && stats.up && stats.oldest_ms == 1700000000000);
	MUST(metric_value(METRIC_QUEUE_HELD, METRIC_NO_LABELS) == 1 &&
		metric_value(METRIC_QUEUE_UP, METRIC_NO_LABELS) == 1);
	MUST(metric_value(METRIC_QUEUE_AGE, METRIC_NO_LABELS) > 1000);
	queue_done(trial->queue, trial->taken[0]);
	UNTIL(sqs_deleted(&trial->sqs) == 1);
	UNTIL(queue_stats_now(trial->queue).deleted == 1);
	stats = queue_stats_now(trial->queue);
	MUST(stats.held == 0 && stats.failures == 0 && stats.oldest_ms == 0);
	MUST(strcmp(trial->health, "U") == 0);
	MUST(outcome("received") == 1 && outcome("deleted") == 1 &&
		metric_value(METRIC_QUEUE_AGE, METRIC_NO_LABELS) == 0);
	/* The first poll is short and checks that the queue exists; later ones are long. */
	UNTIL(sqs_calls(&trial->sqs, "ReceiveMessage") > 3);
	MUST(sqs_call(&trial->sqs, "ReceiveMessage", 0).wait == 0 &&
		sqs_call(&trial->sqs, "ReceiveMessage", 3).wait == 20);
	MUST(sqs_call(&trial->sqs, "ReceiveMessage", 0).asked == 10);
	trial_end(trial, 5000);
}

static void a_message_is_received_and_deleted(void **state)
{
	(void)state;
	trial_run(trial_new(), receive_and_delete);
}

static MAY_YIELD void delete_ten(struct bench *bench)
{
	struct trial *trial = bench->data;

	sqs_put(&trial->sqs, 10);
	trial_start(trial, 1, 100, 60);
	UNTIL(trial->taken_count == 10);
	for (int i = 0; i < 10; i++)
		queue_done(trial->queue, trial->taken[i]);
	UNTIL(sqs_deleted(&trial->sqs) == 10);
	MUST(sqs_calls(&trial->sqs, "DeleteMessageBatch") == 1);
	MUST(sqs_call(&trial->sqs, "DeleteMessageBatch", 0).entries == 10);
	trial_end(trial, 5000);
}

static void ten_deletions_are_one_call(void **state)
{
	(void)state;
	trial_run(trial_new(), delete_ten);
}

static MAY_YIELD void give_back(struct bench *bench)
{
	struct trial *trial = bench->data;

	sqs_put(&trial->sqs, 1);
	trial_start(trial, 1, 100, 60);
	UNTIL(trial->taken_count == 1);
	queue_release(trial->queue, trial->taken[0], 0);
	UNTIL(trial->taken_count == 2);
	MUST(trial->receive_counts[1] == 2 && strcmp(trial->bodies[1], "body of 0") == 0);
	queue_release(trial->queue, trial->taken[1], 700);
	UNTIL(sqs_calls(&trial->sqs, "ChangeMessageVisibilityBatch") == 2);
	MUST(sqs_call(&trial->sqs, "ChangeMessageVisibilityBatch", 0).timeout == 0);
	MUST(sqs_call(&trial->sqs, "ChangeMessageVisibilityBatch", 1).timeout == 700);
	UNTIL(queue_stats_now(trial->queue).released == 2);
	MUST(outcome("released") == 2 && outcome("received") == 2);
	trial_end(trial, 5000);
}

static void released_messages_come_again(void **state)
{
	(void)state;
	trial_run(trial_new(), give_back);
}

/* --- visibility --- */

static MAY_YIELD void keep_twelve(struct bench *bench)
{
	struct trial *trial = bench->data;
	int most = 0;

	sqs_put(&trial->sqs, 12);
	trial_start(trial, 2, 100, 2);
	UNTIL(trial->taken_count == 12);
	MUST(fiber_sleep(5000) == 0);
	MUST(trial->taken_count == 12); /* or SQS had shown them again */
	int calls = sqs_calls(&trial->sqs, "ChangeMessageVisibilityBatch");
	for (int i = 0; i < calls; i++) {
		struct sqs_call call = sqs_call(&trial->sqs, "ChangeMessageVisibilityBatch", i);

		MUST(call.timeout == 2 && call.entries <= 10);
		most = call.entries > most ? call.entries : most;
	}
	MUST(most == 10);
	for (int i = 0; i < 12; i++)
		queue_done(trial->queue, trial->taken[i]);
	trial_end(trial, 5000);
	MUST(sqs_deleted(&trial->sqs) == 12);
}

static void held_messages_are_kept_hidden_in_batches(void **state)
{
	(void)state;
	trial_run(trial_new(), keep_twelve);
}

/* SQS's bound of twelve hours counts from the receipt: the last renewal asks for less, and no other
 * follows. */
static MAY_YIELD void keep_for_hours(struct bench *bench)
{
	struct trial *trial = bench->data;
	struct queue_entry *entry;

	sqs_put(&trial->sqs, 1);
	trial_start(trial, 1, 100, 60);
	UNTIL(trial->taken_count == 1);
	entry = (struct queue_entry *)trial->taken[0];
	entry->message.received_us -= INT64_C(43110) * 1000000;
	entry->renew_us = 0;
	queue_wake_worker(trial->queue);
	UNTIL(sqs_calls(&trial->sqs, "ChangeMessageVisibilityBatch") == 1 && !entry->renewing);
	MUST(sqs_call(&trial->sqs, "ChangeMessageVisibilityBatch", 0).timeout <= 30);
	entry->message.received_us -= INT64_C(60) * 1000000;
	entry->renew_us = 0;
	queue_wake_worker(trial->queue);
	UNTIL(entry->renew_us == INT64_MAX);
	MUST(sqs_calls(&trial->sqs, "ChangeMessageVisibilityBatch") == 1);
	trial_end(trial, 5000);
}

static void no_message_is_kept_beyond_twelve_hours(void **state)
{
	(void)state;
	trial_run(trial_new(), keep_for_hours);
}

/* A renewal that fails is made again, unless the receipt handle is no longer valid. */
static MAY_YIELD void renew_badly(struct bench *bench)
{
	struct trial *trial = bench->data;

	sqs_put(&trial->sqs, 1);
	trial->sqs.visibility =
		(struct sqs_fault){ .count = 3, .status = 400, .text = "RequestTimeTraveled" };
	trial_start(trial, 1, 100, 4);
	UNTIL(trial->taken_count == 1);
	UNTIL(sqs_calls(&trial->sqs, "ChangeMessageVisibilityBatch") >= 4);
	UNTIL(trial->sqs.messages[0].renewals > 0);
	MUST(trial->taken_count == 1);
	pthread_mutex_lock(&trial->sqs.mutex);
	trial->sqs.messages[0].receives = 7; /* another has it now */
	pthread_mutex_unlock(&trial->sqs.mutex);
	UNTIL(((struct queue_entry *)trial->taken[0])->renew_us == INT64_MAX);
	queue_done(trial->queue, trial->taken[0]);
	UNTIL(outcome("given_up") == 1);
	MUST(outcome("deleted") == 0);
	trial_end(trial, 5000);
}

static void a_renewal_that_fails_is_made_again(void **state)
{
	(void)state;
	trial_run(trial_new(), renew_badly);
}

/* Renewals fail until the message is visible again. It is received a second time and stays one
 * message for the taker. */
static MAY_YIELD void receive_a_held_message(struct bench *bench)
{
	struct trial *trial = bench->data;

	sqs_put(&trial->sqs, 1);
	trial->sqs.visibility =
		(struct sqs_fault){ .count = -1, .status = 500, .text = "InternalError" };
	trial_start(trial, 1, 100, 1);
	UNTIL(trial->taken_count == 1);
	UNTIL(outcome("repeated") > 0);
	MUST(trial->taken_count == 1 && trial->taken[0]->receive_count > 1);
	MUST(queue_stats_now(trial->queue).held == 1);
	queue_done(trial->queue, trial->taken[0]);
	trial_end(trial, 5000);
	MUST(sqs_deleted(&trial->sqs) == 1); /* with the newer handle */
}

static void a_message_that_comes_while_it_is_held_is_the_same(void **state)
{
	(void)state;
	trial_run(trial_new(), receive_a_held_message);
}

/* --- back-pressure --- */

static MAY_YIELD void hold_fifteen(struct bench *bench)
{
	struct trial *trial = bench->data;

	sqs_put(&trial->sqs, 40);
	trial_start(trial, 4, 15, 60);
	UNTIL(trial->taken_count >= 10);
	MUST(fiber_sleep(300) == 0);
	int taken = trial->taken_count, polls = sqs_calls(&trial->sqs, "ReceiveMessage");
	MUST(taken <= 15 && (int)queue_stats_now(trial->queue).held == taken);
	MUST(fiber_sleep(300) == 0);
	MUST(trial->taken_count == taken && sqs_calls(&trial->sqs, "ReceiveMessage") == polls);
	for (int done = 0; done < 40; done++) {
		UNTIL(trial->taken_count > done);
		MUST(queue_stats_now(trial->queue).held <= 15);
		queue_done(trial->queue, trial->taken[done]);
	}
	trial_end(trial, 5000);
	MUST(sqs_deleted(&trial->sqs) == 40);
}

static void no_more_is_received_than_may_be_held(void **state)
{
	(void)state;
	trial_run(trial_new(), hold_fifteen);
}

static MAY_YIELD void hold_one(struct bench *bench)
{
	struct trial *trial = bench->data;

	sqs_put(&trial->sqs, 5);
	trial->on_take = trial_done;
	trial_start(trial, 3, 1, 60);
	UNTIL(sqs_deleted(&trial->sqs) == 5);
	for (int i = 0; i < sqs_calls(&trial->sqs, "ReceiveMessage"); i++)
		MUST(sqs_call(&trial->sqs, "ReceiveMessage", i).asked == 1);
	trial_end(trial, 5000);
}

static void one_at_a_time_is_enough(void **state)
{
	(void)state;
	trial_run(trial_new(), hold_one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_received_and_deleted),
		cmocka_unit_test(ten_deletions_are_one_call),
		cmocka_unit_test(released_messages_come_again),
		cmocka_unit_test(held_messages_are_kept_hidden_in_batches),
		cmocka_unit_test(no_message_is_kept_beyond_twelve_hours),
		cmocka_unit_test(a_renewal_that_fails_is_made_again),
		cmocka_unit_test(a_message_that_comes_while_it_is_held_is_the_same),
		cmocka_unit_test(no_more_is_received_than_may_be_held),
		cmocka_unit_test(one_at_a_time_is_enough),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
