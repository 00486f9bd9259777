/* The work of a channel. */
#ifndef REEVE_NOTIFY_DELIVER_H
#define REEVE_NOTIFY_DELIVER_H

#include "base/compiler.h"
#include "notify/internal.h"

#include <stdbool.h>
#include <stdint.h>

MAY_YIELD void notify_close(struct notify_channel *channel, enum notify_closing which,
	const char *run, int64_t now_ms);
/* Sends one message if one is due. Returns whether it did. */
MAY_YIELD bool notify_step(struct notify_channel *channel, int64_t now_ms);
/* Returns when the channel has something to do next; INT64_MAX: never. */
int64_t notify_next_ms(struct notify_channel *channel, int64_t now_ms);

#endif
