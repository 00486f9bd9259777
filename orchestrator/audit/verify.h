/*
 * Whether a log is whole. An export is verified offline: no state folder, no configuration, no
 * network. The store is verified beside a running process, up to what was on disk at the beginning.
 *
 * What it can't know: whether a log was cut at its end, in the store itself, by somebody who also
 * set the head back (an export or copy that was made before shows that), and, without a public key
 * from elsewhere, whether a whole export was made by somebody else.
 */
#ifndef REEVE_AUDIT_VERIFY_H
#define REEVE_AUDIT_VERIFY_H

#include "audit/chain.h"

#include <stdio.h>

struct audit_verdict {
	bool whole;
	char log[AUDIT_LOG_SIZE], public_key[AUDIT_KEY_HEX_SIZE]; /* as the header or the store names
																 them; "" when they don't */
	uint64_t first, last;      /* the range that is claimed; 0: none */
	uint64_t entries;          /* found whole */
	uint64_t checkpoints;      /* of them */
	uint64_t unsigned_entries; /* the store: after the last checkpoint */
	struct audit_fault fault;  /* the first, when not whole */
};

/* public_key: 64 hexadecimal digits that are known from elsewhere, or NULL to take the export's own
 * word. -1 only when the file can't be read. */
int audit_verify_export(FILE *in, const char *public_key, struct audit_verdict *verdict,
	struct err *err) MUST_CHECK;
int audit_verify_store(struct store *store, const char *public_key, struct audit_verdict *verdict,
	struct err *err) MUST_CHECK;

#endif
