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

int64_t clock_now_ms(void);        /* since 1970-01-01T00:00:00Z */
int64_t clock_monotonic_us(void);

/* "2026-11-24T08:00:00Z", with ".123" when the milliseconds are not zero. */
void clock_format_rfc3339(int64_t ms, char out[CLOCK_RFC3339_SIZE]);

/* Accepts fractions and a numeric offset or Z. Returns -1 for anything else. */
int clock_parse_rfc3339(const char *text, int64_t *ms) MUST_CHECK;

#endif
