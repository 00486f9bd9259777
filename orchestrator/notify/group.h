/* Groups events into few messages. */
#ifndef REEVE_NOTIFY_GROUP_H
#define REEVE_NOTIFY_GROUP_H

#include "ledger/message_record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct notification;

/* Makes an open message with that event in it; the caller owns it. `title` is that of the event's
 * baseline; NULL: the event has none. */
struct message_record *notify_message_new(const char *id, const char *channel,
	const struct notification *event, const char *title, int64_t now_ms, int64_t due_ms);
/* Returns whether an open message is of the event's kind, baseline and run, so that the event
 * belongs to it. */
bool notify_message_takes(const struct message_record *message, const struct notification *event);
/* Adds such an event. Returns whether the message should be written to the store again: its list
 * has changed, or its count has doubled since. */
bool notify_message_add(struct message_record *message, const struct notification *event,
	int64_t now_ms);
/* Merges `from`, which is later and of the same kind, into the message. */
void notify_message_merge(struct message_record *message, const struct message_record *from);
/* Merges the last of the waiting messages into earlier ones of the same kind until there are no
 * more than `most`, or one of each kind. Messages that were merged into others move to `gone`. */
void notify_condense(struct message_list *waiting, size_t most, struct message_list *gone);

#endif
