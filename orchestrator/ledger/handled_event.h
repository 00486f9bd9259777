/*
 * Events that were handled, and the outcome of each: so that a duplicate of an event does nothing,
 * and people can look the event up. A record is kept under the day on which its event arrived, for
 * events.retention_days.
 */
#ifndef REEVE_LEDGER_HANDLED_EVENT_H
#define REEVE_LEDGER_HANDLED_EVENT_H

#include "base/compiler.h"
#include "base/err.h"
#include "ledger/status.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* The outcome of an event: the worst status of the cells that were checked, or why no cell was
 * checked. */
enum handled_outcome {
	HANDLED_NONE, /* not decided yet; never stored */
#define ROW(symbol, name) HANDLED_##symbol,
	STATUS_LIST(ROW)
#undef ROW
		HANDLED_UNASSIGNED, /* the account has none of the cells */
	HANDLED_OUT_OF_SCOPE,   /* the account is not in scope */
	HANDLED_UNKNOWN_ACCOUNT,
	HANDLED_NO_ACCOUNT, /* the event names no account */
	HANDLED_RETIRED,    /* the account has left the organization, and its records were removed */
	HANDLED_IGNORED,    /* no rule applies to the event */
	HANDLED_OWN,        /* Reeve itself caused it */
	HANDLED_REFUSED,    /* its body can't be decoded */
	HANDLED_DUPLICATE,  /* shown to the sender of a duplicate; never stored */
};

/* Texts are borrowed: from `source` in a record that was read, else from whoever filled it. Every
 * text except the identity may be NULL. */
struct handled_event {
	const char *identity; /* the signal's; of a refused body its digest */
	int64_t at_ms;        /* when it arrived */
	const char *signal_source, *type, *account, *region, *resource, *title;
	int64_t severity; /* 0 to 4; -1 when the event has none */
	enum handled_outcome outcome;
	const char *code; /* of a refused body: the error's code */
	const char *rule; /* that applied to the event */
	const char *why;  /* a sentence for people */
	int64_t bytes;    /* of a refused body */
	const char *run;
	int64_t changes;     /* that its run made for it */
	const char *message; /* SQS's id of the message */
	const char *by;      /* the person who handed it in */
	json_t *source;
};

const char *handled_outcome_name(enum handled_outcome outcome);
/* The worst status of the cells that were checked; "unassigned" when there is none. */
enum handled_outcome handled_outcome_of(const struct status_counts *cells);
/* The outcome of several checks for one event: the worst status, and what is no status only when
 * nothing else is known. */
enum handled_outcome handled_outcome_worst(enum handled_outcome left, enum handled_outcome right);

/* Returns whether an event of that identity is on record. Looks back so many days. A record that
 * can't be understood is an error (ERR_STORE). */
int handled_event_find(struct store *store, const char *identity, int64_t now_ms, int64_t days,
	bool *found, struct err *err) MUST_CHECK;

/* Queues the record under the day of now_ms. */
MAY_YIELD int handled_event_put(struct store *store, const struct handled_event *record,
	int64_t now_ms, struct err *err) MUST_CHECK;

/* Removes what is older than so many days. */
MAY_YIELD int handled_event_prune(struct store *store, int64_t now_ms, int64_t days,
	struct err *err) MUST_CHECK;

/* Fills *out, which handled_event_release ends. */
int handled_event_decode(const json_t *json, struct handled_event *out, struct err *err) MUST_CHECK;
void handled_event_release(struct handled_event *record);

/* The record as documents show it. New reference. */
json_t *handled_event_document(const struct handled_event *record) MUST_CHECK;

#endif
