/* The kinds of messages, and what is read from a message's record. */
#ifndef REEVE_NOTIFY_RECORD_H
#define REEVE_NOTIFY_RECORD_H

#include "base/compiler.h"
#include "baselines/baseline.h"
#include "notify/notify.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>

int notification_kind_parse(const char *name, enum notification_kind *out) MUST_CHECK;
int notify_severity_parse(const char *name, enum severity *out) MUST_CHECK;
bool notify_is_urgent(const json_t *record); /* a halt or a failure */
json_int_t notify_count(const json_t *record);
const char *notification_kind_name(enum notification_kind kind); /* "alert", ... */

#endif
