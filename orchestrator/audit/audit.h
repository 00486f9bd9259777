/*
 * The audit log records what was decided, what was done, by whom and why. It is append-only and
 * lies in the state folder.
 *
 * An entry is one JSON object in canonical form (RFC 8785) that holds its number, its time and the
 * SHA-256 of the entry before it, so no entry can be altered, removed or moved without breaking the
 * chain. The first entry is linked to the hash of the log's random id and public key, so entries of
 * one log can't be put into another. Checkpoints are entries of their own kind that sign the chain
 * with an Ed25519 key (audit-key.pem in the state folder): without the key nobody can write the
 * chain anew. export.h writes the log for auditors, and verify.h verifies what they were given.
 *
 * The calls in the order that leaves nothing done without a record:
 *
 * - audit_open, once per process, after store_open; it fails closed.
 * - audit_append for a decision; entries are queued in the order of the calls.
 * - audit_append of kind AUDIT_CALL, outcome "intended", before a mutating call. Then wait for the
 *   disk: by audit_flush, or by the flush of the journal's intent, which covers it.
 * - audit_append of kind AUDIT_CALL after the call: outcome "succeeded" with the request id, or
 *   "failed" with the reason.
 * - audit_checkpoint at the end of each run.
 * - audit_close before store_close; it signs and flushes.
 *
 * A caller that gets -1 from audit_append or audit_flush must not make its change. Secrets are
 * never recorded: images of a resource are given as they are, and only their digest is recorded.
 */
#ifndef REEVE_AUDIT_AUDIT_H
#define REEVE_AUDIT_AUDIT_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct audit;
struct store;

/* Part of the format: the most entries between two checkpoints. */
#define AUDIT_CHECKPOINT_EVERY 256

enum audit_kind {
	AUDIT_DECISION, /* a decision of the gate, a limit, an exception or an approver */
	AUDIT_CALL,     /* a mutating call to AWS: the intent, and the outcome */
	AUDIT_COMMAND,  /* a request of a person or of the schedule: the begin or end of a run, an
					   approval, a pause */
};

/* One entry. Every text is borrowed and may be NULL (it is then left out), except for the
 * action. Texts may come from outside: bytes that are not valid UTF-8 are escaped, and a text
 * that is longer than the field's limit is cut and ends with "…". */
struct audit_entry {
	enum audit_kind kind;
	const char *action;  /* a word, e.g. "remediate", "approve", "sweep.begin"; never NULL */
	const char *outcome; /* a word, e.g. "allowed", "held", "intended", "succeeded", "failed" */
	/* the actor */
	const char *run;   /* run id */
	const char *actor; /* the person or token: approver, requester; NULL: Reeve itself */
	const char *user;  /* the system user; NULL: the one this process runs as */
	/* the object of the action */
	const char *account, *region, *baseline, *resource;
	const char *change;    /* change id */
	const char *operation; /* IAM name of the call, e.g. "s3:PutAccountPublicAccessBlock" */
	/* the grounds */
	const char *reason;           /* for people */
	const char *rule;             /* the rule that decided: "tier approval, set for ou:Workloads",
									 "limits.changes_per_run" */
	const char *request_id;       /* AWS's request id */
	const json_t *before, *after; /* images of the resource; the SHA-256 of their canonical form is
									 recorded */
	const char *before_sha256, *after_sha256; /* digests from audit_digest instead, for images that
												 several entries refer to */
};

#define AUDIT_DIGEST_SIZE 65

struct audit_options {
	bool reading; /* the store is open for STORE_READ, for an export; nothing can be appended */
};

/* Continues the chain from the stored head record, or begins a log; then the key pair is made
 * too if there is none. Borrows the store; there may be one audit for each store. ERR_STORE when
 * the log can't be continued: the key is missing, readable for others, or of another log, or the
 * end of the log was changed. options may be NULL. */
int audit_open(struct store *store, const char *state_folder, const struct audit_options *options,
	struct audit **out, struct err *err) MUST_CHECK;

/* Numbers and chains the entry and queues it for the disk. Entries are in the order of these
 * calls, whichever fibers make them. Must not be called inside a store batch. Yields only when
 * much is queued and not yet on disk. -1 when it is not recorded (ERR_STORE: the store has
 * failed), or when the run is stopped meanwhile (ERR_CANCELLED: it is queued all the same); the
 * caller then makes no change. */
MAY_YIELD int audit_append(struct audit *audit, const struct audit_entry *entry, struct err *err)
	MUST_CHECK;

/* Signs the entries since the last checkpoint; does nothing when there are none. */
MAY_YIELD int audit_checkpoint(struct audit *audit, struct err *err) MUST_CHECK;

/* Waits until all appended entries are on disk, like store_flush. */
MAY_YIELD int audit_flush(struct audit *audit, struct err *err) MUST_CHECK;

/* Writes a last checkpoint to the disk and frees the audit, even when the store has failed and the
 * checkpoint can't be written. NULL is allowed. */
MAY_YIELD int audit_close(struct audit *audit, struct err *err) MUST_CHECK;

/* Return the number of the last entry (0: there is none), the log's id and its public key (64
 * hexadecimal digits). */
uint64_t audit_last(const struct audit *audit);
const char *audit_log_id(const struct audit *audit);
const char *audit_public_key(const struct audit *audit);

#endif
