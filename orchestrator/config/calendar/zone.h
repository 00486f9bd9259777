/*
 * Time zones of the IANA database, read from the system's compiled files (RFC 9636, "TZif"; TZDIR,
 * else /usr/share/zoneinfo). The C library knows one zone per process, by an environment variable
 * that other threads may be reading; here each zone is a value. "UTC" needs no file.
 */
#ifndef REEVE_CONFIG_CALENDAR_ZONE_H
#define REEVE_CONFIG_CALENDAR_ZONE_H

#include "base/compiler.h"

#include <stdint.h>

struct zone;

/* Reads a zone such as "Europe/Berlin". Returns -1 with *reason (static text, "must be …"). */
int zone_load(const char *name, struct zone **out, const char **reason) MUST_CHECK;
void zone_free(struct zone *zone); /* NULL is fine */

/* Returns the offset of local clocks from UTC at that moment, in seconds (east is positive).
 * *until_s is the next moment at which it may change, INT64_MAX for never. Moments are seconds
 * since 1970, UTC. */
int32_t zone_offset_s(const struct zone *zone, int64_t at_s, int64_t *until_s);

/* Returns the first moment at which local clocks show `local_s` (counted as if it were UTC) or
 * later. A time that comes twice gives the first of the two moments; a time that is skipped
 * gives the moment of the skip. */
int64_t zone_from_local_s(const struct zone *zone, int64_t local_s);

#endif
