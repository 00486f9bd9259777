/* The desired state of an account, compiled from the configuration and kept in the store. */
#ifndef REEVE_ENGINE_DESIRED_H
#define REEVE_ENGINE_DESIRED_H

#include "engine/run.h"

/* The desired state of an account, from the store when its generation and place are the same, else
 * compiled and stored. */
MAY_YIELD int desired_state(struct run *run, const struct org_place *place, json_t **out,
	struct err *err) MUST_CHECK;

#endif
