/*
 * Events that were handled, and what came of each: so that a copy of one does nothing, and people
 * can look it up. Kept by the day of their arrival, for events.retention_days.
 *
 * A record: identity, at (arrival), source, type, account, region, resource, severity, title (see
 * signal.h), outcome
 * ("refused", "ignored", "own", "no_account", "unknown_account", "out_of_scope", "unassigned",
 * "retired", or the worst status of the cells that were checked), rule, why, run, changes, message
 * (SQS's id or null), by (who handed it in, or null).
 */
#ifndef REEVE_LEDGER_HANDLED_EVENT_H
#define REEVE_LEDGER_HANDLED_EVENT_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <jansson.h>
#include <stdint.h>

/* The record of that identity, or NULL; new reference. Looks back so many days. */
int handled_event_find(struct store *store, const char *identity, int64_t now_ms, int64_t days,
	json_t **record, struct err *err) MUST_CHECK;

/* Queues the record, which has an identity, under the day of now_ms. */
MAY_YIELD int handled_event_put(struct store *store, const json_t *record, int64_t now_ms,
	struct err *err) MUST_CHECK;

/* Forgets what is older than so many days. */
MAY_YIELD int handled_event_prune(struct store *store, int64_t now_ms, int64_t days,
	struct err *err) MUST_CHECK;

/* The newest records, at most `limit`, as a new array; account and outcome NULL: any. Looks through
 * at most 100,000. */
int handled_event_recent(struct store *store, int64_t now_ms, int64_t days, const char *account,
	const char *outcome, size_t limit, json_t **list, struct err *err) MUST_CHECK;

#endif
