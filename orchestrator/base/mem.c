#include "base/mem.h"

#include "base/banned.h"

#include <stdarg.h>

/* jemalloc reads this name where it is linked. Only two threads allocate, so that one arena for
 * each processor would only hold memory back. */
extern const char *malloc_conf;
const char *malloc_conf = "narenas:2";

static void *checked(void *memory)
{
	if (memory == NULL) {
		fputs("reeve: out of memory; stopped\n", stderr);
		abort();
	}
	return memory;
}

void *xmalloc(size_t size)
{
	return checked(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return checked(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *old, size_t size)
{
	return checked(realloc(old, size ? size : 1));
}

char *xstrdup(const char *text)
{
	return checked(strdup(text));
}

char *xstrndup(const char *text, size_t length)
{
	return checked(strndup(text, length));
}

char *xasprintf(const char *format, ...)
{
	va_list args;
	char *text = NULL;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	return checked(text);
}

void mem_wipe(void *secret, size_t size_bytes)
{
	explicit_bzero(secret, size_bytes);
}

void mem_free_secret(char *secret)
{
	if (secret == NULL)
		return;
	mem_wipe(secret, strlen(secret));
	free(secret);
}

void cleanup_free(void *pointer_to_pointer)
{
	free(*(void **)pointer_to_pointer);
}
