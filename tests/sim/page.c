/* Pages of a listing. A token carries the offset, and is checked, so that a client can't invent
 * one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

/* A token has '/' and '=', so that a client that doesn't encode its query fails. */
#define TOKEN_FORMAT "AAQ/%08lx%016llx="
#define TOKEN_LENGTH (4 + 8 + 16 + 1)

static void token_make(unsigned long from, char out[TOKEN_LENGTH + 1])
{
	snprintf(out, TOKEN_LENGTH + 1, TOKEN_FORMAT, from & 0xffffffffu,
		(unsigned long long)mix((uint64_t)org.options->seed, from));
}

bool page_read(struct page *page, const char *token, long asked, size_t most)
{
	char digits[9] = "", again[TOKEN_LENGTH + 1];

	*page = (struct page){ .count = most };
	if (org.options->page_size && (size_t)org.options->page_size < page->count)
		page->count = (size_t)org.options->page_size;
	if (asked > 0 && (size_t)asked < page->count)
		page->count = (size_t)asked;
	if (!token || !*token)
		return true;
	if (strlen(token) != TOKEN_LENGTH)
		return false;
	memcpy(digits, token + 4, 8);
	page->from = strtoul(digits, NULL, 16);
	token_make(page->from, again);
	return strcmp(token, again) == 0;
}

void page_fit(struct page *page, size_t total)
{
	if (page->from > total)
		page->from = total;
	page->more = total - page->from > page->count;
	if (!page->more)
		page->count = total - page->from;
}

const char *page_next(const struct call *call, const struct page *page)
{
	char *token = arena_alloc(call->arena, TOKEN_LENGTH + 1);

	token_make(page->from + page->count, token);
	return token;
}
