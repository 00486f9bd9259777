/*
 * EventBridge's event patterns, so that users write what they know: exact values, prefix, suffix,
 * anything-but (with its own prefix, suffix, wildcard and equals-ignore-case), numeric, exists,
 * cidr, wildcard, equals-ignore-case, $or.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 *
 * A pattern matches an event when every field that it names matches. A field of the event that is
 * an array matches when one of its elements does (elements of one array stay together for patterns
 * below it). An object or an empty array is no value: "exists": false matches it, since only what
 * has a value exists.
 */
#ifndef REEVE_CONFIG_PATTERN_PATTERN_H
#define REEVE_CONFIG_PATTERN_PATTERN_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>

#define PATTERN_MAX_CHARACTERS 4096   /* in its compact form; PutRule, EventPattern */
#define PATTERN_MAX_LEVELS 32         /* of nesting; ours */
#define PATTERN_MAX_COMBINATIONS 1000 /* that its "$or" make together; AWS's */

/* Returns 0 when the value is a pattern that AWS would take; else -1 with ERR_CONFIG, whose message
 * says what is wrong and what to write instead, and the JSON pointer of the place (relative to the
 * pattern, "" for itself) in `pointer`. */
#define PATTERN_POINTER_SIZE 256

#endif
