/* A receiver of notifications that remembers what it got, and a process with a notifier: its loop,
 * store and configuration are opened and closed again. */
#ifndef ENGINE_NOTIFY_HELP_H
#define ENGINE_NOTIFY_HELP_H

#define FAKE_REQUEST_BYTES (512 * 1024)
#include "aws_fake_environment.h"
#include "base/json.h"
#include "base/log.h"
#include "baselines_help.h"
#include "notify/internal.h"
#include "notify/outbox.h"
#include "test_store_help.h"

enum { RECEIVED_MAX = 256 };

struct received {
	char id[64], timestamp[32], signature[80], target[128];
	char *body;
	int64_t at_ms;
};

struct receiver {
	struct fake_server server;
	struct received got[RECEIVED_MAX];
	atomic_int count;
	/* The statuses of the answers, in order; the last one is repeated. 0 hangs up. */
	int statuses[8];
	const char *headers, *answer;
	void (*before_answer)(struct receiver *receiver);
	pid_t child;
};

static void receive(void *argument, const struct fake_request *request, struct fake_answer *answer)
{
	struct receiver *receiver = argument;
	int index = atomic_load(&receiver->count), number = index;

	if (index < RECEIVED_MAX) {
		struct received *got = &receiver->got[index];

		fake_header(request, "X-Reeve-Id", got->id, sizeof got->id);
		fake_header(request, "X-Reeve-Timestamp", got->timestamp, sizeof got->timestamp);
		fake_header(request, "X-Reeve-Signature", got->signature, sizeof got->signature);
		snprintf(got->target, sizeof got->target, "%.127s", request->target);
		got->body = xstrndup(request->body, request->body_length);
		got->at_ms = fake_now_ms();
	}
	atomic_fetch_add(&receiver->count, 1);
	if (receiver->before_answer != NULL)
		receiver->before_answer(receiver);
	while (number > 0 && (number >= 8 || receiver->statuses[number] == 0))
		number--;
	answer->status = receiver->statuses[number];
	answer->hang_up = answer->status == 0;
	if (receiver->headers != NULL)
		snprintf(answer->headers, sizeof answer->headers, "%s", receiver->headers);
	if (receiver->answer != NULL)
		snprintf(answer->body, sizeof answer->body, "%s", receiver->answer);
}

static inline struct receiver *receiver_start(int status)
{
	struct receiver *receiver = xcalloc(1, sizeof *receiver);

	receiver->statuses[0] = status;
	fake_server_start(&receiver->server, receive, receiver);
	return receiver;
}

static inline void receiver_stop(struct receiver *receiver)
{
	fake_server_stop(&receiver->server);
	for (int i = 0; i < RECEIVED_MAX; i++)
		free(receiver->got[i].body);
	free(receiver);
}

static inline json_t *received_json(const struct receiver *receiver, int index)
{
	json_t *body = json_loads(receiver->got[index].body, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(body);
	return body;
}

/* --- the process --- */

struct process {
	struct loop *loop;
	struct store *store;
	struct config *config;
	struct notifier *notifier;
	void (*body)(struct process *process);
	int number; /* of the test */
};

static struct config *parse_config(const char *channels)
{
	char *text = xasprintf(
		"{\"organization\":{\"home_region\":\"eu-west-1\"},\"notifications\":[%s]}", channels);
	struct config *config = NULL;
	struct err err = ERR_INIT;

	if (config_parse(text, strlen(text), "reeve.json", all_catalogue(), &config, &err) < 0)
		fail_msg("%s", err.message);
	free(text);
	return config;
}

/* Returns the JSON of a channel "chat" whose webhook is the receiver. `more` has further keys of
 * the webhook, `keys` further keys of the channel. */
static inline char *chat(const struct receiver *receiver, const char *more, const char *keys)
{
	return xasprintf("{\"name\":\"chat\",\"webhook\":{\"url\":\"%s/hook\"%s}%s}",
		receiver->server.url, more, keys);
}

static inline void process_open(struct process *process, const char *channels)
{
	struct err err = ERR_INIT;

	memset(process, 0, sizeof *process);
	process->loop = new_loop(64);
	process->store = open_writer(process->loop);
	process->config = parse_config(channels);
	const struct notify_options options = {
		.loop = process->loop, .store = process->store, .config = process->config
	};
	if (notifier_new(&options, &process->notifier, &err) < 0)
		fail_msg("%s", err.message);
	if (process->notifier != NULL)
		process->notifier->backoff_ms = 40;
}

static void process_fiber(void *argument)
{
	struct process *process = argument;

	process->body(process);
}

static inline void process_run(struct process *process, void (*body)(struct process *process))
{
	process->body = body;
	spawn(process->loop, process_fiber, process);
	loop_run(process->loop);
}

static inline void process_close(struct process *process)
{
	notifier_free(process->notifier);
	close_store(process->store);
	loop_free(process->loop);
	config_free(process->config);
}

/* Runs one process from its start to its end. */
static inline void process_whole(const char *channels, void (*body)(struct process *process),
	int number)
{
	struct process process;

	process_open(&process, channels);
	process.number = number;
	process_run(&process, body);
	process_close(&process);
}

static inline void flush_body(struct process *process)
{
	notify_flush(process->notifier, 3000);
}

/* Reports an event of the nth baseline to the notifier. */
static inline void tell_event(struct process *process, enum notification_kind kind, int baseline,
	int number)
{
	char name[32], account[13];
	struct notification event = {
		.kind = kind,
		.severity = SEVERITY_HIGH,
		.run = "run-1",
		.baseline = name,
		.account = account,
		.account_name = "payments",
		.region = "eu-west-1",
		.resource = account,
		.code = "Public",
		.message = "it is public",
	};

	snprintf(name, sizeof name, "test.baseline-%d", baseline);
	snprintf(account, sizeof account, "%012d", number);
	notify_event(process->notifier, &event);
}

static inline json_t *outbox_status(void)
{
	struct store *store = open_reader();
	struct err err = ERR_INIT;
	json_t *status = NULL;

	assert_ok(notify_status(store, &status, &err));
	close_store(store);
	return status;
}

static inline void assert_outbox(int waiting, int failed)
{
	json_t *status = outbox_status();

	assert_int_equal(json_get_integer_or(status, "waiting", -1), waiting);
	assert_int_equal(json_array_size(json_object_get(status, "failed")), failed);
	json_decref(status);
}

#endif
