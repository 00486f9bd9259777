/* What is on record of a run: its kind and its id. */
#ifndef REEVE_LEDGER_RUN_RECORD_H
#define REEVE_LEDGER_RUN_RECORD_H

#define RUN_ID_SIZE 40

enum run_kind { RUN_PLAN, RUN_SWEEP, RUN_APPLY, RUN_ROLLBACK, RUN_EVENT };
const char *run_kind_name(enum run_kind kind);

#endif
