/* A message for a Microsoft Teams workflow ("when a webhook request is received"). */
#ifndef REEVE_NOTIFY_TEAMS_H
#define REEVE_NOTIFY_TEAMS_H

#include <jansson.h>
#include <stddef.h>

json_t *notify_teams(const json_t *record, size_t items);

#endif
