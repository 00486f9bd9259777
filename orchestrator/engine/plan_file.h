/*
 * A saved plan: the exact changes, each with before-image, after-image, calls and hash, one on a
 * line, between a header and a signed trailer. `apply` makes exactly those.
 *
 * The trailer signs the SHA-256 of every byte before it with the key of the audit log (Ed25519), so
 * that a file altered by one byte is refused, and only the state folder that made a plan accepts
 * it.
 */
#ifndef REEVE_ENGINE_PLAN_FILE_H
#define REEVE_ENGINE_PLAN_FILE_H

#include "audit/key.h"
#include "base/err.h"
#include "engine/run.h"
#include "engine/work.h"

/* Writes the changes that the run's findings propose; the file appears whole or not at all, mode
 * 0600. */
int plan_file_write(const struct run *run, const struct audit_key *key, const char *path,
	size_t *changes, struct err *err) MUST_CHECK;

/* Checks the whole file and adds its changes to the work list. */
int plan_file_read(const char *path, const struct audit_key *key, struct work *work,
	struct err *err) MUST_CHECK;

#endif
