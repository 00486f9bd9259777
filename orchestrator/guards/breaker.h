/*
 * The circuit breaker: so many failed changes one after another (limits.breaker_failures) of one
 * baseline, in one account, or of one AWS service, and no further change of that kind is made in
 * this run: something is wrong that more tries only make worse. Held changes have the cause
 * "CircuitOpen". In memory only: the next run tries anew.
 *
 * Changes under way at the same time are counted in the order in which they end. What opened stays
 * open.
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
	int64_t limit;    /* of failures in a row; 0 or less holds everything */
	json_t *circuits; /* "baseline\x1f…": {"failures", "last"}; only what has failed */
};

/* What a change belongs to. `service` is the AWS service's id; any of the three may be NULL. */
struct breaker_change {
	const char *baseline, *account, *service;
	const char *resource; /* for the message only; may be NULL */
};

void breaker_init(struct breaker *breaker, int64_t limit);
void breaker_release(struct breaker *breaker);

/* Whether one of the three circuits is open; then `why` names it, and what failed last. */
bool breaker_is_open(const struct breaker *breaker, const struct breaker_change *change,
	char why[BREAKER_WHY_SIZE]);

/* Counts how a change went; failure NULL: it was verified. True when this opened a circuit, so that
 * it can be told. */
bool breaker_count(struct breaker *breaker, const struct breaker_change *change,
	const struct err *failure);

#endif
