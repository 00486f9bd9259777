/* Work on many items at once, on fibers. */
#ifndef REEVE_AWS_FOR_EACH_H
#define REEVE_AWS_FOR_EACH_H

#include "base/compiler.h"

#include <stddef.h>

struct aws;

/* Runs body(argument, i) for i in 0..count-1, several at once on fibers of their own (at most 16),
 * and returns when all have ended. Where the fiber pool is full it runs them in the caller's. */
MAY_YIELD void aws_for_each(struct aws *aws, size_t count,
	void (*body)(void *argument, size_t index), void *argument);

#endif
