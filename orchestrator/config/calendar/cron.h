/*
 * Cron expressions of five fields (minute, hour, day of month, month, day of week), in
 * UTC: *, lists, ranges, steps, names of months and days, 7 as Sunday. As in cron(8), a day
 * matches when either day field does, unless one of the two begins with "*".
 */
#ifndef REEVE_CONFIG_CALENDAR_CRON_H
#define REEVE_CONFIG_CALENDAR_CRON_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

struct zone;

struct cron {
	uint64_t minutes; /* one bit for each value */
	uint32_t hours, days, months, weekdays;
	bool any_day, any_weekday; /* the field began with "*" */
};

/* Returns -1 with *reason (static text, "must be …") when the text is no cron expression, or
 * matches no day that exists. */
int cron_parse(const char *text, struct cron *out, const char **reason) MUST_CHECK;

/* Returns the first matching minute after `after_ms`, in milliseconds; INT64_MAX when there is
 * none. */
int64_t cron_next(const struct cron *cron, int64_t after_ms);
/* Does the same by the local clocks of a zone. A time that comes twice counts the first time; a
 * time that clocks skip counts at the moment of the skip. */
int64_t cron_next_in(const struct cron *cron, const struct zone *zone, int64_t after_ms);

#endif
