/* The account that the process's own credentials belong to. */
#ifndef REEVE_ENGINE_OWN_ACCOUNT_H
#define REEVE_ENGINE_OWN_ACCOUNT_H

#include "engine/run.h"

/* Asks AWS and fills run->orchestrator_account. */
MAY_YIELD int own_account_find(struct run *run, struct err *err) MUST_CHECK;

#endif
