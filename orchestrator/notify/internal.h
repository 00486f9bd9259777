/*
 * What the files of the notifications share. The pure parts come first: grouping (group.c),
 * when to send (schedule.c), what to send (text.c, format.c, slack.c,
 * teams.c) and its signature (sign.c). Then those that wait and write: channels, the
 * outbox, delivery.
 *
 * A message is the record that the outbox holds (ledger/message_record.h).
 */
#ifndef REEVE_NOTIFY_INTERNAL_H
#define REEVE_NOTIFY_INTERNAL_H

#include "base/buf.h"
#include "io/fiber.h"
#include "io/http/http.h"
#include "ledger/message_record.h"
#include "notify/notify.h"
#include "store/store.h"

#define NOTIFY_ID_SIZE 40
#define NOTIFY_ITEMS_KEPT 10    /* items listed in a section */
#define NOTIFY_SECTIONS_KEPT 20 /* sections of a merged message */
#define NOTIFY_FAILED_KEPT 20   /* failed messages kept for a channel */
#define NOTIFY_ATTEMPTS 20      /* attempts before a message counts as failed: about five hours */
#define NOTIFY_REJECTIONS 3     /* responses that say that another attempt is useless */
#define NOTIFY_BACKOFF_MS 2000  /* wait before the second attempt, doubled for each one more */
#define NOTIFY_BACKOFF_MAX_MS (INT64_C(30) * 60 * 1000)
#define NOTIFY_RETRY_AFTER_MAX_MS (INT64_C(60) * 60 * 1000)

/* The largest messages, in bytes. SNS takes 256 KiB with attributes and subject; Teams 28 KB,
 * Slack 50 blocks. */
#define NOTIFY_BODY_MAX (250 * 1024)
#define NOTIFY_TEAMS_MAX (24 * 1024)
#define NOTIFY_SLACK_BLOCKS 48
#define NOTIFY_SLACK_TEXT 2900 /* Slack refuses a text of more than 3,000 characters */

/* --- schedule.c: when --- */

enum notify_verdict {
	NOTIFY_DELIVERED,
	NOTIFY_AGAIN,    /* a later attempt may succeed */
	NOTIFY_REJECTED, /* the same message will most likely be refused again */
};

/* Limits messages to per_hour in any hour: half of them may be sent at once, the others spread
 * over the hour. */
struct notify_rate {
	int per_hour;
	double tokens;
	int64_t at_ms; /* wall time at which `tokens` was computed; 0: never used, full */
};

/* --- format.c, slack.c, teams.c: bodies --- */

enum notify_format { NOTIFY_JSON, NOTIFY_SLACK, NOTIFY_TEAMS };

/* --- sign.c --- */

/* "v1=" and the HMAC-SHA256 of TIMESTAMP "." BODY in hexadecimal digits. */
#define NOTIFY_SIGNATURE_SIZE (3 + 64 + 1)

/* --- channel.c: channels of the configuration --- */

struct notify_channel {
	struct notifier *notifier;
	const char *name; /* borrowed from the config */
	unsigned kinds;   /* bits of enum notification_kind */
	enum severity least;
	int64_t group_ms;
	const char *topic_arn; /* NULL: a webhook */
	char region[33], topic_account[13];
	enum notify_format format;
	char *url, *secret; /* secret NULL: messages are not signed */
	struct notify_rate rate;

	struct message_list open;       /* events are still added to them */
	struct message_list waiting;    /* complete and not yet sent */
	struct message_record *sending; /* being sent, or to be sent again; NULL: none */
	struct fiber_ticket sleeper;    /* for waking the background fiber */
	bool asleep;
	int64_t deadline_ms; /* while draining */
};

struct notifier {
	struct loop *loop;
	struct store *store;
	const struct baseline_set *baselines; /* the configuration's: for their titles */
	struct notify_channel *channels;
	size_t channel_count;
	struct http_client *http; /* NULL until a webhook is posted to */
	struct aws *aws; /* its own client, so that a topic that does not respond can't delay the end of
						a run */
	struct aws_permission *permissions;
	int64_t backoff_ms; /* NOTIFY_BACKOFF_MS; shorter in tests */
	struct fiber_group fibers;
	bool stopping;
	bool told_of_store; /* it was logged that the outbox can't be written */
};

/* --- send.c, deliver.c: delivery --- */

struct notify_result {
	enum notify_verdict verdict;
	int64_t retry_after_ms; /* the wait that the receiver asked for; 0: none */
	bool interrupted;       /* because the process stops, not because of the receiver */
	char error[256];        /* contains neither address nor secret */
};

/* Completes the open messages that are due, or those of that run (NULL: all): they become waiting
 * ones. */
enum notify_closing { NOTIFY_CLOSE_DUE, NOTIFY_CLOSE_RUN };

#endif
