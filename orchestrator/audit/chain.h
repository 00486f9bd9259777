/*
 * Checks a chain of entries, from the store or from an export: their numbers, their links and their
 * checkpoints. It reports the first fault. When two entries don't fit together, only the next one
 * shows which of them was altered, so a fault may be reported one entry later. Pure: uses no store
 * and no file.
 */
#ifndef REEVE_AUDIT_CHAIN_H
#define REEVE_AUDIT_CHAIN_H

#include "audit/internal.h"

struct audit_fault {
	uint64_t seq;   /* number of the first bad or missing entry; 0: not an entry, or not known */
	uint64_t line;  /* line in an export; 0: not in an export */
	char what[512]; /* "" as long as there is no fault */
};

struct audit_chain {
	char log[AUDIT_LOG_SIZE], public_key[AUDIT_KEY_HEX_SIZE];
	uint64_t first;
	uint64_t next;              /* the number that comes next */
	char hash[AUDIT_HASH_SIZE]; /* of the entry before that */
	uint64_t line;              /* of the entry before that */
	uint64_t checkpoint;  /* number of the last checkpoint, or the one before the first entry */
	uint64_t checkpoints; /* entries read so far */
	uint64_t doubtful;    /* number of an entry that does not hold the hash of the one before it; 0:
							 none */
	uint64_t gap_first, gap_last, gap_line; /* numbers that were skipped: missing, or still to come;
											   0: none */
	struct audit_fault fault;
};

void audit_chain_begin(struct audit_chain *chain, const char *log, const char *public_key,
	uint64_t first, const char *anchor);

/* Checks one entry in its stored form. False when a fault was found, which is in chain->fault. */
bool audit_chain_take(struct audit_chain *chain, const char *text, size_t length, uint64_t line)
	MUST_CHECK;
/* The same for a parsed entry, whose text is known to be canonical. */
bool audit_chain_take_json(struct audit_chain *chain, const json_t *entry, const char *text,
	size_t length, uint64_t line) MUST_CHECK;

/* Ends the check. `head` is the hash that the last entry should have; NULL when it is not known.
 * False when there is a fault. The hash of the last entry itself is left to the caller. */
bool audit_chain_end(struct audit_chain *chain, uint64_t last, const char *head) MUST_CHECK;

/* Sets the fault, unless there is one; returns false. */
bool audit_fault_set(struct audit_fault *fault, uint64_t seq, uint64_t line, const char *format,
	...) PRINTF_LIKE(4, 5);

/* Parses a text that must be in canonical form; NULL, and why, if it is not. */
json_t *audit_parse_canonical(const char *text, size_t length, const char **why) MUST_CHECK;

#endif
