/* Observing each item of a list, such as the users or the buckets of an account. */
#ifndef REEVE_BASELINES_OBSERVE_H
#define REEVE_BASELINES_OBSERVE_H

#include "baselines/baseline.h"

/* Makes the list call and calls each(argument, item) for every item of every page (the result_key
 * of the operation), several at once on fibers of their own. `each` emits an observation for its
 * item, also when that one can't be read. -1 when the list itself can't be read. */
MAY_YIELD int baseline_observe_each(struct baseline_context *context, const struct aws_call *list,
	void (*each)(void *argument, const json_t *item), void *argument, struct err *err) MUST_CHECK;

#endif
