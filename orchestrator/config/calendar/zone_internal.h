/* Shared by zone.c and zone_rule.c: the rule at the end of a zone's file, for the time after its
 * last transition. */
#ifndef REEVE_CONFIG_CALENDAR_ZONE_INTERNAL_H
#define REEVE_CONFIG_CALENDAR_ZONE_INTERNAL_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

/* A day of the year as POSIX's TZ has it: Jn (n >= 1, 29 February is never counted), n (from 0), or
 * Mm.w.d. */
struct zone_day {
	char kind;            /* 'J', 'n' or 'M' */
	int day, month, week; /* of 'M': day of the week, 0 is Sunday; week 5 is the last */
	int32_t time_s;       /* seconds of the day; may be negative or beyond the day */
};

struct zone_rule {
	bool present, has_summer;
	int32_t standard_s, summer_s; /* offsets, east is positive */
	struct zone_day start, end;   /* of summer time */
};

#endif
