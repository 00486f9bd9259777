/* Writes a record as JSON or as its text, by its table of fields. */
#ifndef REEVE_LEDGER_RECORD_WRITE_H
#define REEVE_LEDGER_RECORD_WRITE_H

#include "base/compiler.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct buf;
struct record_type;

/* Returns the record as JSON with its version, in the order of the table. New reference. */
json_t *record_encode(const struct record_type *type, const void *record) MUST_CHECK;

/* Appends the record as compact text; no json_t is made. */
void record_add_text(struct buf *out, const struct record_type *type, const void *record);

/* Appends `,"key":value` for each field from `first` up to, and without, `end`, which are indexes
 * into the table: for a record whose fixed part is written once. It does not append the version. */
void record_add_members(struct buf *out, const struct record_type *type, size_t first, size_t end,
	const void *record);
/* Appends `,"version":number`. */
void record_add_version(struct buf *out, const struct record_type *type);

/* Returns whether the text of the record could be read again: its JSON values must not be nested
 * too deeply. */
bool record_fits(const struct record_type *type, const void *record);

#endif
