/* A run over a work list, for the API and for approved changes whose change window has opened. */
#ifndef REEVE_DAEMON_WORK_RUN_H
#define REEVE_DAEMON_WORK_RUN_H

#include "base/compiler.h"
#include "base/err.h"
#include "ledger/run_record.h"

#include <jansson.h>

struct person;
struct work;

/* Makes the changes of a work list in a run of its own; *document is the document of that run.
 * `daemon` is a void pointer because struct web_host declares it so. */
MAY_YIELD int daemon_do_work(void *daemon, enum run_kind kind, struct work *work,
	const struct person *person, json_t **document, struct err *err) MUST_CHECK;

#endif
