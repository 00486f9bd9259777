/*
 * What the files of the notifications share. The pure parts come first: grouping (group.c),
 * when to send (schedule.c), what to send (text.c, format.c, slack.c,
 * teams.c) and its signature (sign.c). Then those that wait and write: channels, the
 * outbox, delivery.
 *
 * A message is its record, a json_t that the outbox holds as it is:
 *   {"id", "channel", "kind", "severity", "state": "open|waiting|sending|failed", "created": ms,
 * "due": ms, "attempts": n, "rejections": n, "error": text, "count": n, "sections": [{"baseline",
 * "title", "run", "severity", "count", "first": ms, "last": ms, "items": [{…}, …]}, …], "unlisted":
 * {"sections": n, "count": n}} It may grow until it is first sent; from then on it is the same
 * under its id, however often it is sent.
 */
#ifndef REEVE_NOTIFY_INTERNAL_H
#define REEVE_NOTIFY_INTERNAL_H

#include "base/buf.h"
#include "io/fiber.h"
#include "io/http/http.h"
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

/* --- group.c: records --- */

int notification_kind_parse(const char *name, enum notification_kind *out) MUST_CHECK;
int notify_severity_parse(const char *name, enum severity *out) MUST_CHECK;

/* A new, open record with that event in it. `title` is that of the event's baseline; NULL: the
 * event has none. */
json_t *notify_record_new(const char *id, const char *channel, const struct notification *event,
	const char *title, int64_t now_ms, int64_t due_ms);
/* Adds an event of the same kind, baseline and run. Returns whether the record should be written
 * to the store again: its list has changed, or its count has doubled since. */
bool notify_record_add(json_t *record, const struct notification *event, int64_t now_ms);
/* Merges `from`, which is later and of the same kind, into the record. */
void notify_record_merge(json_t *record, const json_t *from);
/* The key of the group that an event belongs to, within its channel. */
void notify_group_key(const struct notification *event, struct buf *out);
bool notify_is_urgent(const json_t *record); /* a halt or a failure */
json_int_t notify_count(const json_t *record);
/* Merges the last of the waiting records (an array, the oldest first) into earlier ones of the
 * same kind until there are no more than `most`, or one of each kind. The ids of records that
 * were merged into others are appended to `gone`. */
void notify_condense(json_t *waiting, size_t most, json_t *gone);

/* --- schedule.c: when --- */

/* The wait after that many attempts: between half of the full backoff and all of it, depending
 * on `random`. */
int64_t notify_backoff_ms(int attempts, int64_t base_ms, uint32_t random);
/* Reads the value of a Retry-After header: seconds or a date. -1 when it is neither. At most
 * NOTIFY_RETRY_AFTER_MAX_MS. */
int notify_retry_after(const char *value, int64_t now_ms, int64_t *wait_ms) MUST_CHECK;

enum notify_verdict {
	NOTIFY_DELIVERED,
	NOTIFY_AGAIN,    /* a later attempt may succeed */
	NOTIFY_REJECTED, /* the same message will most likely be refused again */
};
enum notify_verdict notify_judge_status(int http_status);
enum notify_verdict notify_judge_error(const struct err *err);

/* Limits messages to per_hour in any hour: half of them may be sent at once, the others spread
 * over the hour. */
struct notify_rate {
	int per_hour;
	double tokens;
	int64_t at_ms; /* wall time at which `tokens` was computed; 0: never used, full */
};
/* How many messages may be sent now. One is reserved for urgent messages, unless only one is
 * allowed in all. */
size_t notify_rate_available(struct notify_rate *rate, bool urgent, int64_t now_ms);
void notify_rate_take(struct notify_rate *rate);
/* When the next message may be sent; now_ms if it may be sent now. */
int64_t notify_rate_next(struct notify_rate *rate, bool urgent, int64_t now_ms);

/* --- text.c: text for people --- */

/* Adds text from outside on one line: characters that control a terminal or reorder text, and
 * bytes that are not UTF-8, are escaped. The text is cut to that many bytes, at the end of a
 * character, with "…". NULL adds nothing. */
void notify_add_plain(struct buf *out, const char *text, size_t max_bytes);
json_t *notify_cut(const char *text, size_t max_bytes);     /* valid UTF-8, cut; null for NULL */
void notify_add_number(struct buf *out, json_int_t number); /* "10,000" */
/* Adds a title such as "12 alerts: S3 buckets are encrypted". It contains no text from outside. */
void notify_add_title(struct buf *out, const json_t *record);
/* The same for one section; "" for a section about the run as a whole, which needs none. */
void notify_add_section_title(struct buf *out, const json_t *section);
/* Adds how to see the other events, and what to do. */
void notify_add_hint(struct buf *out, const json_t *record);
/* The number of events of the section beyond those listed. */
json_int_t notify_more(const json_t *section, size_t listed);

