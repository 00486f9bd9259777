/* Decides when a message is sent, sent again, or given up. */
#ifndef REEVE_NOTIFY_SCHEDULE_H
#define REEVE_NOTIFY_SCHEDULE_H

#include "base/compiler.h"
#include "base/err.h"
#include "notify/internal.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Returns the wait after that many attempts: between half of the full backoff and all of it,
 * depending on `random`. */
int64_t notify_backoff_ms(int attempts, int64_t base_ms, uint32_t random);
/* Reads the value of a Retry-After header, which is a number of seconds or a date; returns -1 when
 * it is neither. The wait is at most NOTIFY_RETRY_AFTER_MAX_MS. */
int notify_retry_after(const char *value, int64_t now_ms, int64_t *wait_ms) MUST_CHECK;
enum notify_verdict notify_judge_status(int http_status);
enum notify_verdict notify_judge_error(const struct err *err);
/* Returns how many messages may be sent now. One is reserved for urgent messages, unless only one
 * is allowed in all. */
size_t notify_rate_available(struct notify_rate *rate, bool urgent, int64_t now_ms);
void notify_rate_take(struct notify_rate *rate);
/* Returns when the next message may be sent; now_ms if it may be sent now. */
int64_t notify_rate_next(struct notify_rate *rate, bool urgent, int64_t now_ms);

#endif
