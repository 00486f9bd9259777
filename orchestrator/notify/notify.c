/* The notifier: it takes events, and runs the fibers that deliver messages. */
#include "notify/notify.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "base/mem.h"
#include "baselines/set.h"
#include "config/values.h"
#include "io/fiber_sync.h"
#include "io/loop.h"
#include "notify/channel.h"
#include "notify/deliver.h"
#include "notify/group.h"
#include "notify/internal.h"
#include "notify/outbox.h"

/* The longest sleep of a background fiber, so that it notices a clock that was set. */
#define SLEEP_MAX_MS (INT64_C(60) * 1000)

static int take_channels(struct notifier *notifier, const json_t *rows, struct err *err)
{
	size_t index;
	json_t *row;

	notifier->channels = xcalloc(json_array_size(rows) + 1, sizeof *notifier->channels);
	json_array_foreach((json_t *)rows, index, row) {
		notifier->channel_count++;
		if (notify_channel_init(&notifier->channels[index], notifier, row, err) < 0)
			return -1;
	}
	return 0;
}

int notifier_new(const struct notify_options *options, struct notifier **out, struct err *err)
{
	const json_t *rows = config_get(options->config, "notifications");
	struct notifier *notifier = xcalloc(1, sizeof *notifier);

	*out = NULL;
	notifier->loop = options->loop;
	notifier->store = options->store;
	notifier->baselines = baselines_of(options->config);
	notifier->backoff_ms = NOTIFY_BACKOFF_MS;
	notifier->permissions = notify_permissions(options->config);
	fiber_group_init(&notifier->fibers);
	if (take_channels(notifier, rows, err) < 0 || notify_outbox_load(notifier, err) < 0) {
		notifier_free(notifier);
		return -1;
	}
	if (notifier->channel_count == 0) {
		notifier_free(notifier);
		return 0;
	}
	*out = notifier;
	return 0;
}

void notifier_free(struct notifier *notifier)
{
	if (notifier == NULL)
		return;
	for (size_t i = 0; i < notifier->channel_count; i++)
		notify_channel_release(&notifier->channels[i]);
	free(notifier->channels);
	http_client_free(notifier->http);
	aws_free(notifier->aws);
	free(notifier->permissions);
	free(notifier);
}

static void wake(struct notify_channel *channel)
{
	if (channel->asleep)
		fiber_wake(channel->sleeper, 0);
}

/* The message keeps the title: the set may be another when it is sent. */
static const char *title_of(const struct notifier *notifier, const struct notification *event)
{
	const struct baseline *baseline =
		event->baseline != NULL ? baseline_set_find(notifier->baselines, event->baseline) : NULL;

	return baseline != NULL ? baseline->title : NULL;
}

/* Returns the open message that takes the event, or NULL. */
static struct message_record *open_message(const struct notify_channel *channel,
	const struct notification *event)
{
	for (size_t i = 0; i < channel->open.count; i++)
		if (notify_message_takes(channel->open.items[i], event))
			return channel->open.items[i];
	return NULL;
}

static MAY_YIELD void add_event(struct notify_channel *channel, const struct notification *event,
	int64_t now_ms)
{
	bool at_once = event->kind == NOTIFY_HALT || event->kind == NOTIFY_FAILURE, write = true;
	struct message_record *message = open_message(channel, event);

	if (message != NULL) {
		/* An open message is written to the store too, but not each time its count grows. */
		write = notify_message_add(message, event, now_ms);
	} else {
		char id[NOTIFY_ID_SIZE];

		notify_make_id(now_ms, id);
		message = notify_message_new(id, channel->name, event, title_of(channel->notifier, event),
			now_ms, now_ms + (at_once ? 0 : channel->group_ms));
		message_list_add(&channel->open, message);
		wake(channel);
	}
	if (write)
		notify_outbox_put(channel->notifier, message);
}

void notify_event(struct notifier *notifier, const struct notification *event)
{
	int64_t now_ms = clock_now_ms();

	for (size_t i = 0; notifier != NULL && i < notifier->channel_count; i++)
		if (notify_channel_wants(&notifier->channels[i], event))
			add_event(&notifier->channels[i], event, now_ms);
}

