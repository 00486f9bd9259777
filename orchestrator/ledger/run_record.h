/* What is on record of a run: its kind, its state and its id. */
#ifndef REEVE_LEDGER_RUN_RECORD_H
#define REEVE_LEDGER_RUN_RECORD_H

#include <jansson.h>
#include <stdbool.h>

#define RUN_ID_SIZE 40

enum run_kind { RUN_PLAN, RUN_SWEEP, RUN_APPLY, RUN_ROLLBACK, RUN_EVENT };
const char *run_kind_name(enum run_kind kind);

enum run_state { RUN_RUNNING, RUN_FINISHED, RUN_INTERRUPTED, RUN_FAILED };
const char *run_state_name(enum run_state state);

/* Whether a run on record is of that kind, and in that state. A kind or state that is not known is
 * none of them. */
bool run_has_kind(const json_t *record, enum run_kind kind);
bool run_has_state(const json_t *record, enum run_state state);

#endif