/* --- format.c, slack.c, teams.c: bodies --- */

enum notify_format { NOTIFY_JSON, NOTIFY_SLACK, NOTIFY_TEAMS };
int notify_format_parse(const char *name, enum notify_format *out) MUST_CHECK;

/* The body of a POST as ASCII JSON. The same record always gives the same body. */
void notify_format(const json_t *record, enum notify_format format, struct buf *out);
json_t *notify_slack(const json_t *record, size_t items);
json_t *notify_teams(const json_t *record, size_t items);
/* Adds the subject for SNS: ASCII, fewer than 100 characters. */
void notify_add_subject(struct buf *out, const json_t *record);
/* The parameters of sns:Publish. */
json_t *notify_sns_params(const json_t *record, const char *topic_arn);

/* --- sign.c --- */

/* "v1=" and the HMAC-SHA256 of TIMESTAMP "." BODY in hexadecimal digits. */
#define NOTIFY_SIGNATURE_SIZE (3 + 64 + 1)
void notify_sign(const char *secret, const char *timestamp, const char *body, size_t length,
	char out[NOTIFY_SIGNATURE_SIZE]);

/* --- secret.c --- */

/* Reads the secret from the file or the environment variable (one of them is given), without the
 * end of the line. It must have `least` bytes at least. The caller frees it with
 * mem_free_secret. `what` names it in errors, which never contain it. */
int notify_secret(const char *file, const char *variable, const char *what, size_t least,
	char **out, struct err *err) MUST_CHECK;

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

	json_t *open;    /* group key -> record */
	json_t *waiting; /* array of records that are complete and not yet sent */
	json_t *sending; /* the record that is being sent, or will be sent again; NULL: none */
	size_t failed;
	struct fiber_ticket sleeper; /* for waking the background fiber */
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

int notify_channel_init(struct notify_channel *channel, struct notifier *notifier,
	const json_t *row, struct err *err) MUST_CHECK;
void notify_channel_release(struct notify_channel *channel);
bool notify_channel_wants(const struct notify_channel *channel, const struct notification *event);

/* --- outbox.c: the store --- */

void notify_make_id(int64_t now_ms, char out[NOTIFY_ID_SIZE]);
/* Failures of these are logged once: a message is sent even if it can't be stored. Each is one
 * transaction, and only the flush waits: otherwise a write that waits for space could come after
 * the deletion of the same record. */
MAY_YIELD void notify_outbox_put(struct notifier *notifier, const json_t *record);
MAY_YIELD void notify_outbox_delete(struct notifier *notifier, const char *id);
MAY_YIELD void notify_outbox_put_rate(struct notify_channel *channel);
MAY_YIELD void notify_outbox_flush(struct notifier *notifier);
/* Writes these records and deletes those ids (NULL: none). */
MAY_YIELD void notify_outbox_put_all(struct notifier *notifier, const json_t *records,
	const json_t *gone);
/* Deletes the oldest failed messages of the channel beyond NOTIFY_FAILED_KEPT. */
MAY_YIELD void notify_outbox_prune(struct notify_channel *channel);
/* Gives every channel the messages that earlier processes left. Messages whose channel no longer
 * exists are deleted. */
MAY_YIELD int notify_outbox_load(struct notifier *notifier, struct err *err) MUST_CHECK;

/* --- send.c, deliver.c: delivery --- */

struct notify_result {
	enum notify_verdict verdict;
	int64_t retry_after_ms; /* the wait that the receiver asked for; 0: none */
	bool interrupted;       /* because the process stops, not because of the receiver */
	char error[256];        /* contains neither address nor secret */
};
MAY_YIELD void notify_send(struct notify_channel *channel, const json_t *record,
	struct notify_result *result);

/* Completes the open records that are due, or those of that run (NULL: all): they become waiting
 * ones. */
enum notify_closing { NOTIFY_CLOSE_DUE, NOTIFY_CLOSE_RUN };
MAY_YIELD void notify_close(struct notify_channel *channel, enum notify_closing which,
	const char *run, int64_t now_ms);
/* Sends one message if one is due. Returns whether it did. */
MAY_YIELD bool notify_step(struct notify_channel *channel, int64_t now_ms);
/* When the channel has something to do next; INT64_MAX: never. */
int64_t notify_next_ms(struct notify_channel *channel, int64_t now_ms);

#endif
