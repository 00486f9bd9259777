/* The outbox. */
#ifndef REEVE_NOTIFY_OUTBOX_H
#define REEVE_NOTIFY_OUTBOX_H

#include "base/compiler.h"
#include "base/err.h"
#include "notify/internal.h"
#include "store/store.h"

#include <jansson.h>
#include <stdint.h>

struct store;

void notify_make_id(int64_t now_ms, char out[NOTIFY_ID_SIZE]);
/* Failures of these are logged once: a message is sent even if it can't be stored. Each is one
 * transaction, and only the flush waits: otherwise a write that waits for space could come after
 * the deletion of the same record. */
MAY_YIELD void notify_outbox_put(struct notifier *notifier, const struct message_record *message);
MAY_YIELD void notify_outbox_delete(struct notifier *notifier, const char *id);
MAY_YIELD void notify_outbox_put_rate(struct notify_channel *channel);
MAY_YIELD void notify_outbox_flush(struct notifier *notifier);
/* Writes these messages and deletes those that are gone (NULL: none). */
MAY_YIELD void notify_outbox_put_all(struct notifier *notifier, const struct message_list *messages,
	const struct message_list *gone);
/* Deletes the oldest failed messages of the channel beyond NOTIFY_FAILED_KEPT. */
MAY_YIELD void notify_outbox_prune(struct notify_channel *channel);
/* Gives every channel the messages that earlier processes left. Messages whose channel is no longer
 * configured are deleted; one that can't be understood is an error (ERR_STORE). */
MAY_YIELD int notify_outbox_load(struct notifier *notifier, struct err *err) MUST_CHECK;

/* The state of the outbox, for `status`: {"waiting": n, "failed": [{"id", "channel", "kind",
 * "events", "created", "attempts", "error"}]}. The store may be open for reading. New reference
 * in *out. */
int notify_status(struct store *store, json_t **out, struct err *err) MUST_CHECK;

#endif
