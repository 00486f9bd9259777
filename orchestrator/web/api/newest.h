/* The newest records of a list that is read in any order, a page at a time. */
#ifndef REEVE_WEB_API_NEWEST_H
#define REEVE_WEB_API_NEWEST_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct api_newest;
struct api_page;

int api_newest_init(struct api_newest *newest, const struct api_page *page, struct err *err)
	MUST_CHECK;
void api_newest_release(struct api_newest *newest);
/* Whether the record would be kept, so that only then a copy is made. */
bool api_newest_wants(struct api_newest *newest, int64_t ms, const char *id);
/* takes over the record; only after wants */
void api_newest_add(struct api_newest *newest, int64_t ms, json_t *record);
/* The list, as a new reference; *next is the cursor, or "" at the end. */
json_t *api_newest_list(const struct api_newest *newest, char next[96]);

#endif
