/*
 * Messages of notifications, as the outbox holds them until they are delivered, and how many
 * messages a channel may send.
 *
 *     open -> waiting -> sending -> (delivered: the record is deleted)
 *                            \
 *                             `--> failed
 *
 * A message may grow until it is first sent; from then on it is the same under its id, however
 * often it is sent.
 */
#ifndef REEVE_LEDGER_MESSAGE_RECORD_H
#define REEVE_LEDGER_MESSAGE_RECORD_H

#include "base/compiler.h"
#include "base/err.h"
#include "baselines/baseline.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum notification_kind {
	NOTIFY_ALERT,    /* drift that Reeve only reports */
	NOTIFY_APPROVAL, /* a change waits for a person's approval */
	NOTIFY_HALT,     /* a run stopped changing things */
	NOTIFY_FAILURE,  /* a run could not be completed */
	NOTIFICATION_KINDS
};
const char *notification_kind_name(enum notification_kind kind); /* "alert", ... */
int notification_kind_parse(const char *name, enum notification_kind *out) MUST_CHECK;

enum message_state {
	MESSAGE_OPEN,    /* events are still added to it */
	MESSAGE_WAITING, /* complete, and not yet sent */
	MESSAGE_SENDING, /* sent at least once, or about to be */
	MESSAGE_FAILED,  /* it will not be sent again */
};

/* One event that is listed. Texts that are not known are NULL. */
struct message_item {
	const char *account, *account_name, *region, *resource, *change, *code, *message;
	int64_t at_ms;
};

/* The events of one baseline and run. */
struct message_section {
	const char *baseline, *title, *run; /* NULL where there is none */
	enum severity severity;             /* the highest of its events */
	int64_t count;                      /* of all its events, listed or not */
	int64_t first_ms, last_ms;
	struct message_item *items;
	size_t items_count;
};

/* What was left out of a merged message; zero sections: nothing. */
struct message_unlisted {
	int64_t sections, count;
};

/* It owns its lists; its texts live in `source` and `kept`. */
struct message_record {
	const char *id, *channel;
	enum notification_kind kind;
	enum severity severity; /* the highest of its events */
	enum message_state state;
	int64_t created_ms;
	int64_t due_ms; /* open: when it is complete; sending: when it is sent (again) */
	int64_t attempts, rejections;
	const char *error; /* of the last attempt; NULL: none failed */
	int64_t count;     /* of events */
	struct message_section *sections;
	size_t sections_count;
	struct message_unlisted unlisted;
	json_t *source, *kept;
};

struct message_record *message_record_new(void);
void message_record_free(struct message_record *message); /* NULL is fine */

/* Takes over the reference of a JSON string, and returns its text, which lives as long as the
 * message; NULL for JSON's null. */
const char *message_record_keep(struct message_record *message, json_t *text);
/* A new zeroed section or item at the end of its list. */
struct message_section *message_record_add_section(struct message_record *message);
struct message_item *message_section_add_item(struct message_section *section);

/* Messages, which the list owns, the oldest first. */
struct message_list {
	struct message_record **items;
	size_t count, capacity;
};
void message_list_add(struct message_list *list, struct message_record *message);
/* Takes the message at the index out of the list. */
struct message_record *message_list_take(struct message_list *list, size_t index);
void message_list_release(struct message_list *list);

/* --- the store --- */

MAY_YIELD int message_record_put(struct store *store, const struct message_record *message,
	struct err *err) MUST_CHECK;
MAY_YIELD int message_record_delete(struct store *store, const char *id, struct err *err)
	MUST_CHECK;

/* Calls each(argument, message) for every message of the outbox, the oldest first: 0 to go on, 1 to
 * stop. The callback owns the message. It may not yield. A message that can't be understood is an
 * error (ERR_STORE). */
int message_record_each(struct store *store,
	int (*each)(void *argument, struct message_record *message), void *argument, struct err *err)
	MUST_CHECK;

/* What `status` shows of a failed message: {"id", "channel", "kind", "events", "created",
 * "attempts", "error"}. New reference. */
json_t *message_record_failure(const struct message_record *message) MUST_CHECK;

/* How many messages a channel may send (see notify_rate). */
struct message_rate {
	const char *channel;
	double tokens;
	int64_t at_ms; /* when `tokens` was computed */
	json_t *source;
};
MAY_YIELD int message_rate_put(struct store *store, const struct message_rate *rate,
	struct err *err) MUST_CHECK;
/* *found is false when none is on record; message_rate_release ends it, found or not. */
int message_rate_read(struct store *store, const char *channel, struct message_rate *out,
	bool *found, struct err *err) MUST_CHECK;
void message_rate_release(struct message_rate *rate);

/* Returns whether the message is about a halt or a failure. */
bool message_record_is_urgent(const struct message_record *message);

#endif
