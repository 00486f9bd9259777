/* The stored form of the audit log: entries, checkpoints and the head record. */
#ifndef REEVE_AUDIT_ENTRY_H
#define REEVE_AUDIT_ENTRY_H

#include "audit/audit.h"
#include "audit/internal.h"
#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>

struct buf;
struct store;

/* Computes the digest that entries record of an image; "" for NULL. */
void audit_digest(const json_t *image, char digest[AUDIT_DIGEST_SIZE]);

/* Returns whether the text has the form of a log's id. */
bool audit_is_log_id(const char *text);
/* Computes the hash that the first entry is linked to. */
void audit_genesis(const char *log, const char *public_key, char hash[AUDIT_HASH_SIZE]);
/* Adds the entry in its canonical form. */
void audit_entry_write(struct buf *out, const struct audit_entry *entry, const char *own_user,
	const struct audit_link *link);
/* Returns a checkpoint of all entries up to the head, without number, time, hash and signature. */
json_t *audit_checkpoint_json(const struct audit_head *head) MUST_CHECK;
/* Writes the canonical form without the member "signature": the text that a checkpoint's signature
 * covers. */
void audit_signed_form(const json_t *entry, struct buf *out);

/* Reads the head record; *found is false when the log has no entries yet. */
int audit_head_read(struct store *store, struct audit_head *head, bool *found, struct err *err)
	MUST_CHECK;
/* Adds the record as JSON. */
void audit_head_write(struct buf *out, const struct audit_head *head);

#endif
