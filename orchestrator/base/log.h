/*
 * Log lines on stderr: level, run, account, region, baseline, message. An entry is one line. Text
 * from outside is escaped, so that a bucket name can't forge a line or control a terminal. Never
 * pass a secret.
 */
#ifndef REEVE_BASE_LOG_H
#define REEVE_BASE_LOG_H

#include "base/buf.h"
#include "base/compiler.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* Where an entry belongs; every field may be NULL. */
struct log_place {
	const char *run, *account, *region, *baseline;
};

void log_set_level(enum log_level level);
enum log_level log_level(void);

/* Called before and after a line, so that a progress line can make room; NULL for none. */
void log_set_hooks(void (*before)(void), void (*after)(void));

void log_write(enum log_level level, const struct log_place *place, const char *format, ...)
	PRINTF_LIKE(3, 4);
#define log_error(...) log_write(LOG_ERROR, NULL, __VA_ARGS__)
#define log_warning(...) log_write(LOG_WARNING, NULL, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, NULL, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, NULL, __VA_ARGS__)

/* Adds text with control characters, invalid UTF-8, bidirectional overrides and
 * backslashes written as \xNN or \u{NNNN}. Used wherever text reaches a person. */
void log_add_escaped(struct buf *out, const char *text, size_t length);

#endif
