/*
 * A fake SQS queue on the fake server's thread. It has visibility timeouts, receive counts and
 * receipt handles like SQS, and can be told to misbehave. A trial runs the queue's client against
 * it.
 */
#ifndef ENGINE_QUEUE_HELP_H
#define ENGINE_QUEUE_HELP_H

#include "aws_client_help.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "events/queue/entries.h"
#include "events/queue/internal.h"

enum { SQS_MESSAGES = 64, SQS_CALLS = 512 };

struct sqs_message {
	char id[40], body[64];
	int64_t visible_ms, sent_ms;
	int receives, renewals;
	bool deleted;
};

struct sqs_call {
	char name[40];
	int entries, asked, wait, timeout; /* of a batch: the last entry's */
};

/* A wrong answer that the fake gives to one kind of call. */
struct sqs_fault {
	int count;        /* the number of calls that get it; -1: all */
	int status;       /* 200: the text is the body; 0: hangs up */
	const char *text; /* "__type" of an error, or the body */
	int delay_ms;
	bool endless_headers; /* more headers than the client accepts */
};

struct sqs {
	pthread_mutex_t mutex;
	struct sqs_message messages[SQS_MESSAGES];
	int count;
	int empty_ms; /* how long an empty answer takes */
	struct sqs_fault receive, delete, visibility;
	/* In the next answer to a deletion, the entries in the mask fail with this code. */
	const char *fail_code;
	unsigned fail_mask;
	struct sqs_call calls[SQS_CALLS];
	int call_count;
	int refused_roles; /* how many of the next AssumeRole calls are refused */
};

static void sqs_put(struct sqs *sqs, int count)
{
	pthread_mutex_lock(&sqs->mutex);
	for (; count > 0 && sqs->count < SQS_MESSAGES; count--) {
		struct sqs_message *message = &sqs->messages[sqs->count];

		memset(message, 0, sizeof *message);
		snprintf(message->id, sizeof message->id, "message-%d", sqs->count);
		snprintf(message->body, sizeof message->body, "body of %d", sqs->count);
		message->sent_ms = 1700000000000 + sqs->count++;
	}
	pthread_mutex_unlock(&sqs->mutex);
}

static inline int sqs_deleted(struct sqs *sqs)
{
	int deleted = 0;

	pthread_mutex_lock(&sqs->mutex);
	for (int i = 0; i < sqs->count; i++)
		deleted += sqs->messages[i].deleted;
	pthread_mutex_unlock(&sqs->mutex);
	return deleted;
}

static inline int sqs_calls(struct sqs *sqs, const char *name)
{
	int count = 0;

	pthread_mutex_lock(&sqs->mutex);
	for (int i = 0; i < sqs->call_count; i++)
		count += strcmp(sqs->calls[i].name, name) == 0;
	pthread_mutex_unlock(&sqs->mutex);
	return count;
}

/* Returns the nth call with that name. */
static inline struct sqs_call sqs_call(struct sqs *sqs, const char *name, int n)
{
	struct sqs_call found = { .name = "" };

	pthread_mutex_lock(&sqs->mutex);
	for (int i = 0; i < sqs->call_count; i++)
		if (strcmp(sqs->calls[i].name, name) == 0 && n-- == 0)
			found = sqs->calls[i];
	pthread_mutex_unlock(&sqs->mutex);
	return found;
}

static void sqs_receive(struct sqs *sqs, const json_t *request, struct fake_answer *answer)
{
	json_t *messages = json_array();
	int most = (int)json_get_integer_or(request, "MaxNumberOfMessages", 1);
	int64_t now_ms = fake_now_ms(),
			hidden_ms = json_get_integer_or(request, "VisibilityTimeout", 30) * 1000;

	for (int i = 0; i < sqs->count && (int)json_array_size(messages) < most; i++) {
		struct sqs_message *message = &sqs->messages[i];
		char handle[80], sent[24], received[12];

		if (message->deleted || message->visible_ms > now_ms)
			continue;
		message->visible_ms = now_ms + hidden_ms;
		message->receives++;
		snprintf(handle, sizeof handle, "%d:%d", i, message->receives);
		snprintf(sent, sizeof sent, "%lld", (long long)message->sent_ms);
		snprintf(received, sizeof received, "%d", message->receives);
		json_array_append_new(messages,
			json_pack("{s:s, s:s, s:s, s:{s:s, s:s}}", "MessageId", message->id, "ReceiptHandle",
				handle, "Body", message->body, "Attributes", "SentTimestamp", sent,
				"ApproximateReceiveCount", received));
	}
	json_t *output = json_object();
	if (json_array_size(messages) > 0)
		json_object_set(output, "Messages", messages);
	else
		answer->delay_ms = sqs->empty_ms;
	json_decref(messages);
	char *text = json_dumps(output, JSON_COMPACT);
	snprintf(answer->body, sizeof answer->body, "%s", text);
	free(text);
	json_decref(output);
}

