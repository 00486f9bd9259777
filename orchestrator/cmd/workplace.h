/* The parts that a command needs to call AWS: the configuration, the loop, the state folder and the
 * AWS client. Where the state folder is opened, the audit log, pauses, change windows, exceptions
 * and approvals belong to it too. All are opened in that order and closed in reverse. */
#ifndef REEVE_CMD_WORKPLACE_H
#define REEVE_CMD_WORKPLACE_H

#include "cmd/command.h"
#include "engine/run.h"

#include <stdint.h>

struct workplace {
	struct config *config;
	struct loop *loop;
	struct store *store;
	struct aws *aws;
	struct audit *audit;
	struct pause *pause;
	struct route_table *routes;
	struct windows *windows;
	struct approvals *approvals;
	struct exceptions *exceptions;
	struct notifier *notifier;
	struct engine engine;
};

/* Loads the configuration alone, from --config or the default paths. */
int workplace_load_config(const struct invocation *invocation, struct config **out, struct err *err)
	MUST_CHECK;

/* Returns limits.store_gib in bytes: the most that the records of the state folder may take. */
uint64_t workplace_store_bytes(const struct config *config);

/* Opens the parts. `holder` is the command's name; another process that finds the state folder held
 * shows it in its error. With NULL the store is not opened. */
int workplace_open(struct workplace *workplace, const struct invocation *invocation,
	const char *holder, struct err *err) MUST_CHECK;
int workplace_close(struct workplace *workplace, struct err *err) MUST_CHECK;

#endif
