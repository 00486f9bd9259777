/* Pages of the newest records, for a list whose records are not stored in order of time. */
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
/* Returns whether the record would be kept, so that a copy is made only then. */
bool api_newest_wants(struct api_newest *newest, int64_t ms, const char *id);
/* Adds the record and takes it over. Call it only after api_newest_wants returned true. */
void api_newest_add(struct api_newest *newest, int64_t ms, json_t *record);
/* Returns the list as a new reference; `next` is the cursor, or "" at the end. */
json_t *api_newest_list(const struct api_newest *newest, char next[96]);

#endif