/* Returns the message of a batch's entry. NULL unless the entry has the message's newest receipt
 * handle and the message is still hidden. */
static struct sqs_message *sqs_find(struct sqs *sqs, const json_t *entry)
{
	int number = -1, receive = -1;

	sscanf(json_get_string_or(entry, "ReceiptHandle", ""), "%d:%d", &number, &receive);
	if (number < 0 || number >= sqs->count || sqs->messages[number].receives != receive)
		return NULL;
	return &sqs->messages[number];
}

static void sqs_batch(struct sqs *sqs, const json_t *request, bool deletes, struct sqs_call *call,
	struct fake_answer *answer)
{
	json_t *good = json_array(), *bad = json_array(), *entry;
	size_t index;
	int64_t now_ms = fake_now_ms();

	json_array_foreach(json_object_get(request, "Entries"), index, entry) {
		struct sqs_message *message = sqs_find(sqs, entry);
		bool told = deletes && sqs->fail_code != NULL && (sqs->fail_mask & (1u << index)) != 0;

		call->timeout = (int)json_get_integer_or(entry, "VisibilityTimeout", -1);
		if (told || message == NULL) {
			json_array_append_new(bad,
				json_pack("{s:s, s:b, s:s, s:s}", "Id", json_get_string(entry, "Id"), "SenderFault",
					0, "Code", told ? sqs->fail_code : "ReceiptHandleIsInvalid", "Message", "no"));
			continue;
		}
		if (deletes) {
			message->deleted = true;
		} else {
			message->visible_ms = now_ms + call->timeout * 1000;
			message->renewals++;
		}
		json_array_append_new(good, json_pack("{s:s}", "Id", json_get_string(entry, "Id")));
	}
	if (deletes)
		sqs->fail_code = NULL;
	json_t *output = json_pack("{s:o, s:o}", "Successful", good, "Failed", bad);
	char *text = json_dumps(output, JSON_COMPACT);
	snprintf(answer->body, sizeof answer->body, "%s", text);
	free(text);
	json_decref(output);
}

static bool sqs_misbehave(struct sqs_fault *fault, struct fake_answer *answer)
{
	if (fault->count == 0)
		return false;
	if (fault->count > 0)
		fault->count--;
	answer->delay_ms = fault->delay_ms;
	answer->status = fault->status;
	answer->hang_up = fault->status == 0;
	for (int i = 0; fault->endless_headers && i < 80; i++)
		memcpy(answer->headers + strlen(answer->headers), "a: b\r\n", 7);
	if (fault->status == 200)
		snprintf(answer->body, sizeof answer->body, "%s", fault->text);
	else
		snprintf(answer->body, sizeof answer->body,
			"{\"__type\":\"com.amazonaws.sqs#%s\",\"message\":\"no\"}", fault->text);
	return true;
}

static void sqs_assume(struct sqs *sqs, struct fake_answer *answer)
{
	if (sqs->refused_roles > 0) {
		sqs->refused_roles--;
		answer->status = 403;
		snprintf(answer->body, sizeof answer->body,
			"<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>"
			"<Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></"
			"Error><RequestId>r</RequestId></ErrorResponse>");
		return;
	}
	snprintf(answer->body, sizeof answer->body,
		"<AssumeRoleResponse "
		"xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>"
		"<AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</"
		"SessionToken>"
		"<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></"
		"AssumeRoleResponse>");
}

static void sqs_serve(struct sqs *sqs, const struct fake_request *request,
	struct fake_answer *answer)
{
	char target[80];
	const char *name = strchr(fake_header(request, "X-Amz-Target", target, sizeof target), '.');
	json_t *body = json_loadb(request->body, request->body_length, 0, NULL);

	pthread_mutex_lock(&sqs->mutex);
	if (strstr(request->body, "Action=AssumeRole") != NULL) {
		sqs_assume(sqs, answer);
		pthread_mutex_unlock(&sqs->mutex);
		return;
	}
	if (name == NULL || body == NULL || sqs->call_count == SQS_CALLS)
		abort();
	struct sqs_call *call = &sqs->calls[sqs->call_count++];
	snprintf(call->name, sizeof call->name, "%.39s", name + 1);
	call->entries = (int)json_array_size(json_object_get(body, "Entries"));
	call->asked = (int)json_get_integer_or(body, "MaxNumberOfMessages", 0);
	call->wait = (int)json_get_integer_or(body, "WaitTimeSeconds", -1);
	bool receives = strcmp(call->name, "ReceiveMessage") == 0,
		 deletes = strcmp(call->name, "DeleteMessageBatch") == 0;
	struct sqs_fault *fault = receives ? &sqs->receive : deletes ? &sqs->delete : &sqs->visibility;
	if (!sqs_misbehave(fault, answer)) {
		if (receives)
			sqs_receive(sqs, body, answer);
		else
			sqs_batch(sqs, body, deletes, call, answer);
	}
	pthread_mutex_unlock(&sqs->mutex);
	json_decref(body);
}

