/*
 * `reeve serve`, the process that keeps running. It sweeps on schedule, takes events from the queue
 * and checks the cells that they concern, answers the API and the control socket, follows a changed
 * configuration, and stops within a bounded time.
 *
 *   starting   finds its own account and walks the organization for the first time;
 *
 *   ready      does everything; events are handled while a sweep is under way, and take precedence;
 *
 *   draining   begins nothing new, completes the changes under way, and then exits.
 */
#ifndef REEVE_DAEMON_DAEMON_H
#define REEVE_DAEMON_DAEMON_H

#include "base/compiler.h"
#include "base/err.h"
#include "engine/run.h"

struct daemon_options {
	/* The parts of the process, which the caller opens, and closes afterwards. Loop, aws, store,
	 * audit, pause and approvals are used until the end; the configuration, and the parts made from
	 * it, only until a reload. */
	const struct engine *engine;
	const char *config_path; /* the file that is reloaded at SIGHUP; NULL: the default paths */
	const char *state_folder;
	int64_t drain_ms; /* the longest time that stopping may take; 0: 25 s */
};

/* Serves until SIGTERM or SIGINT. Returns 0 after such a signal, and -1 when it could not start or
 * a failure of the store stopped it. */
int daemon_serve(const struct daemon_options *options, struct err *err) MUST_CHECK;

#endif
