/* Groups events into few messages. */
#ifndef REEVE_NOTIFY_GROUP_H
#define REEVE_NOTIFY_GROUP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct notification;

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
/* Merges the last of the waiting records (an array, the oldest first) into earlier ones of the
 * same kind until there are no more than `most`, or one of each kind. The ids of records that
 * were merged into others are appended to `gone`. */
void notify_condense(json_t *waiting, size_t most, json_t *gone);

#endif
