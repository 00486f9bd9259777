/* Delivery to a webhook: signatures, retries, bounds, and few messages for many events. */
#include "notify/sign.h"
#include "notify_help.h"

#define SECRET "a-key-of-the-test-0123456789"

static void one_alert_and_flush(struct process *process)
{
	tell_event(process, NOTIFY_ALERT, 0, 1);
	notify_flush(process->notifier, process->number > 0 ? process->number : 3000);
}

static void a_message_is_signed_and_gone_when_delivered(void **unused)
{
	struct receiver *receiver = receiver_start(200);
	char signature[NOTIFY_SIGNATURE_SIZE], *channels;

	(void)unused;
	setenv("REEVE_TEST_HOOK_KEY", SECRET, 1);
	channels = chat(receiver, ",\"secret_env\":\"REEVE_TEST_HOOK_KEY\"", "");
	process_whole(channels, one_alert_and_flush, 0);
	assert_int_equal(receiver->count, 1);
	const struct received *got = &receiver->got[0];
	assert_string_equal(got->target, "/hook");
	notify_sign(SECRET, got->timestamp, got->body, strlen(got->body), signature);
	assert_string_equal(got->signature, signature);
	assert_true(llabs(atoll(got->timestamp) - (long long)time(NULL)) <= 5);
	json_t *body = received_json(receiver, 0);
	assert_string_equal(json_get_string(body, "id"), got->id);
	assert_string_equal(json_get_string(body, "kind"), "alert");
	json_decref(body);
	assert_outbox(0, 0);
	free(channels);
	receiver_stop(receiver);
}

static void without_a_secret_there_is_no_signature(void **unused)
{
	struct receiver *receiver = receiver_start(204);
	char *channels = chat(receiver, ",\"format\":\"slack\"", "");

	(void)unused;
	process_whole(channels, one_alert_and_flush, 0);
	assert_int_equal(receiver->count, 1);
	assert_string_equal(receiver->got[0].signature, "");
	json_t *body = received_json(receiver, 0);
	assert_non_null(json_object_get(body, "blocks"));
	json_decref(body);
	assert_outbox(0, 0);
	free(channels);
	receiver_stop(receiver);
}

/* --- again --- */

static void what_fails_is_sent_again_as_it_was(void **unused)
{
	struct receiver *receiver = receiver_start(500);
	char *channels = chat(receiver, "", "");

	(void)unused;
	receiver->statuses[1] = 503;
	receiver->statuses[2] = 429;
	receiver->statuses[3] = 200;
	int64_t began_ms = fake_now_ms();
	process_whole(channels, one_alert_and_flush, 0);
	assert_int_equal(receiver->count, 4);
	for (int i = 1; i < 4; i++) {
		assert_string_equal(receiver->got[i].id, receiver->got[0].id);
		assert_string_equal(receiver->got[i].body, receiver->got[0].body);
		/* Each wait is at least half of 40, 80 and 160 ms. */
		assert_true(receiver->got[i].at_ms - began_ms >= (20 << i) - 20);
	}
	assert_outbox(0, 0);
	free(channels);
	receiver_stop(receiver);
}

static void retry_after_is_honoured(void **unused)
{
	struct receiver *receiver = receiver_start(429);
	char *channels = chat(receiver, "", "");

	(void)unused;
	receiver->statuses[1] = 200;
	receiver->headers = "Retry-After: 1\r\n";
	int64_t began_ms = fake_now_ms();
	process_whole(channels, one_alert_and_flush, 0);
	assert_int_equal(receiver->count, 2);
	assert_true(receiver->got[1].at_ms - began_ms >= 1000);
	free(channels);
	receiver_stop(receiver);
}

