/* The bodies of messages. */
#ifndef REEVE_NOTIFY_FORMAT_H
#define REEVE_NOTIFY_FORMAT_H

#include "base/compiler.h"
#include "notify/internal.h"
#include "store/store.h"

#include <jansson.h>

struct buf;

int notify_format_parse(const char *name, enum notify_format *out) MUST_CHECK;

/* The body of a POST as ASCII JSON. The same record always gives the same body. */
void notify_format(const json_t *record, enum notify_format format, struct buf *out);
/* Adds the subject for SNS: ASCII, fewer than 100 characters. */
void notify_add_subject(struct buf *out, const json_t *record);
/* The parameters of sns:Publish. */
json_t *notify_sns_params(const json_t *record, const char *topic_arn);

#endif
