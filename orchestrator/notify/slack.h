/* A message for a Slack incoming webhook. */
#ifndef REEVE_NOTIFY_SLACK_H
#define REEVE_NOTIFY_SLACK_H

#include "ledger/message_record.h"

#include <jansson.h>
#include <stddef.h>

json_t *notify_slack(const struct message_record *message, size_t items);

#endif