static void what_is_refused_is_kept_as_failed(void **unused)
{
	static const int statuses[] = { 400, 404, 302 };

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(statuses); i++) {
		struct receiver *receiver = receiver_start(statuses[i]);
		char *channels = chat(receiver, "", "");

		receiver->headers = "Location: /elsewhere\r\n";
		process_whole(channels, one_alert_and_flush, 0);
		assert_int_equal(receiver->count, NOTIFY_REJECTIONS);
		for (int k = 0; k < NOTIFY_REJECTIONS; k++)
			assert_string_equal(receiver->got[k].target, "/hook"); /* a redirect is not followed */
		assert_outbox(0, (int)i + 1);
		/* The next process does not send it again. */
		process_whole(channels, flush_body, 0);
		assert_int_equal(receiver->count, NOTIFY_REJECTIONS);
		free(channels);
		receiver_stop(receiver);
	}
	json_t *status = outbox_status();
	const json_t *failed = json_array_get(json_object_get(status, "failed"), 2);
	assert_string_equal(json_get_string(failed, "channel"), "chat");
	assert_string_equal(json_get_string(failed, "error"),
		"the receiver answered with status 302; redirects are not followed");
	assert_int_equal(json_get_integer_or(failed, "attempts", 0), 3);
	json_decref(status);
}

static void refuse_many(struct process *process)
{
	process->notifier->backoff_ms = 1;
	for (int i = 0; i < 30; i++) {
		tell_event(process, NOTIFY_ALERT, i, i);
		notify_flush(process->notifier, 3000);
	}
}

static void failed_messages_are_bounded(void **unused)
{
	struct receiver *receiver = receiver_start(400);
	char *channels = chat(receiver, "", ",\"messages_per_hour\":1000");

	(void)unused;
	process_whole(channels, refuse_many, 0);
	assert_int_equal(receiver->count, 30 * NOTIFY_REJECTIONS);
	assert_outbox(0, NOTIFY_FAILED_KEPT);
	free(channels);
	receiver_stop(receiver);
}

/* --- bounds --- */

static void a_flush_ends_in_time(void **unused)
{
	struct receiver *receiver = receiver_start(500);
	char *channels = chat(receiver, "", "");

	(void)unused;
	process_whole(channels, one_alert_and_flush, 300);
	assert_true(receiver->count >= 1 && receiver->count < NOTIFY_ATTEMPTS);
	assert_outbox(1, 0);

	/* The next process delivers the same message. */
	memset(receiver->statuses, 0, sizeof receiver->statuses);
	receiver->statuses[0] = 200;
	int before = receiver->count;
	process_whole(channels, flush_body, 0);
	assert_int_equal(receiver->count, before + 1);
	assert_string_equal(receiver->got[before].id, receiver->got[0].id);
	assert_string_equal(receiver->got[before].body, receiver->got[0].body);
	assert_outbox(0, 0);
	free(channels);
	receiver_stop(receiver);
}

static json_int_t events_received(const struct receiver *receiver)
{
	json_int_t events = 0;

	for (int i = 0; i < receiver->count; i++) {
		json_t *body = received_json(receiver, i);

		events += json_get_integer_or(body, "count", 0);
		json_decref(body);
	}
	return events;
}

static void ten_thousand_events(struct process *process)
{
	for (int i = 0; i < 10000; i++)
		tell_event(process, i % 3 == 0 ? NOTIFY_APPROVAL : NOTIFY_ALERT, i % process->number, i);
	notify_end_run(process->notifier, "run-1");
	notify_flush(process->notifier, 8000);
}

static void ten_thousand_events_are_few_messages(void **unused)
{
	static const struct {
		int baselines, most;
	} cases[] = { { 1, 2 }, { 5, 10 }, { 200, 15 } };

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct receiver *receiver = receiver_start(200);
		char *channels = chat(receiver, "", "");

		process_whole(channels, ten_thousand_events, cases[i].baselines);
		print_message("%d baselines: %d messages\n", cases[i].baselines, receiver->count);
		assert_true(receiver->count > 0 && receiver->count <= cases[i].most);
		assert_int_equal(events_received(receiver), 10000);
		assert_outbox(0, 0);
		free(channels);
		receiver_stop(receiver);
		assert_int_equal(teardown_folder(NULL) | setup_folder(NULL), 0);
	}
}

