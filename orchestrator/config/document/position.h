/* Line and column of a place in a JSON document. */
#ifndef REEVE_CONFIG_DOCUMENT_POSITION_H
#define REEVE_CONFIG_DOCUMENT_POSITION_H

#include <stdbool.h>
#include <stddef.h>

struct where;

/* Finds line and column (from 1; a column counts characters) of the value, or the key, at `where`.
 * The text has been parsed, so it is known to be JSON. Returns false when the place is not there.
 */
bool position_find(const char *text, size_t length, const struct where *where, bool at_key,
	int *line, int *column);

#endif
