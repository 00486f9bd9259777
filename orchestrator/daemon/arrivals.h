/* The sources of event bodies. */
#ifndef REEVE_DAEMON_ARRIVALS_H
#define REEVE_DAEMON_ARRIVALS_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct daemon;
struct person;
struct source;

/* Opens the queue of the configuration in force. *out stays NULL when none is configured, or
 * when it is the one that is open. */
int arrivals_open(struct daemon *daemon, struct source **out, struct err *err) MUST_CHECK;
/* Takes events from that queue from now on. With NULL they come from the same queue as before, or
 * from none if the configuration names none. The previous queue ends when all messages taken from
 * it have an outcome. */
void arrivals_follow(struct daemon *daemon, struct source *source);
/* Closes a queue that was opened but is not needed. NULL is allowed. */
void arrivals_drop(struct daemon *daemon, struct source *source);
/* Stops taking messages. */
void arrivals_stop(struct daemon *daemon);
/* Deletes or releases messages by their outcomes, for at most `within_ms`. Messages without an
 * outcome then become visible again when their visibility timeout ends. */
MAY_YIELD void arrivals_end(struct daemon *daemon, int64_t within_ms);
void arrivals_free(struct daemon *daemon);
/* Handles a body that was sent to the API, and waits for its outcome. */
MAY_YIELD int arrivals_ingest(void *daemon, const char *body, size_t length,
	const struct person *person, json_t **outcome, struct err *err);

#endif
