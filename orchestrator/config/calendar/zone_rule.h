/* Parses POSIX's TZ strings, which end a zone's file (RFC 9636, 3.3.1). */
#ifndef REEVE_CONFIG_CALENDAR_ZONE_RULE_H
#define REEVE_CONFIG_CALENDAR_ZONE_RULE_H

#include "base/compiler.h"

#include <stdint.h>

struct zone_rule;

/* Parses a rule such as "CET-1CEST,M3.5.0,M10.5.0/3"; an empty text is no rule. */
int zone_rule_parse(const char *text, struct zone_rule *out) MUST_CHECK;
int32_t zone_rule_offset_s(const struct zone_rule *rule, int64_t at_s, int64_t *until_s);

#endif
