#include "events/queue/internal.h"

#include "aws/session.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"
#include "events/queue/entries.h"
#include "events/queue/receive.h"
#include "events/queue/url.h"
#include "events/queue/workers.h"
#include "io/fiber_sync.h"

#include <assert.h>

const struct aws_permission queue_permissions[] = {
	{ .action = "sqs:ReceiveMessage",
		.resource = "arn:${Partition}:sqs:*:*:*",
		.why = "receives events from the queue" },
	{ .action = "sqs:DeleteMessage",
		.resource = "arn:${Partition}:sqs:*:*:*",
		.why = "deletes messages whose outcome is recorded" },
	{ .action = "sqs:ChangeMessageVisibility",
		.resource = "arn:${Partition}:sqs:*:*:*",
		.why =
			"keeps messages invisible while they are handled, and gives back those that can't be" },
	AWS_PERMISSIONS_END,
};

/* --- life --- */

static int start(struct queue *queue, struct err *err)
{
	for (int i = 0; i < queue->options.receivers; i++) {
		queue->receivers[i] = (struct queue_receiver){ .queue = queue, .most = QUEUE_BATCH };
		if (fiber_spawn(queue->loop, "queue receiver", queue_receive, &queue->receivers[i], err) <
			0)
			return -1;
		queue->receivers[i].running = true;
		queue->receivers_running++;
		fiber_group_add(&queue->fibers);
	}
	for (int i = 0; i < queue->worker_count; i++) {
		queue->workers[i] = (struct queue_worker){ .queue = queue };
		if (fiber_spawn(queue->loop, "queue worker", queue_work, &queue->workers[i], err) < 0)
			return -1;
		queue->workers_running++;
		fiber_group_add(&queue->fibers);
	}
	return 0;
}

static void set_clients(struct queue *queue)
{
	const struct queue_options *options = &queue->options;

	queue->reader = (struct aws_reader){ .aws = options->aws,
		.session = options->session,
		.account_id = options->account_id,
		.declared = queue_permissions };
	queue->writer = (struct aws_writer){ .aws = options->aws,
		.session = options->session,
		.account_id = options->account_id,
		.declared = queue_permissions };
}

int queue_new(struct loop *loop, const struct queue_options *options, struct queue **out,
	struct err *err)
{
	char *region;

	assert(options->receivers > 0 && options->most_held > 0 && options->visibility_seconds > 0 &&
		options->take != NULL);
	*out = NULL;
	if (queue_url_region(options->url, options->region, aws_region(options->aws), &region, err) < 0)
		return -1;
	struct queue *queue = xcalloc(1, sizeof *queue);
	queue->loop = loop;
	queue->options = *options;
	queue->options.region = NULL;
	queue->options.session = aws_session_retain(options->session);
	queue->options.account_id = xstrdup(options->account_id);
	queue->options.url = xstrdup(options->url);
	if (queue->options.receivers > QUEUE_MAX_RECEIVERS)
		queue->options.receivers = QUEUE_MAX_RECEIVERS;
	if (queue->options.visibility_seconds > QUEUE_MAX_HIDDEN_SECONDS)
		queue->options.visibility_seconds = QUEUE_MAX_HIDDEN_SECONDS;
	queue->region = region;
	queue->backoff_ms = QUEUE_BACKOFF_MS;
	queue->random = (uint64_t)clock_monotonic_us() | 1;
	set_clients(queue);
	fiber_group_init(&queue->fibers);
	queue->receivers = xcalloc((size_t)queue->options.receivers, sizeof *queue->receivers);
	queue->worker_count = queue->options.receivers > 1 ? queue->options.receivers : 2;
	queue->workers = xcalloc((size_t)queue->worker_count, sizeof *queue->workers);
	if (start(queue, err) < 0) {
		/* Fibers that were started already see this when they first run, and the last one frees
		 * the queue. */
		queue->stopping = queue->ended = true;
		queue->orphaned = queue->fibers.running > 0;
		if (!queue->orphaned)
			queue_free(queue);
		return -1;
	}
	queue_gauge(queue);
	*out = queue;
	return 0;
}

void queue_stop(struct queue *queue)
{
	queue->stopping = true;
	for (int i = 0; i < queue->options.receivers; i++) {
		struct queue_receiver *receiver = &queue->receivers[i];

		/* A receiver that is handing messages over notices this afterwards; it must not be
		 * cancelled, since the taker may be waiting. */
		if (receiver->running && !receiver->taking)
			fiber_cancel(receiver->fiber);
	}
}

/* Ends the workers, whatever they are doing. */
static void end_workers(struct queue *queue)
{
	queue->ended = true;
	for (int i = 0; i < queue->worker_count; i++)
		fiber_cancel(queue->workers[i].fiber);
}

void queue_drain(struct queue *queue, int64_t timeout_ms)
{
	int64_t end_us = clock_monotonic_us() + timeout_ms * 1000;

	assert(queue->stopping);
	/* The loop may have been cancelled by now, so this wait has its own limit. */
	fiber_shield();
	queue->draining = true;
	for (int i = 0; i < queue->worker_count; i++)
		queue_wake_worker(queue);
	while (queue->receivers_running > 0 ||
		(queue->outbox_count > 0 && queue->workers_running > 0)) {
		int64_t left_us = end_us - clock_monotonic_us();

		if (left_us <= 0)
			break;
		queue->drainer = fiber_ticket();
		(void)!fiber_wait((left_us + 999) / 1000);
	}
	if (queue->outbox_count > 0)
		log_warning("%zu messages of the event queue could not be released in time; SQS delivers "
					"them again",
			queue->outbox_count);
	end_workers(queue);
	fiber_unshield();
	fiber_group_wait(&queue->fibers);
}
