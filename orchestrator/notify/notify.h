/*
 * Notifications: alerts, approval requests, halts and failures, told to SNS topics and webhooks.
 *
 * Events are grouped by kind, baseline and run, so that ten thousand findings make a handful of
 * messages: each has its number, the first few of them, and how to see the rest. A message stands
 * in the store's outbox before it is sent and is deleted when it was delivered. What a crash or a
 * receiver's failure leaves there is sent later, also by the next process, under the same id:
 * receivers may see a message twice, and know it by its id. A message that was refused for good, or
 * tried too often, stays as failed, which `reeve status` tells.
 *
 * Each channel has a bound of messages per hour; what is beyond it is merged into the next message.
 * Secrets of webhooks come from files or the environment, are never logged, and are wiped.
 *
 * Every function accepts a notifier of NULL and then does nothing. The order of the calls:
 *
 * - notifier_new, after the store is open, reads the secrets and the outbox.
 * - notify_start makes a fiber for each channel, which sends while the process works.
 * - notify_event reports an event.
 * - notify_end_run completes the groups of a run.
 * - notify_flush, in a fiber and before the process ends, sends the rest; the channels' fibers have
 *   ended after it.
 * - notifier_free, before the store is closed.
 */
#ifndef REEVE_NOTIFY_NOTIFY_H
#define REEVE_NOTIFY_NOTIFY_H

#include "aws/client.h"
#include "base/compiler.h"
#include "base/err.h"
#include "baselines/baseline.h"
#include "config/config.h"
#include "ledger/message_record.h"

#include <jansson.h>
#include <stdint.h>

struct loop;
struct notifier;
struct store;

/* Borrowed by the notifier until it is freed. */
struct notify_options {
	struct loop *loop;
	struct store *store; /* open for writing */
	const struct config *config;
};

/* How long the end of a run waits for deliveries. The next process sends what is left. */
#define NOTIFY_FLUSH_MS 10000

/* One event. Every text is borrowed and may be NULL or empty. Texts may come from outside: they
 * are escaped. */
struct notification {
	enum notification_kind kind;
	enum severity severity; /* halts and failures are sent whatever a channel's min_severity is */
	const char *run;        /* run id */
	const char *baseline;   /* baseline id; NULL for an event about the run as a whole */
	const char *account, *account_name, *region, *resource;
	const char *change;         /* change id */
	const char *code, *message; /* the cause */
};

/* Reads the channels of the configuration, their secrets, and the messages that earlier processes
 * left to send. It is called outside a fiber. *out is NULL when no channel is configured. Messages
 * for channels that are no longer configured are dropped. It fails with ERR_CONFIG when a secret
 * can't be used, and with ERR_STORE when a message can't be understood. */
MAY_YIELD int notifier_new(const struct notify_options *options, struct notifier **out,
	struct err *err) MUST_CHECK;
/* Frees the notifier, after notify_flush if notify_start was called. Wipes the secrets. */
void notifier_free(struct notifier *notifier);

/* Adds the event to its group in every channel that wants it; yields only when the store's queue
 * is full. Must not be called inside a store batch. Never fails: a failure of the store is
 * logged, and the message is sent all the same. */
MAY_YIELD void notify_event(struct notifier *notifier, const struct notification *event);

/* Starts sending in the background. */
int notify_start(struct notifier *notifier, struct err *err) MUST_CHECK;

/* The groups of that run (NULL: all) are complete: they are sent without waiting for more
 * events. */
MAY_YIELD void notify_end_run(struct notifier *notifier, const char *run);

/* Completes every group and delivers messages within that time (an exchange that has begun is
 * completed, which takes NOTIFY_EXCHANGE_MS at most), then ends the background fibers. Also
 * works when the loop is cancelled. */
#define NOTIFY_EXCHANGE_MS 5000
MAY_YIELD void notify_flush(struct notifier *notifier, int64_t within_ms);

#endif
