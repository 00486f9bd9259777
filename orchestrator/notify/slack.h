/* A message for a Slack incoming webhook. */
#ifndef REEVE_NOTIFY_SLACK_H
#define REEVE_NOTIFY_SLACK_H

#include <jansson.h>
#include <stddef.h>

json_t *notify_slack(const json_t *record, size_t items);

#endif
