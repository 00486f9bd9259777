/*
 * `reeve serve`: the process that stays. It sweeps on schedule, takes events from the queue and
 * fixes what they concern, answers the API and the control socket, follows a changed configuration,
 * and ends within a bound.
 *
 *   starting   own account, first walk of the organization
 *   ready      everything; what waits in the queue is handled while a sweep goes on, and first
 *   draining   nothing new is begun; changes under way are completed; then it ends
 */
#ifndef REEVE_DAEMON_DAEMON_H
#define REEVE_DAEMON_DAEMON_H

#include "base/compiler.h"
#include "base/err.h"
#include "engine/run.h"

struct daemon_options {
	/* The parts of the process, opened by the caller and closed by it afterwards: loop, aws, store,
	 * audit, pause and approvals are used for good; the configuration and what is made of it only
	 * to begin with. */
	const struct engine *engine;
	const char *config_path; /* read again at SIGHUP; NULL: the default places */
	const char *state_folder;
	int64_t drain_ms; /* the most that the end takes; 0: 25 s */
};

/* Serves until SIGTERM or SIGINT. 0: it ended as it was told to; -1: it could not begin, or a fault
 * (of the store) ended it. */
int daemon_serve(const struct daemon_options *options, struct err *err) MUST_CHECK;

#endif
