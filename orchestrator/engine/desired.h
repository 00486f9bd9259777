/* The desired state of an account, compiled from the configuration and kept in the store. */
#ifndef REEVE_ENGINE_DESIRED_H
#define REEVE_ENGINE_DESIRED_H

#include "engine/run.h"

/* Takes the desired state from the store when it was compiled from the same configuration and
 * for the same place in the organization; else compiles and stores it. */
MAY_YIELD int desired_state(struct run *run, const struct org_place *place, json_t **out,
	struct err *err) MUST_CHECK;

#endif
