/* Every message is delivered although the process is killed meanwhile: once, or twice under the
 * same id. */
#include "notify_help.h"
#include "store/errors.h"
#include "store/queue.h"
#include "store/read.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void kill_sender(struct receiver *receiver)
{
	if (receiver->child > 0)
		kill(receiver->child, SIGKILL);
	receiver->child = 0;
}

static void tell_and_flush(struct process *process)
{
	tell_event(process, NOTIFY_ALERT, 0, 1);
	notify_flush(process->notifier, 5000);
}

static void tell_and_stop(struct process *process)
{
	struct err err = ERR_INIT;

	for (int i = 0; i < 100; i++)
		tell_event(process, NOTIFY_ALERT, i % 2, i);
	MUST(store_flush(process->store, &err) == 0);
	kill(getpid(), SIGKILL);
}

/* A process that waits for its channels. It is forked before the receiver's thread runs: the child
 * would wait in vain for a lock (such as the allocator's) that the thread holds at the time of the
 * fork. */
struct sender {
	pid_t child;
	int channels; /* to write them to */
};

static struct sender make_sender(void (*run)(const char *channels,
									 void (*body)(struct process *process), int number),
	void (*body)(struct process *process))
{
	char channels[1024];
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		test_child = true;
		ssize_t got = read(ends[0], channels, sizeof channels - 1);
		if (got > 0) {
			channels[got] = '\0';
			run(channels, body, 0);
		}
		_exit(got > 0 ? 0 : 70);
	}
	close(ends[0]);
	return (struct sender){ child, ends[1] };
}

/* How it ended. */
static int start_sender(const struct sender *sender, const char *channels)
{
	int status;

	assert_int_equal(write(sender->channels, channels, strlen(channels)), strlen(channels));
	assert_int_equal(waitpid(sender->child, &status, 0), sender->child);
	close(sender->channels);
	return status;
}

static void run_killed(struct receiver *receiver, const struct sender *sender, const char *channels)
{
	receiver->child = sender->child;
	int status = start_sender(sender, channels);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	receiver->child = 0;
}

/* The receiver has the message, and the sender is killed before it knows. */
static void between_sending_and_deleting(void **unused)
{
	struct sender sender = make_sender(process_whole, tell_and_flush);
	struct receiver *receiver = receiver_start(200);
	char *channels = chat(receiver, "", "");

	(void)unused;
	receiver->before_answer = kill_sender;
	run_killed(receiver, &sender, channels);
	assert_int_equal(receiver->count, 1);
	assert_outbox(1, 0);
	process_whole(channels, flush_body, 0);
	assert_int_equal(receiver->count, 2);
	assert_string_equal(receiver->got[1].id, receiver->got[0].id);
	assert_string_equal(receiver->got[1].body, receiver->got[0].body);
	assert_outbox(0, 0);
	process_whole(channels, flush_body, 0);
	assert_int_equal(receiver->count, 2);
	free(channels);
	receiver_stop(receiver);
}

/* Later events make another message, and do not change the one that was sent. */
static void what_was_sent_does_not_grow(void **unused)
{
	struct sender sender = make_sender(process_whole, tell_and_flush);
	struct receiver *receiver = receiver_start(200);
	char *channels = chat(receiver, "", "");

	(void)unused;
	receiver->before_answer = kill_sender;
	run_killed(receiver, &sender, channels);
	process_whole(channels, tell_and_flush, 0);
	assert_int_equal(receiver->count, 3);
	assert_string_equal(receiver->got[1].id, receiver->got[0].id);
	assert_string_equal(receiver->got[1].body, receiver->got[0].body);
	assert_string_not_equal(receiver->got[2].id, receiver->got[0].id);
	free(channels);
	receiver_stop(receiver);
}

/* The sender is killed while events are still being grouped. */
static void while_gathering(void **unused)
{
	struct sender sender = make_sender(process_whole, tell_and_stop);
	struct receiver *receiver = receiver_start(200);
	char *channels = chat(receiver, "", ",\"group_seconds\":3600");
	json_int_t events = 0;

	(void)unused;
	run_killed(receiver, &sender, channels);
	assert_int_equal(receiver->count, 0);
	assert_outbox(2, 0);
	process_whole(channels, flush_body, 0);
	assert_int_equal(receiver->count, 2);
	for (int i = 0; i < 2; i++) {
		json_t *body = received_json(receiver, i);

		events += json_get_integer_or(body, "count", 0);
		assert_int_equal(json_array_size(json_object_get(
							 json_array_get(json_object_get(body, "groups"), 0), "items")),
			10);
		json_decref(body);
	}
	/* The message is written again each time that its count has doubled. */
	assert_true(events > 50 && events <= 100);
	free(channels);
	receiver_stop(receiver);
}

