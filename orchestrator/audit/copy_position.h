/* The position of the audit log's copy, for each destination. */
#ifndef REEVE_AUDIT_COPY_POSITION_H
#define REEVE_AUDIT_COPY_POSITION_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct audit_copy_position;
struct store;

/* Gives the state of the copy to the configured destination, for `status`: {"bucket", "prefix",
 * "copied": n, "last": n, "failed": {"at", "code", "message"}|null}; null when there is no
 * destination. The store may be open for reading. New reference in *out. */
int audit_copy_status(struct store *store, json_t **out, struct err *err) MUST_CHECK;
/* Loads the position of that destination, and makes it the current one. The texts are borrowed
 * until the position is released. A record that can't be understood is an error. */
int audit_copy_position_load(struct store *store, const char *log, const char *bucket,
	const char *prefix, struct audit_copy_position *out, struct err *err) MUST_CHECK;
/* Clears the current destination; the positions of all destinations are kept. */
MAY_YIELD int audit_copy_position_forget(struct store *store, struct err *err) MUST_CHECK;
void audit_copy_position_release(struct audit_copy_position *position);
/* Stores the record, which is on disk when this returns. */
MAY_YIELD int audit_copy_position_store(struct store *store,
	const struct audit_copy_position *position, struct err *err) MUST_CHECK;

/* Returns the number of the last entry that was copied; 0 when none was. */
uint64_t audit_copy_position_copied(const struct audit_copy_position *position);
/* Returns whether a range that begins with that entry may have been stored, and sets its end. */
bool audit_copy_position_pending(const struct audit_copy_position *position, uint64_t first,
	uint64_t *last);
void audit_copy_position_set_pending(struct audit_copy_position *position, uint64_t first,
	uint64_t last);
void audit_copy_position_drop_pending(struct audit_copy_position *position);
void audit_copy_position_advance(struct audit_copy_position *position, uint64_t last);
/* Sets the failure of the last copy (NULL: it succeeded). Returns whether the record changed. */
bool audit_copy_position_set_failed(struct audit_copy_position *position,
	const struct err *failure);

#endif
