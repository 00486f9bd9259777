/* One attempt to deliver one message. */
#ifndef REEVE_NOTIFY_SEND_H
#define REEVE_NOTIFY_SEND_H

#include "base/compiler.h"

#include "ledger/message_record.h"

struct notify_channel;
struct notify_result;

MAY_YIELD void notify_send(struct notify_channel *channel, const struct message_record *message,
	struct notify_result *result);

#endif
