/*
 * The journal of changes. An intent, with the before-image, is on disk before the first
 * mutating call; what came of it is recorded after.
 */
#ifndef REEVE_ENGINE_JOURNAL_H
#define REEVE_ENGINE_JOURNAL_H

#include "engine/cell.h"

/* SHA-256 over the RFC 8785 form of account, region, baseline, resource, before, after and calls; 64 hex digits. */
void journal_change_hash(const struct drift *drift, char out[65]);

/* The change's id: the first digits of a hash over its hash and the run, so that it is new in every run. */
void journal_change_id(const char *run_id, const struct drift *drift, char out[32]);

/* Writes the intent and waits for the disk. */
MAY_YIELD int journal_intent(const struct drift *drift, struct err *err) MUST_CHECK;
/* Records "applied", "verified" or "failed" with its cause. */
MAY_YIELD int journal_outcome(const struct drift *drift, const char *state, const struct err *cause, struct err *err) MUST_CHECK;

#endif
