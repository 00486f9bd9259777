/*
 * The parts of the daemon; private to this room.
 *
 * daemon.c      start, signals, reload
 * life.c        the fibers that stopping waits for, and how stopping begins
 * drain.c       stopping
 * work_run.c    a run over a work list
 * generation.c  one configuration and everything that is made from it
 * checks.c      the event run, and the checks in it
 * cells.c       coalescing: which cell is being checked, and who waits for it
 * intake.c      takes a body to its outcome: signals, copies, routes, cells
 * outcomes.c    writes outcomes to the disk and tells the bringers of the bodies
 * arrivals.c    messages of the queue and bodies of the API
 * schedule.c    scheduled sweeps, approved changes that wait for a window
 * api_host.c    what the API calls
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
	struct engine parts;           /* what stays the same when the configuration changes */
	struct generation *generation; /* the configuration in force */
	char id[RUN_ID_SIZE];          /* id of the process, which its session names contain */
	char orchestrator_account[13];
	enum daemon_state state;
	const char *waits_for; /* static text: why it is not ready */
	struct err failure;    /* the failure that stopped it; ERR_NONE: it was told to stop */
	int64_t started_ms;
	struct directory *directory;
	struct fiber_group fibers; /* sweeps, checks and all other fibers that must end before the
								  process does */

	struct checks_now *checks; /* checks.c */
	struct cells *cells;       /* cells.c */
	struct intake *intake;     /* intake.c */
	struct source *source;     /* arrivals.c */
	struct queue *queue;       /* its queue; NULL: none is configured */
	struct schedule *schedule; /* schedule.c */
	struct web *web;
	struct web_host host;       /* what the API calls */
	struct generation *retired; /* configurations that nobody holds, kept for requests that may
								   still read them */
	bool reloading, reload_again;
	int64_t ends_us; /* the latest time at which draining ends */
	bool cut_off;
};

/* --- life.c --- */

/* Starts a fiber that the daemon waits for when it stops. -1 when no fiber is free. */
int daemon_spawn(struct daemon *daemon, const char *name, void (*body)(void *argument),
	void *argument, struct err *err) MUST_CHECK;
void daemon_fiber_done(struct daemon *daemon);
static inline bool daemon_draining(const struct daemon *daemon)
{
	return daemon->state == DAEMON_DRAINING;
}

/* Stops the process because of a failure. The first failure is kept; when the store has failed,
 * everything else is cancelled. */
void daemon_fail(struct daemon *daemon, const struct err *cause);
/* Begins to stop the process. */
void daemon_stop(struct daemon *daemon);
/* Stopping was asked for a second time: it takes no longer than a second from now. */
void daemon_stop_at_once(struct daemon *daemon);

/* --- drain.c --- */

/* Waits for the work that is under way. */
MAY_YIELD void daemon_drain(struct daemon *daemon);
/* Exits the process when draining takes too long; called by the clock. */
void daemon_drain_tick(struct daemon *daemon);

/* --- checks.c --- */

struct checks_now;
struct checks_now *checks_now_new(struct daemon *daemon);
MAY_YIELD void checks_now_end(struct checks_now *checks); /* no check may be under way when it is
															 called */
void checks_now_free(struct checks_now *checks);

struct check_outcome {
	enum handled_outcome outcome;
	char run[RUN_ID_SIZE];
	size_t changes;
	bool retry; /* it could not be observed, and a later try may succeed */
};
/* Checks cells of one account in the current run for events. -1 only when the process can't
 * continue. */
MAY_YIELD int checks_make(struct checks_now *checks, const char *account,
	const struct wanted_cell *wanted, size_t count, bool look, struct check_outcome *outcome,
	struct err *err) MUST_CHECK;
/* The account has left the organization: its records are removed. */
MAY_YIELD int checks_retire(struct checks_now *checks, const char *account,
	struct check_outcome *outcome, struct err *err) MUST_CHECK;
/* Updates findings in Security Hub with their outcome, in the current run for events. */
struct security_hub_update;
MAY_YIELD void checks_tell(struct checks_now *checks, const struct security_hub_update *updates,
	size_t count);
/* {"id", "changes", "halted": {…}|null} of the current event run, or null. New reference. */
json_t *checks_now_to_json(const struct checks_now *checks);

/* --- cells.c --- */

/* Somebody who waits for a check; called once. */
struct cell_waiter {
	struct cell_waiter *next;
	void (*done)(struct cell_waiter *waiter, const struct check_outcome *outcome); /* NULL: not
																					  checked, since
																					  the process is
																					  stopping */
	void *user;
};