/* --- the outbox and the configuration --- */

static void tell_without_receiver(struct process *process)
{
	tell_event(process, NOTIFY_ALERT, 0, 1);
	notify_flush(process->notifier, 1);
}

static int no_secret(void *argument, const struct store_key *key, const void *value, size_t length)
{
	(void)key;
	assert_null(memmem(value, length, argument, strlen(argument)));
	return 0;
}

static void secrets_and_addresses_are_not_kept(void **unused)
{
	static const char channels[] =
		"{\"name\":\"chat\",\"webhook\":{\"url\":\"http://127.0.0.1:1/secret-path\","
		"\"secret_env\":\"REEVE_TEST_HOOK_KEY\"}}";
	struct err err = ERR_INIT;

	(void)unused;
	setenv("REEVE_TEST_HOOK_KEY", "a-key-of-the-test-0123456789", 1);
	process_whole(channels, tell_without_receiver, 0);
	assert_outbox(1, 0);
	struct store *store = open_reader();
	assert_ok(store_each(store, STORE_OUTBOX, NULL, no_secret, (void *)"a-key-of-the-test", &err));
	assert_ok(store_each(store, STORE_OUTBOX, NULL, no_secret, (void *)"secret-path", &err));
	close_store(store);
}

static void messages_of_channels_that_are_gone_are_dropped(void **unused)
{
	static const char one[] = "{\"name\":\"one\",\"webhook\":{\"url\":\"http://127.0.0.1:1/\"}}";
	struct process process;

	(void)unused;
	process_whole(one, tell_without_receiver, 0);
	assert_outbox(1, 0);
	process_open(&process, "");
	assert_null(process.notifier);
	notify_event(process.notifier, &(struct notification){ .kind = NOTIFY_HALT });
	process_close(&process);
	assert_outbox(0, 0);
}

/* A message that this version doesn't understand is not lost: the process says what is wrong, and
 * doesn't start. */
static void a_message_that_is_not_understood_is_an_error(void **unused)
{
	static const char record[] =
		"{\"id\":\"m-1\",\"channel\":\"chat\",\"kind\":\"alert\",\"severity\":\"low\","
		"\"state\":\"postponed\"}";
	struct store_key key = STORE_KEY("message", "m-1");
	struct notifier *notifier = NULL;
	struct err err = ERR_INIT;
	struct process process;

	(void)unused;
	process_open(&process, "");
	assert_ok(store_put(process.store, STORE_OUTBOX, &key, record, strlen(record), &err));
	flush(process.store);
	const struct notify_options options = {
		.loop = process.loop, .store = process.store, .config = process.config
	};
	assert_int_equal(notifier_new(&options, &notifier, &err), -1);
	assert_true(err_is(&err, ERR_STORE, "NewerRecord"));
	assert_non_null(strstr(err.message, "notification m-1"));
	assert_non_null(strstr(err.message, "\"postponed\""));
	process_close(&process);
}

/* A notification is also sent when the state folder can't be written any more. */
static void tell_with_failed_store(struct process *process)
{
	struct rlimit none = { 0, 0 };
	struct err err = ERR_INIT;

	signal(SIGXFSZ, SIG_IGN);
	MUST(setrlimit(RLIMIT_FSIZE, &none) == 0);
	struct store_key key = STORE_KEY("x");
	(void)!store_put(process->store, STORE_META, &key, "x", 1, &err);
	(void)!store_flush(process->store, &err);
	MUST(store_failed(process->store));
	tell_event(process, NOTIFY_HALT, 0, 1);
	notify_flush(process->notifier, 3000);
}

/* The same as process_whole, for a store that can't be closed well. */
static void process_failing(const char *channels, void (*body)(struct process *process), int number)
{
	struct process process;

	process_open(&process, channels);
	process.number = number;
	process_run(&process, body);
	notifier_free(process.notifier);
	(void)!store_close(process.store, NULL);
	loop_free(process.loop);
	config_free(process.config);
}

static void a_failed_store_does_not_silence(void **unused)
{
	struct sender sender = make_sender(process_failing, tell_with_failed_store);
	struct receiver *receiver = receiver_start(200);
	char *channels = chat(receiver, "", "");

	(void)unused;
	int status = start_sender(&sender, channels);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(receiver->count, 1);
	free(channels);
	receiver_stop(receiver);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(between_sending_and_deleting),
		store_test(what_was_sent_does_not_grow),
		store_test(while_gathering),
		store_test(secrets_and_addresses_are_not_kept),
		store_test(messages_of_channels_that_are_gone_are_dropped),
		store_test(a_message_that_is_not_understood_is_an_error),
		store_test(a_failed_store_does_not_silence),
	};

	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
