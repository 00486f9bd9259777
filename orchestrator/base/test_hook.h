/*
 * Reads settings that tests make by environment variables REEVE_TEST_*, such as a shorter wait or a
 * slower flush to disk. Only a build with -DREEVE_TEST_HOOKS=ON reads them, so that the environment
 * of a program in use can't change its waits.
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
