/*
 * What a test may set by an environment variable REEVE_TEST_*: a wait that is made shorter, a flush
 * to disk that is made longer. Only a build with -DREEVE_TEST_HOOKS=ON reads them, so that nothing
 * in the environment of a program in use can change what it waits for.
 */
#ifndef REEVE_BASE_TEST_HOOK_H
#define REEVE_BASE_TEST_HOOK_H

#ifdef REEVE_TEST_HOOKS
#include <stdint.h>
#include <stdlib.h>

static inline int64_t test_hook(const char *name, int64_t otherwise)
{
	const char *value = getenv(name);

	return value != NULL ? atoll(value) : otherwise;
}
#else
/* A macro, so that not even the names stand in the program. */
#define test_hook(name, otherwise) (otherwise)
#endif

#endif
