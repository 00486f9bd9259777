/* The bodies of messages. */
#ifndef REEVE_NOTIFY_FORMAT_H
#define REEVE_NOTIFY_FORMAT_H

#include "base/compiler.h"
#include "ledger/message_record.h"
#include "notify/internal.h"

#include <jansson.h>

struct buf;

int notify_format_parse(const char *name, enum notify_format *out) MUST_CHECK;

/* Makes the body of a POST as ASCII JSON. The same message always gives the same body. */
void notify_format(const struct message_record *message, enum notify_format format,
	struct buf *out);
/* Adds the subject for SNS: ASCII, fewer than 100 characters. */
void notify_add_subject(struct buf *out, const struct message_record *message);
/* The parameters of sns:Publish. */
json_t *notify_sns_params(const struct message_record *message, const char *topic_arn);

#endif