/* --- a trial --- */

struct trial {
	struct sqs sqs;
	struct queue *queue;
	struct queue_message *taken[SQS_MESSAGES * 4];
	char bodies[SQS_MESSAGES * 4][64];
	int receive_counts[SQS_MESSAGES * 4];
	int taken_count;
	/* Called with each message that is taken; NULL: the test keeps the message. */
	void (*on_take)(struct trial *trial, struct queue_message *message);
	char health[64]; /* the reports so far: "U" for up, "D" for down */
	struct err last_err;
	struct aws_session *session; /* NULL: the process's own */
	struct bench *bench;
};

static void trial_take(void *argument, struct queue_message *message)
{
	struct trial *trial = argument;

	MUST(trial->taken_count < SQS_MESSAGES * 4);
	MUST(message->length == strlen(message->body));
	snprintf(trial->bodies[trial->taken_count], sizeof trial->bodies[0], "%s", message->body);
	trial->receive_counts[trial->taken_count] = message->receive_count;
	trial->taken[trial->taken_count++] = message;
	if (trial->on_take != NULL)
		trial->on_take(trial, message);
}

static void trial_health(void *argument, const struct err *err)
{
	struct trial *trial = argument;
	size_t used = strlen(trial->health);

	MUST(used + 1 < sizeof trial->health);
	trial->health[used] = err == NULL ? 'U' : 'D';
	if (err != NULL)
		trial->last_err = *err;
}

static inline void trial_done(struct trial *trial, struct queue_message *message)
{
	queue_done(trial->queue, message);
}

/* Starts the queue. Must be called in a fiber. */
static inline void trial_start(struct trial *trial, int receivers, int most_held,
	int visibility_seconds)
{
	char url[160];
	struct err err = ERR_INIT;

	snprintf(url, sizeof url, "%s/111122223333/reeve", trial->bench->server.url);
	const struct queue_options options = {
		.aws = trial->bench->aws,
		.account_id = ACCOUNT,
		.url = url,
		.session = trial->session != NULL ? trial->session : aws_session_default(trial->bench->aws),
		.receivers = receivers,
		.most_held = most_held,
		.visibility_seconds = visibility_seconds,
		.take = trial_take,
		.health = trial_health,
		.argument = trial,
	};
	MUST(queue_new(trial->bench->loop, &options, &trial->queue, &err) == 0);
	trial->queue->backoff_ms = 20;
}

static inline void trial_end(struct trial *trial, int64_t timeout_ms)
{
	queue_stop(trial->queue);
	queue_drain(trial->queue, timeout_ms);
	queue_free(trial->queue);
	trial->queue = NULL;
}

/* Waits until the condition holds. The alarm of trial_live ends a wait that takes too long. */
#define UNTIL(condition) \
	while (!(condition)) \
	MUST(fiber_sleep(5) == 0)

static void trial_serve(void *argument, const struct fake_request *request,
	struct fake_answer *answer)
{
	struct bench *bench = argument;

	sqs_serve(&((struct trial *)bench->data)->sqs, request, answer);
}

static inline struct trial *trial_new(void)
{
	struct trial *trial = xcalloc(1, sizeof *trial);

	pthread_mutex_init(&trial->sqs.mutex, NULL);
	trial->sqs.empty_ms = 20;
	metrics_reset();
	return trial;
}

/* Runs the body, which finds its trial in bench->data. */
static inline void trial_live(struct trial *trial, void (*body)(struct bench *bench))
{
	struct bench bench;

	alarm(120); /* a hang is a failure */
	bench_start(&bench, trial_serve);
	bench.data = trial;
	trial->bench = &bench;
	bench_run(&bench, NULL, body);
	bench_stop(&bench);
}

static inline void trial_free(struct trial *trial)
{
	pthread_mutex_destroy(&trial->sqs.mutex);
	free(trial);
}

static inline void trial_run(struct trial *trial, void (*body)(struct bench *bench))
{
	trial_live(trial, body);
	trial_free(trial);
}

#endif
