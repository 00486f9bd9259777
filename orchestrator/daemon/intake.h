/* Handles an event body. */
#ifndef REEVE_DAEMON_INTAKE_H
#define REEVE_DAEMON_INTAKE_H

#include "base/compiler.h"

#include <stddef.h>

struct arrival_origin;
struct arrival_result;
struct daemon;
struct intake;

struct intake *intake_new(struct daemon *daemon);
void intake_free(struct intake *intake);
/* Handles a body without waiting for its outcome. `done` is called once, from a fiber, when the
 * outcome is committed. */
MAY_YIELD void intake_take(struct intake *intake, const char *body, size_t length,
	const struct arrival_origin *origin,
	void (*done)(void *argument, const struct arrival_result *result), void *argument);
/* The number of bodies that have no outcome yet. */
size_t intake_waiting(const struct intake *intake);

#endif
