/*
 * Allocation. Running out of memory is fatal, in this file and nowhere else: a security tool that
 * went on without memory would do less than it reports. Secrets are wiped by mem_wipe, which the
 * compiler may not remove.
 */
#ifndef REEVE_BASE_MEM_H
#define REEVE_BASE_MEM_H

#include "base/compiler.h"

#include <stddef.h>

void *xmalloc(size_t size) MUST_CHECK;
void *xcalloc(size_t count, size_t size) MUST_CHECK;
void *xrealloc(void *old, size_t size) MUST_CHECK;
char *xstrdup(const char *text) MUST_CHECK;
char *xstrndup(const char *text, size_t length) MUST_CHECK;
char *xasprintf(const char *format, ...) MUST_CHECK PRINTF_LIKE(1, 2);

void mem_wipe(void *secret, size_t size_bytes);

/* Wipes and frees a NUL-terminated secret; NULL is fine. */
void mem_free_secret(char *secret);

/* For __attribute__((cleanup(cleanup_free))) on a char * local. */
void cleanup_free(void *pointer_to_pointer);
#define CLEANUP_FREE __attribute__((cleanup(cleanup_free)))

#endif
