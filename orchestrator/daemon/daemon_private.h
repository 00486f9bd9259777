/*
 * The parts of the daemon; private to this room.
 *
 * daemon.c      start, signals, reload
 * life.c        the fibers that stopping waits for, and how stopping begins
 * drain.c       stopping
 * work_run.c    a run over a work list
 * generation.c  one configuration and everything that is made from it
 * checks.c      the event run, and the checks in it
 * cells.c       combines events on the same cell into few checks
 * intake.c      handles an event body: decoding, duplicates, routing, checks
 * outcomes.c    records outcomes and tells the senders of the bodies
 * arrivals.c    the sources of bodies: the event queue and the API
 * schedule.c    scheduled sweeps, and approved changes that wait for a change window
 * api_host.c    the functions that the API calls
 * systemd.c     readiness and watchdog
 */
#ifndef REEVE_DAEMON_DAEMON_PRIVATE_H
#define REEVE_DAEMON_DAEMON_PRIVATE_H

#include "daemon/daemon.h"
#include "daemon/generation.h"
#include "engine/event.h"
#include "engine/event_check.h"
#include "events/queue/queue.h"
#include "io/fiber.h"
#include "web/web.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum daemon_state { DAEMON_STARTING, DAEMON_READY, DAEMON_DRAINING };

struct cells;
struct intake;
struct schedule;
struct source;

struct daemon {
	const struct daemon_options *options;
	struct engine parts;           /* the parts that stay when the configuration changes */
	struct generation *generation; /* the configuration in force */
	char id[RUN_ID_SIZE]; /* the id of the process, which the names of its role sessions contain */
	char orchestrator_account[13];
	enum daemon_state state;
	const char *waits_for; /* static text that says why it is not ready; NULL: it is */
	struct err failure;    /* the failure that stopped it; ERR_NONE: a signal or none yet */
	int64_t started_ms;
	struct directory *directory;
	struct fiber_group fibers; /* sweeps, checks and all other fibers that must end before the
								  process does */

	struct checks_now *checks; /* checks.c */
	struct cells *cells;       /* cells.c */
	struct intake *intake;     /* intake.c */
	struct source *source;     /* arrivals.c */
	struct queue *queue;       /* the queue of `source`; NULL: none is configured */
	struct schedule *schedule; /* schedule.c */
	struct web *web;
	struct web_host host;       /* the functions that the API calls */
	struct generation *retired; /* configurations without a holder, kept for API requests that may
								   still read them */
	bool reloading, reload_again;
	int64_t ends_us; /* the latest time at which draining ends */
	bool cut_off;
};

/* --- life.c --- */

static inline bool daemon_draining(const struct daemon *daemon)
{
	return daemon->state == DAEMON_DRAINING;
}

/* --- checks.c --- */

struct checks_now;

struct check_outcome {
	enum handled_outcome outcome;
	char run[RUN_ID_SIZE];
	size_t changes;
	bool retry; /* true: the cell could not be observed, and a later try may succeed */
};
/* Updates findings in Security Hub with their outcome, in the current run for events. */
struct security_hub_update;

/* --- cells.c --- */

/* The caller's wait for a check. `done` is called once. */
struct cell_waiter {
	struct cell_waiter *next;
	void (*done)(struct cell_waiter *waiter, const struct check_outcome *outcome); /* outcome NULL:
																					  not checked,
																					  since the
																					  process is
																					  stopping */
	void *user;
};

/* --- intake.c, arrivals.c --- */

/* An event body, until each of its signals has an outcome on disk. */
struct arrival;
struct arrival_origin {
	const char *message_id; /* SQS's message id; NULL: the body was sent to the API */
	const char *by;         /* the person who sent it; NULL: it came from the queue */
	int64_t sent_ms;        /* the time at which it was sent; 0: not known */
	int receive_count;
};
struct arrival_result {
	bool refused; /* true: it can't be decoded, and `cause` says why */
	bool retry; /* true: no final outcome is recorded, since some cell could not be observed or the
				   process is stopping */
	struct err cause;
	const json_t *signals; /* an array of records as in handled_event.h */
};

/* --- work_run.c --- */

struct work;

#endif
