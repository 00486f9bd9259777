/* Memory that lives as long as one request: a list of blocks, of which the first is kept. */
#include "util.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)32 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	_Alignas(16) char bytes[];
};

void *arena_alloc(struct arena *a, size_t n)
{
	struct arena_block *block = a->blocks;
	void *p;

	n = (n + 15) & ~(size_t)15;
	if (!block || block->size - block->used < n) {
		size_t size = n > BLOCK_BYTES ? n : BLOCK_BYTES;

		block = must_alloc(sizeof(*block) + size);
		block->size = size;
		block->next = a->blocks;
		a->blocks = block;
	}
	p = block->bytes + block->used;
	block->used += n;
	return p;
}

char *arena_text(struct arena *a, struct slice s)
{
	char *text = arena_alloc(a, s.n + 1);

	if (s.n)
		memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return text;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list args, again;
	char *text;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		die("cannot format a message");
	text = arena_alloc(a, (size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, format, again);
	va_end(again);
	return text;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

struct slice arena_unescape(struct arena *a, struct slice s, bool form)
{
	char *out = arena_alloc(a, s.n + 1), *o = out;

	for (size_t i = 0; i < s.n; i++) {
		int high = -1, low = -1;

		if (s.p[i] == '%' && i + 2 < s.n) {
			high = hex_value(s.p[i + 1]);
			low = hex_value(s.p[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			*o++ = (char)(high * 16 + low);
			i += 2;
		} else {
			*o++ = (form && s.p[i] == '+') ? ' ' : s.p[i];
		}
	}
	*o = '\0';
	return (struct slice){ out, (size_t)(o - out) };
}

void arena_reset(struct arena *a)
{
	struct arena_block *block = a->blocks;

	while (block && block->next) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
	if (block)
		block->used = 0;
	a->blocks = block;
}
