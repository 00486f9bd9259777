/*
 * Takes messages from a queue until it gets SIGTERM, for queue_sqs.py. The beginning of a message's
 * body says what is done with it:
 *
 * - "done": it is deleted.
 * - "release S": it is released for S seconds, and deleted when it comes again.
 * - "hold S": it is kept for S seconds, and then deleted.
 * - Anything else is kept to the end.
 *
 * Prints a line of JSON for each message, for each change of health, and at the end.
 *
 * usage: queue-driver URL RECEIVERS MOST_HELD VISIBILITY_SECONDS
 */
#include "aws/credentials/credentials.h"
#include "base/banned.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "events/queue/entries.h"
#include "events/queue/queue.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/loop_watch.h"

#include <signal.h>

enum { DRAIN_MS = 5000 };

struct driver {
	struct loop *loop;
	struct aws *aws;
	struct queue *queue;
	struct queue_options options;
	struct fiber_ticket stopped;
	bool stopping;
	int holding;
	int status;
};

struct holding {
	struct driver *driver;
	struct queue_message *message;
	int seconds;
};

static void print(json_t *line)
{
	char *text = json_to_text(line);

	puts(text);
	fflush(stdout);
	free(text);
	json_decref(line);
}

static MAY_YIELD void hold(void *argument)
{
	struct holding *holding = argument;

	(void)!fiber_sleep(holding->seconds * 1000);
	queue_done(holding->driver->queue, holding->message);
	holding->driver->holding--;
	free(holding);
}

static int number_after(const char *body, const char *word)
{
	size_t length = strlen(word);

	return strncmp(body, word, length) == 0 ? (int)strtol(body + length, NULL, 10) : -1;
}

static MAY_YIELD void take(void *argument, struct queue_message *message)
{
	struct driver *driver = argument;
	int release = number_after(message->body, "release "),
		seconds = number_after(message->body, "hold ");

	print(json_pack("{s:s, s:s%, s:I, s:i}", "id", message->id, "body", message->body,
		message->length, "sent_ms", (json_int_t)message->sent_ms, "receive_count",
		message->receive_count));
	if (strncmp(message->body, "done", 4) == 0 || (release >= 0 && message->receive_count > 1)) {
		queue_done(driver->queue, message);
	} else if (release >= 0) {
		queue_release(driver->queue, message, release);
	} else if (seconds >= 0) {
		struct holding *holding = xcalloc(1, sizeof *holding);

		*holding = (struct holding){ .driver = driver, .message = message, .seconds = seconds };
		driver->holding++;
		if (fiber_spawn(driver->loop, "hold", hold, holding, NULL) < 0)
			abort();
	}
}

static void health(void *argument, const struct err *err)
{
	(void)argument;
	print(json_pack("{s:b, s:s?}", "up", err == NULL, "code", err != NULL ? err->code : NULL));
}

static void on_stop(void *argument)
{
	struct driver *driver = argument;

	driver->stopping = true;
	fiber_wake(driver->stopped, 0);
}

static MAY_YIELD void run(void *argument)
{
	struct driver *driver = argument;
	struct err err = ERR_INIT;

	if (queue_new(driver->loop, &driver->options, &driver->queue, &err) < 0) {
		fprintf(stderr, "queue-driver: %s\n", err.message);
		driver->status = 1;
		return;
	}
	while (!driver->stopping) {
		driver->stopped = fiber_ticket();
		(void)!fiber_wait(FIBER_FOREVER);
	}
	queue_stop(driver->queue);
	while (driver->holding > 0)
		(void)!fiber_sleep(20);
	queue_drain(driver->queue, DRAIN_MS);
	struct queue_stats stats = queue_stats_now(driver->queue);
	print(json_pack("{s:I, s:I, s:I, s:I, s:I}", "received", (json_int_t)stats.received, "deleted",
		(json_int_t)stats.deleted, "released", (json_int_t)stats.released, "failures",
		(json_int_t)stats.failures, "held", (json_int_t)stats.held));
	queue_free(driver->queue);
}

int main(int argc, char **argv)
{
	struct driver driver = { .status = 0 };
	struct err err = ERR_INIT;

	if (argc != 5) {
		fprintf(stderr, "usage: queue-driver URL RECEIVERS MOST_HELD VISIBILITY_SECONDS\n");
		return 1;
	}
	if (loop_new(NULL, &driver.loop, &err) < 0 ||
		aws_new(driver.loop, NULL, credentials_resolve, &driver.aws, &err) < 0) {
		fprintf(stderr, "queue-driver: %s\n", err.message);
		return 1;
	}
	driver.options = (struct queue_options){
		.aws = driver.aws,
		.session = aws_session_default(driver.aws),
		.account_id = "",
		.url = argv[1],
		.receivers = atoi(argv[2]),
		.most_held = atoi(argv[3]),
		.visibility_seconds = atoi(argv[4]),
		.take = take,
		.health = health,
		.argument = &driver,
	};
	if (loop_on_signal(driver.loop, SIGTERM, on_stop, &driver, &err) < 0 ||
		fiber_spawn(driver.loop, "run", run, &driver, &err) < 0) {
		fprintf(stderr, "queue-driver: %s\n", err.message);
		return 1;
	}
	loop_run(driver.loop);
	aws_free(driver.aws);
	loop_free(driver.loop);
	return driver.status;
}
