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
#define NOTIFY_ITEMS_KEPT 10    /* of a section */
#define NOTIFY_SECTIONS_KEPT 20 /* of a message that was merged */
#define NOTIFY_FAILED_KEPT 20   /* of a channel */
#define NOTIFY_ATTEMPTS 20      /* then it has failed: about five hours */
#define NOTIFY_REJECTIONS 3     /* answers that say that trying again is no use */
#define NOTIFY_BACKOFF_MS 2000  /* before the second attempt, doubled for each one more */
#define NOTIFY_BACKOFF_MAX_MS (INT64_C(30) * 60 * 1000)
#define NOTIFY_RETRY_AFTER_MAX_MS (INT64_C(60) * 60 * 1000)

/* Whole messages, in bytes. SNS takes 256 KiB with attributes and subject; Teams 28 KB, Slack 50
 * blocks. */
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
/* One more event of the same kind, baseline and run. Whether the record is worth writing again:
 * what it lists has changed, or its number has doubled since. */
bool notify_record_add(json_t *record, const struct notification *event, int64_t now_ms);
/* Moves what `from` says, which came later and is of the same kind, into the record. */
void notify_record_merge(json_t *record, const json_t *from);
/* The key of the group that an event belongs to, within its channel. */
void notify_group_key(const struct notification *event, struct buf *out);
bool notify_is_urgent(const json_t *record); /* a halt or a failure */
json_int_t notify_count(const json_t *record);
/* Merges the last of the waiting records (an array, the oldest first) into earlier ones of their
 * kinds until there are no more than `most`, or one of each kind. The ids of those that are gone
 * are appended to `gone`. */
void notify_condense(json_t *waiting, size_t most, json_t *gone);

/* --- schedule.c: when --- */

/* Before the attempt after that many; between half of it and the whole, as `random` says. */
int64_t notify_backoff_ms(int attempts, int64_t base_ms, uint32_t random);
/* The value of a Retry-After header: seconds or a date. -1 when it is neither. At most
 * NOTIFY_RETRY_AFTER_MAX_MS. */
int notify_retry_after(const char *value, int64_t now_ms, int64_t *wait_ms) MUST_CHECK;

enum notify_verdict {
	NOTIFY_DELIVERED,
	NOTIFY_AGAIN,    /* may be better later */
	NOTIFY_REJECTED, /* the same message will most likely be refused again */
};
enum notify_verdict notify_judge_status(int http_status);
enum notify_verdict notify_judge_error(const struct err *err);

/* At most per_hour messages in any hour: half of them at once, the others as time goes by. */
struct notify_rate {
	int per_hour;
	double tokens;
	int64_t at_ms; /* wall time for which tokens holds; 0: never used, full */
};
/* How many messages could be sent now. One is kept for what is urgent, unless there is but one in
 * all. */
size_t notify_rate_available(struct notify_rate *rate, bool urgent, int64_t now_ms);
void notify_rate_take(struct notify_rate *rate);
/* When the next one can be sent; now_ms when it can be now. */
int64_t notify_rate_next(struct notify_rate *rate, bool urgent, int64_t now_ms);

/* --- text.c: text for people --- */

/* Text from outside on one line: what controls a terminal, reorders text or is no UTF-8 is escaped;
 * cut to that many bytes, at a character's end, with "…". NULL adds nothing. */
void notify_add_plain(struct buf *out, const char *text, size_t max_bytes);
json_t *notify_cut(const char *text, size_t max_bytes);     /* valid UTF-8, cut; null for NULL */
void notify_add_number(struct buf *out, json_int_t number); /* "10,000" */
/* "12 alerts: S3 buckets are encrypted": in our own words, without text from outside. */
void notify_add_title(struct buf *out, const json_t *record);
/* The same of one section; "" for what concerns the run as a whole and needs none. */
void notify_add_section_title(struct buf *out, const json_t *section);
/* How to see the rest, and what to do. */
void notify_add_hint(struct buf *out, const json_t *record);
/* The number of events of the section beyond those listed. */
json_int_t notify_more(const json_t *section, size_t listed);

/* --- format.c, slack.c, teams.c: bodies --- */

enum notify_format { NOTIFY_JSON, NOTIFY_SLACK, NOTIFY_TEAMS };
int notify_format_parse(const char *name, enum notify_format *out) MUST_CHECK;

