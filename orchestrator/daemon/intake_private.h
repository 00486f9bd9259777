/* The types that intake.c and outcomes.c share: event bodies under way, and their signals. */
#ifndef REEVE_DAEMON_INTAKE_PRIVATE_H
#define REEVE_DAEMON_INTAKE_PRIVATE_H

#include "daemon/daemon_private.h"

#include <uthash.h>

/* One signal of an event body. */
struct item {
	UT_hash_handle hh; /* in intake->under_way, by the signal's identity */
	struct arrival *arrival;
	struct signal *signal;
	struct event_plan plan;
	struct cell_waiter *waiters;
	size_t open_cells, changes;
	enum handled_outcome outcome, worst; /* `worst`: the worst outcome of the checks so far */
	char run[RUN_ID_SIZE];
	char seen_in[32]; /* the region of the event bus that it came from; "": not known */
	bool registered;
	bool copy; /* true: it is a duplicate of another item, and is not recorded */
	bool retry, abandoned;
	struct item *copies, *next_copy; /* the duplicates that wait for this one */
	struct item *next_decided;
};

struct arrival {
	struct intake *intake;
	struct signal_list signals;
	struct item *items;
	size_t open; /* signals without an outcome on disk */
	char message_id[128], by[PERSON_NAME_SIZE];
	int64_t sent_ms;
	bool last_try; /* true: a cell that can't be observed now is recorded as unknown */
	bool refused, retry;
	struct err cause;
	json_t *records;
	void (*done)(void *argument, const struct arrival_result *result);
	void *argument;
};

struct intake {
	struct daemon *daemon;
	struct item *under_way;
	struct item *decided, **decided_end; /* items whose outcomes are to be recorded */
	bool committing;
	size_t waiting;
};

#endif