struct cells *cells_new(struct daemon *daemon);
void cells_free(struct cells *cells);
/* Asks for a check of a cell. The first event on a cell is checked at once; more events, during
 * that check or within the settle time after it, become one more check. baseline NULL: the whole
 * account. `look`: the account is read from AWS first. Does not yield. */
void cells_request(struct cells *cells, const char *account, const char *region,
	const struct baseline *baseline, bool look, struct cell_waiter *waiter);
/* Starts checks that are due; called by the clock. */
void cells_tick(struct cells *cells);
/* Gives up checks that were not begun, and tells their waiters. */
void cells_abandon(struct cells *cells);
size_t cells_count(const struct cells *cells);

/* --- intake.c, arrivals.c --- */

struct intake *intake_new(struct daemon *daemon);
void intake_free(struct intake *intake);

/* An event body, until each of its signals has an outcome on disk. */
struct arrival;
struct arrival_origin {
	const char *message_id; /* SQS's message id; NULL: handed in over the API */
	const char *by;         /* the person who handed it in; NULL: the queue */
	int64_t sent_ms;        /* when it was sent; 0: not known */
	int receive_count;
};
struct arrival_result {
	bool refused; /* it can't be decoded, and `cause` says why */
	bool retry; /* some cell could not be observed, or the process is stopping: no final outcome is
				   recorded */
	struct err cause;
	const json_t *signals; /* an array of records as in handled_event.h */
};
/* Handles a body. `done` is called once, from a fiber, when the outcome is committed. Does not
 * wait. */
MAY_YIELD void intake_take(struct intake *intake, const char *body, size_t length,
	const struct arrival_origin *origin,
	void (*done)(void *argument, const struct arrival_result *result), void *argument);
/* Records outcomes for which no fiber was free; called by the clock. */
void intake_tick(struct intake *intake);
/* The number of bodies that have no outcome yet. */
size_t intake_waiting(const struct intake *intake);

/* Opens the queue of the configuration in force. *out stays NULL when none is configured, or
 * when it is the one that is open. */
int arrivals_open(struct daemon *daemon, struct source **out, struct err *err) MUST_CHECK;
/* Takes events from that queue from now on (NULL: from none if the configuration names none,
 * else from the same one as before). The previous queue ends when all messages taken from it
 * have an outcome. */
void arrivals_follow(struct daemon *daemon, struct source *source);
/* Closes a queue that was opened but is not needed. NULL is allowed. */
void arrivals_drop(struct daemon *daemon, struct source *source);
/* Takes no more messages. */
void arrivals_stop(struct daemon *daemon);
/* Tells the queue the outcomes of messages, for at most that long. Messages without an outcome
 * then become visible again by themselves. */
MAY_YIELD void arrivals_end(struct daemon *daemon, int64_t within_ms);
void arrivals_free(struct daemon *daemon);
/* Handles a body that was handed in over the API, and waits for its outcome. */
MAY_YIELD int arrivals_ingest(void *daemon, const char *body, size_t length,
	const struct person *person, json_t **outcome, struct err *err);

/* --- schedule.c --- */

struct schedule *schedule_new(struct daemon *daemon);
void schedule_free(struct schedule *schedule);
/* Begins sweeps and changes that are due; called by the clock. */
void schedule_tick(struct schedule *schedule);
/* The configuration has changed: computes the time of the next sweep again. */
void schedule_reload(struct schedule *schedule);
int schedule_sweep_now(void *daemon, const struct person *person, struct err *err);
/* {"run", "started", "accounts_done", …} of the running sweep or null, and when the next starts. */
json_t *schedule_sweep_to_json(const struct schedule *schedule);
int64_t schedule_next_ms(const struct schedule *schedule); /* INT64_MAX: never */

/* --- work_run.c --- */

struct work;
/* Makes the changes of a work list in a run of its own; *document is the document of that run. The
 * daemon is a void pointer because the API's host declares it so. */
MAY_YIELD int daemon_do_work(void *daemon, enum run_kind kind, struct work *work,
	const struct person *person, json_t **document, struct err *err) MUST_CHECK;

/* --- api_host.c --- */

void host_fill(struct daemon *daemon, struct web_host *host);

/* --- systemd.c --- */

/* Sends a state to systemd ("READY=1", "STOPPING=1", …) if systemd asked for that. */
void systemd_tell(const char *state);
/* The interval in milliseconds in which systemd expects WATCHDOG=1; 0: never. */
int64_t systemd_watchdog_ms(void);

#endif
