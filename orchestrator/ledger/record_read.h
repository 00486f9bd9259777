/* Reads a record from its JSON, by its table of fields. */
#ifndef REEVE_LEDGER_RECORD_READ_H
#define REEVE_LEDGER_RECORD_READ_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

struct record_type;

/* Fills *out, which need not be initialized, and keeps a reference to the JSON in its `source`. On
 * failure *out is zeroed, and needs no release. */
int record_decode(const struct record_type *type, const json_t *json, void *out, struct err *err)
	MUST_CHECK;

/* Frees the lists of a record that was read and gives up its source; the record is zeroed. A zeroed
 * record is fine. */
void record_release(const struct record_type *type, void *record);

#endif