static void many_flushes(struct process *process)
{
	for (int i = 0; i < 40; i++) {
		tell_event(process, NOTIFY_ALERT, i, i);
		notify_flush(process->notifier, 50);
	}
	/* An urgent message is not held up by the others. */
	tell_event(process, NOTIFY_HALT, 0, 99);
	notify_flush(process->notifier, 500);
}

/* The bound holds over restarts: it belongs to the channel, not to a process. */
static void no_hour_has_more_than_it_may(void **unused)
{
	struct receiver *receiver = receiver_start(200);
	char *channels = chat(receiver, "", ",\"messages_per_hour\":8");

	(void)unused;
	process_whole(channels, many_flushes, 0);
	assert_int_equal(receiver->count, 4);
	json_t *last = received_json(receiver, 3);
	assert_string_equal(json_get_string(last, "kind"), "halt");
	json_decref(last);
	process_whole(channels, one_alert_and_flush, 300);
	assert_int_equal(receiver->count, 4);
	/* The surplus is merged into one message that waits. */
	assert_outbox(1, 0);
	free(channels);
	receiver_stop(receiver);
}

/* --- in the background --- */

static void wait_for(struct process *process, const struct receiver *receiver, int count)
{
	(void)process;
	for (int i = 0; i < 200 && atomic_load(&receiver->count) < count; i++)
		(void)!fiber_sleep(20);
}

static struct receiver *background_receiver;

static void events_over_time(struct process *process)
{
	struct err err = ERR_INIT;

	MUST(notify_start(process->notifier, &err) == 0);
	tell_event(process, NOTIFY_ALERT, 0, 1);
	tell_event(process, NOTIFY_HALT, 0, 1);
	wait_for(process, background_receiver, 1);
	MUST(background_receiver->count == 1); /* the alert's group is still open */
	notify_end_run(process->notifier, "another run");
	(void)!fiber_sleep(100);
	MUST(background_receiver->count == 1);
	notify_end_run(process->notifier, "run-1");
	wait_for(process, background_receiver, 2);
	MUST(background_receiver->count == 2);
	if (process->number == 1)
		loop_cancel(process->loop);
	tell_event(process, NOTIFY_ALERT, 0, 2);
	notify_flush(process->notifier, 3000);
	MUST(background_receiver->count == 3);
}

static void groups_are_sent_while_the_process_works(void **unused)
{
	(void)unused;
	for (int cancelled = 0; cancelled < 2; cancelled++) {
		char *channels;

		background_receiver = receiver_start(200);
		channels = chat(background_receiver, "", ",\"group_seconds\":3600");
		process_whole(channels, events_over_time, cancelled);
		json_t *first = received_json(background_receiver, 0);
		assert_string_equal(json_get_string(first, "kind"), "halt");
		json_decref(first);
		assert_outbox(0, 0);
		free(channels);
		receiver_stop(background_receiver);
	}
}

static void one_alert_in_the_background(struct process *process)
{
	struct err err = ERR_INIT;

	MUST(notify_start(process->notifier, &err) == 0);
	tell_event(process, NOTIFY_ALERT, 0, 1);
	wait_for(process, background_receiver, 1);
	MUST(background_receiver->count == 1);
	notify_flush(process->notifier, 3000);
}

static void a_group_ends_by_itself(void **unused)
{
	char *channels;

	(void)unused;
	background_receiver = receiver_start(200);
	channels = chat(background_receiver, "", ",\"group_seconds\":1");
	process_whole(channels, one_alert_in_the_background, 0);
	assert_int_equal(background_receiver->count, 1);
	free(channels);
	receiver_stop(background_receiver);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_message_is_signed_and_gone_when_delivered),
		store_test(without_a_secret_there_is_no_signature),
		store_test(what_fails_is_sent_again_as_it_was),
		store_test(retry_after_is_honoured),
		store_test(what_is_refused_is_kept_as_failed),
		store_test(failed_messages_are_bounded),
		store_test(a_flush_ends_in_time),
		store_test(ten_thousand_events_are_few_messages),
		store_test(no_hour_has_more_than_it_may),
		store_test(groups_are_sent_while_the_process_works),
		store_test(a_group_ends_by_itself),
	};

	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
