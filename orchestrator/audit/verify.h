/*
 * Verifies that a log is complete and unaltered. An export is verified offline, without state
 * folder, configuration or network. The store is verified beside a running process, up to what was
 * on disk at the beginning.
 *
 * The verification can't notice that a log in the store was cut at its end by somebody who also
 * reset the head record (an export or copy that was made before shows that), nor, without a public
 * key from elsewhere, that a whole export was made by somebody else.
 */
#ifndef REEVE_AUDIT_VERIFY_H
#define REEVE_AUDIT_VERIFY_H

#include "audit/chain.h"

#include <stdio.h>

struct audit_verdict {
	bool whole;
	char log[AUDIT_LOG_SIZE], public_key[AUDIT_KEY_HEX_SIZE]; /* as named by the header or the
																 store; "" when they don't */
	uint64_t first, last;      /* the range that the header or the store claims; 0: none */
	uint64_t entries;          /* entries that are unaltered */
	uint64_t checkpoints;      /* checkpoints among them */
	uint64_t unsigned_entries; /* of the store: entries after the last checkpoint */
	struct audit_fault fault;  /* the first fault, when there is one */
};

/* Verifies an export. `public_key` is 64 hexadecimal digits that are known from elsewhere, or NULL
 * to use the key in the export itself. -1 only when the file can't be read. */
int audit_verify_export(FILE *in, const char *public_key, struct audit_verdict *verdict,
	struct err *err) MUST_CHECK;

#endif
