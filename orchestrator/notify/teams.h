/* A message for a Microsoft Teams workflow ("when a webhook request is received"). */
#ifndef REEVE_NOTIFY_TEAMS_H
#define REEVE_NOTIFY_TEAMS_H

#include "ledger/message_record.h"

#include <jansson.h>
#include <stddef.h>

json_t *notify_teams(const struct message_record *message, size_t items);

#endif