/* The body of a POST: ASCII JSON. The same for the same record. */
void notify_format(const json_t *record, enum notify_format format, struct buf *out);
json_t *notify_document(const json_t *record, size_t items); /* Reeve's own */
json_t *notify_slack(const json_t *record, size_t items);
json_t *notify_teams(const json_t *record, size_t items);
/* For e-mail: lines of text. */
void notify_add_mail(struct buf *out, const json_t *record, size_t items);
/* Subject of SNS: ASCII, fewer than 100 characters. */
void notify_add_subject(struct buf *out, const json_t *record);
/* The parameters of sns:Publish. */
json_t *notify_sns_params(const json_t *record, const char *topic_arn);

/* --- sign.c --- */

/* "v1=" and the HMAC-SHA256 of TIMESTAMP "." BODY in hexadecimal digits. */
#define NOTIFY_SIGNATURE_SIZE (3 + 64 + 1)
void notify_sign(const char *secret, const char *timestamp, const char *body, size_t length,
	char out[NOTIFY_SIGNATURE_SIZE]);

/* --- secret.c --- */

/* The secret that the file or the environment variable (one of them given) holds, without the
 * line's end. It has `least` bytes at least. The caller frees with mem_free_secret. `what` names it
 * in errors, which never show it. */
int notify_secret(const char *file, const char *variable, const char *what, size_t least,
	char **out, struct err *err) MUST_CHECK;

/* --- channel.c: channels of the configuration --- */

struct notify_channel {
	struct notifier *notifier;
	const char *name; /* the config's */
	unsigned kinds;   /* bits of enum notification_kind */
	enum severity least;
	int64_t group_ms;
	const char *topic_arn; /* NULL: a webhook */
	char region[33], topic_account[13];
	enum notify_format format;
	char *url, *secret; /* secret: NULL, messages are not signed */
	struct notify_rate rate;

	json_t *open;    /* group key -> record */
	json_t *waiting; /* array of records that are complete and not yet sent */
	json_t *sending; /* NULL: none. The one that is being sent, or is to be sent again */
	size_t failed;
	struct fiber_ticket sleeper; /* the background fiber's wait */
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
	struct aws *aws; /* its own, so that a topic that does not answer can't hold up a run's end */
	struct aws_permission *permissions;
	int64_t backoff_ms; /* NOTIFY_BACKOFF_MS; less in tests */
	struct fiber_group fibers;
	bool stopping;
	bool told_of_store; /* that the outbox can't be written was logged */
};

int notify_channel_init(struct notify_channel *channel, struct notifier *notifier,
	const json_t *row, struct err *err) MUST_CHECK;
void notify_channel_release(struct notify_channel *channel);
bool notify_channel_wants(const struct notify_channel *channel, const struct notification *event);

/* --- outbox.c: the store --- */

void notify_make_id(int64_t now_ms, char out[NOTIFY_ID_SIZE]);
/* These log what goes wrong, once: a message is sent also when it can't be kept. Each is one
 * transaction, and only the flush waits: else a write that waits for room could come after the
 * deletion of what it writes. */
MAY_YIELD void notify_outbox_put(struct notifier *notifier, const json_t *record);
MAY_YIELD void notify_outbox_delete(struct notifier *notifier, const char *id);
MAY_YIELD void notify_outbox_put_rate(struct notify_channel *channel);
MAY_YIELD void notify_outbox_flush(struct notifier *notifier);
/* Writes these records and deletes those ids (NULL: none). */
MAY_YIELD void notify_outbox_put_all(struct notifier *notifier, const json_t *records,
	const json_t *gone);
/* Deletes the oldest failed messages of the channel beyond NOTIFY_FAILED_KEPT. */
MAY_YIELD void notify_outbox_prune(struct notify_channel *channel);
/* Gives every channel what earlier processes left; what belongs to no channel any more is deleted.
 */
MAY_YIELD int notify_outbox_load(struct notifier *notifier, struct err *err) MUST_CHECK;

/* --- send.c, deliver.c: delivery --- */

struct notify_result {
	enum notify_verdict verdict;
	int64_t retry_after_ms; /* what the receiver asked for; 0: nothing */
	bool interrupted;       /* by a stop of the process, not by the receiver */
	char error[256];        /* no address, no secret */
};
MAY_YIELD void notify_send(struct notify_channel *channel, const json_t *record,
	struct notify_result *result);

/* Moves the open records that are due, or those of that run (NULL: all), to the waiting ones. */
enum notify_closing { NOTIFY_CLOSE_DUE, NOTIFY_CLOSE_RUN };
MAY_YIELD void notify_close(struct notify_channel *channel, enum notify_closing which,
	const char *run, int64_t now_ms);
/* Sends one message if one is due. Whether it did. */
MAY_YIELD bool notify_step(struct notify_channel *channel, int64_t now_ms);
/* When there is something to do next; INT64_MAX: nothing. */
int64_t notify_next_ms(struct notify_channel *channel, int64_t now_ms);

#endif
