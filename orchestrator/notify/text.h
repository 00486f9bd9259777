/* The text of messages for people, and the escaping of text from outside. */
#ifndef REEVE_NOTIFY_TEXT_H
#define REEVE_NOTIFY_TEXT_H

#include "ledger/message_record.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Adds text from outside on one line: characters that control a terminal or reorder text, and
 * bytes that are not UTF-8, are escaped. The text is cut to that many bytes, at the end of a
 * character, with "…". NULL adds nothing. */
void notify_add_plain(struct buf *out, const char *text, size_t max_bytes);
json_t *notify_cut(const char *text, size_t max_bytes);  /* valid UTF-8, cut; null for NULL */
void notify_add_number(struct buf *out, int64_t number); /* "10,000" */
/* Adds a title such as "12 alerts: S3 buckets are encrypted". It contains no text from outside. */
void notify_add_title(struct buf *out, const struct message_record *message);
/* Adds the title of one section; a section about the run as a whole has none. */
void notify_add_section_title(struct buf *out, const struct message_section *section);
/* Adds how to see the other events, and what to do. */
void notify_add_hint(struct buf *out, const struct message_record *message);
/* Returns the number of events of the section beyond those listed. */
int64_t notify_more(const struct message_section *section, size_t listed);
/* Adds "and 12 more of other groups" and the end of the line, for what a merged message left out.
 */
void notify_add_unlisted(struct buf *out, const struct message_record *message);

#endif
