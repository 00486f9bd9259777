/* The run to which the checks that events cause belong. */
#ifndef REEVE_DAEMON_CHECKS_H
#define REEVE_DAEMON_CHECKS_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct check_outcome;
struct checks_now;
struct daemon;
struct security_hub_update;
struct wanted_cell;

struct checks_now *checks_now_new(struct daemon *daemon);
MAY_YIELD void checks_now_end(struct checks_now *checks); /* no check may be under way when it is
															 called */
void checks_now_free(struct checks_now *checks);
/* Checks cells of one account in the current run for events. Returns -1 only when the process can't
 * continue. */
MAY_YIELD int checks_make(struct checks_now *checks, const char *account,
	const struct wanted_cell *wanted, size_t count, bool look, struct check_outcome *outcome,
	struct err *err) MUST_CHECK;
/* Removes the records of an account that has left the organization. */
MAY_YIELD int checks_retire(struct checks_now *checks, const char *account,
	struct check_outcome *outcome, struct err *err) MUST_CHECK;
MAY_YIELD void checks_tell(struct checks_now *checks, const struct security_hub_update *updates,
	size_t count);
/* Returns {"id", "changes", "halted": {…}|null} of the current event run, or null, as a new
 * reference. */
json_t *checks_now_to_json(const struct checks_now *checks);

#endif
