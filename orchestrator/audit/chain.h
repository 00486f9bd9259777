/*
 * The check of a chain of entries, wherever they come from: their numbers, their links and their
 * checkpoints. It names the first fault. Which of two entries that don't fit was altered shows only
 * by the next one, so a fault may become known one entry later. Pure: no store, no file.
 */
#ifndef REEVE_AUDIT_CHAIN_H
#define REEVE_AUDIT_CHAIN_H

#include "audit/internal.h"

struct audit_fault {
	uint64_t seq;   /* of the first bad or missing entry; 0: it is no entry, or not known which */
	uint64_t line;  /* where in an export; 0: not in one, or nowhere */
	char what[512]; /* "" while there is none */
};

struct audit_chain {
	char log[AUDIT_LOG_SIZE], public_key[AUDIT_KEY_HEX_SIZE];
	uint64_t first;
	uint64_t next;              /* the number that comes next */
	char hash[AUDIT_HASH_SIZE]; /* of the entry before that */
	uint64_t line;              /* of the entry before that */
	uint64_t checkpoint;  /* number of the last checkpoint, or what is before the first entry */
	uint64_t checkpoints; /* seen */
	uint64_t doubtful;    /* an entry that does not hold the hash of the one before it; 0: none */
	uint64_t gap_first, gap_last, gap_line; /* numbers that were passed over: missing, or still to
											   come; 0: none */
	struct audit_fault fault;
};

void audit_chain_begin(struct audit_chain *chain, const char *log, const char *public_key,
	uint64_t first, const char *anchor);

/* One entry as it is written. false when the first fault is known, in chain->fault. */
bool audit_chain_take(struct audit_chain *chain, const char *text, size_t length, uint64_t line)
	MUST_CHECK;
/* The same, already parsed; the text is known to be canonical. */
bool audit_chain_take_json(struct audit_chain *chain, const json_t *entry, const char *text,
	size_t length, uint64_t line) MUST_CHECK;

/* No more entries come. `head` is the hash that the last one should have, NULL when that is not
 * known. false when there is a fault; the hash of the last entry itself is left to the caller. */
bool audit_chain_end(struct audit_chain *chain, uint64_t last, const char *head) MUST_CHECK;

/* Sets the fault, unless there is one; returns false. */
bool audit_fault_set(struct audit_fault *fault, uint64_t seq, uint64_t line, const char *format,
	...) PRINTF_LIKE(4, 5);

/* The JSON of a text that is exactly the canonical form of what it says; NULL and why not. */
json_t *audit_parse_canonical(const char *text, size_t length, const char **why) MUST_CHECK;

#endif
