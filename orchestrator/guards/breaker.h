/*
 * The circuit breaker. When limits.breaker_failures changes of one baseline, in one account, or of
 * one AWS service fail one after another, no further change of that kind is made in this run, since
 * something is wrong that more tries only make worse. Held changes have the cause "CircuitOpen".
 * The state is in memory only: the next run starts anew.
 *
 * Changes under way at the same time are counted in the order in which they end. An open circuit
 * stays open.
 */
#ifndef REEVE_GUARDS_BREAKER_H
#define REEVE_GUARDS_BREAKER_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BREAKER_CAUSE "CircuitOpen"
#define BREAKER_WHY_SIZE 512

struct breaker {
	int64_t limit;    /* the limit of failures in a row; 0 or less holds everything */
	json_t *circuits; /* "baseline\x1f…": {"failures", "last"}; only entries with failures */
};

/* The baseline, account and service that a change belongs to. `service` is the AWS service's id;
 * any of the three may be NULL. */
struct breaker_change {
	const char *baseline, *account, *service;
	const char *resource; /* for the message only; may be NULL */
};

void breaker_init(struct breaker *breaker, int64_t limit);
void breaker_release(struct breaker *breaker);

/* Returns whether one of the three circuits is open; then `why` names it and the last failure. */
bool breaker_is_open(const struct breaker *breaker, const struct breaker_change *change,
	char why[BREAKER_WHY_SIZE]);

/* Counts the outcome of a change; failure NULL: it was verified. Returns true when this opened a
 * circuit, so that the caller can report it. */
bool breaker_count(struct breaker *breaker, const struct breaker_change *change,
	const struct err *failure);

#endif
