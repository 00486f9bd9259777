/* Numbers with their noun, for people: "1 change", "2 changes", "1,234 entries". */
#ifndef REEVE_BASE_COUNT_H
#define REEVE_BASE_COUNT_H

#include <stddef.h>

/* Returns "1,234". Like the other texts here it stands in a ring of 16 static buffers: use it at
 * once, before anything that may yield, and at most 16 in one call. */
const char *thousands(size_t number);

/* Returns the number and its noun, which is given in the singular and gets a regular plural:
 * "change" becomes "changes", "entry" becomes "entries". */
const char *count_of(size_t number, const char *noun);

/* Returns "2 of 40 accounts" or "1 of 1 account". */
const char *count_among(size_t number, size_t total, const char *noun);

#endif