void notify_end_run(struct notifier *notifier, const char *run)
{
	for (size_t i = 0; notifier != NULL && i < notifier->channel_count; i++) {
		notify_close(&notifier->channels[i], NOTIFY_CLOSE_RUN, run, clock_now_ms());
		wake(&notifier->channels[i]);
	}
}

/* --- in the background --- */

static MAY_YIELD void work(void *argument)
{
	struct notify_channel *channel = argument;
	struct notifier *notifier = channel->notifier;

	while (!notifier->stopping && !loop_cancelled(notifier->loop)) {
		int64_t now_ms = clock_now_ms();

		notify_close(channel, NOTIFY_CLOSE_DUE, NULL, now_ms);
		if (notify_step(channel, now_ms))
			continue;
		channel->sleeper = fiber_ticket();
		channel->asleep = true;
		int64_t wait_ms = notify_next_ms(channel, clock_now_ms()) - clock_now_ms();
		int result = fiber_wait(wait_ms < 0 ? 0 : wait_ms > SLEEP_MAX_MS ? SLEEP_MAX_MS : wait_ms);
		channel->asleep = false;
		if (result == FIBER_CANCELLED)
			break;
	}
	fiber_group_done(&notifier->fibers);
}

int notify_start(struct notifier *notifier, struct err *err)
{
	for (size_t i = 0; notifier != NULL && i < notifier->channel_count; i++) {
		fiber_group_add(&notifier->fibers);
		if (fiber_spawn(notifier->loop, "notify", work, &notifier->channels[i], err) < 0) {
			fiber_group_done(&notifier->fibers);
			return -1;
		}
	}
	return 0;
}

/* --- at the end --- */

static MAY_YIELD void drain(struct notify_channel *channel)
{
	for (;;) {
		int64_t now_ms = clock_now_ms();

		if (now_ms >= channel->deadline_ms)
			break;
		if (notify_step(channel, now_ms))
			continue;
		int64_t next_ms = notify_next_ms(channel, clock_now_ms());
		if (next_ms >= channel->deadline_ms)
			break;
		if (next_ms > now_ms && fiber_sleep(next_ms - now_ms) < 0)
			break;
	}
}

static MAY_YIELD void drain_fiber(void *argument)
{
	struct notify_channel *channel = argument;

	fiber_shield();
	drain(channel);
	fiber_unshield();
	fiber_group_done(&channel->notifier->fibers);
}

static void tell_what_is_left(const struct notifier *notifier)
{
	size_t left = 0;

	for (size_t i = 0; i < notifier->channel_count; i++)
		left += notifier->channels[i].waiting.count + (notifier->channels[i].sending != NULL);
	if (left > 0)
		log_warning("%s %s not delivered yet; the next run sends %s",
			count_of(left, "notification"), left == 1 ? "is" : "are", left == 1 ? "it" : "them");
}

void notify_flush(struct notifier *notifier, int64_t within_ms)
{
	if (notifier == NULL)
		return;
	int64_t deadline_ms = clock_now_ms() + within_ms;

	fiber_shield();
	notifier->stopping = true;
	for (size_t i = 0; i < notifier->channel_count; i++)
		wake(&notifier->channels[i]);
	fiber_group_wait(&notifier->fibers);
	notify_end_run(notifier, NULL);
	for (size_t i = 0; i < notifier->channel_count; i++) {
		struct notify_channel *channel = &notifier->channels[i];
		struct err err = ERR_INIT;

		channel->deadline_ms = deadline_ms;
		fiber_group_add(&notifier->fibers);
		if (fiber_spawn(notifier->loop, "notify", drain_fiber, channel, &err) == 0)
			continue;
		fiber_group_done(&notifier->fibers); /* no fiber is free: drain one channel after the other
											  */
		drain(channel);
	}
	fiber_group_wait(&notifier->fibers);
	notify_outbox_flush(notifier);
	notifier->stopping = false;
	tell_what_is_left(notifier);
	fiber_unshield();
}
