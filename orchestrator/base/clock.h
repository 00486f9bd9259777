/*
 * Time. clock_now_ms is wall time; clock_monotonic_us never steps back and is what
 * durations and timeouts are taken from. RFC 3339 in UTC is the one text form.
 */
#ifndef REEVE_BASE_CLOCK_H
#define REEVE_BASE_CLOCK_H

#include "base/compiler.h"

#include <stddef.h>
#include <stdint.h>

#define CLOCK_RFC3339_SIZE 32 /* "2026-11-24T08:00:00.123Z" and its NUL, with room */

int64_t clock_now_ms(void); /* since 1970-01-01T00:00:00Z */
int64_t clock_monotonic_us(void);

/* A time in UTC by its parts. It is not a struct tm, since the C library's functions for that
 * cost more than the rest of a small answer. */
struct clock_utc {
	int year, month, day, hour, minute, second, ms; /* month and day from 1 */
	int weekday;                                    /* 0: Sunday */
};

struct clock_utc clock_split(int64_t ms);
int64_t clock_join(const struct clock_utc *utc); /* the reverse of clock_to_utc; accepts second 60,
													and ignores the weekday */

/* Writes "2026-11-24T08:00:00Z", with ".123" when the milliseconds are not zero. A time outside the
 * years 0 to 9999 is written as 1970. Returns the length. */
size_t clock_format_rfc3339(int64_t ms, char out[CLOCK_RFC3339_SIZE]);

/* Reads a time with or without a fraction, and Z or a numeric offset. Returns -1 for other text. */
int clock_parse_rfc3339(const char *text, int64_t *ms) MUST_CHECK;

#endif
