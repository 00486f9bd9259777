/*
 * A run: one plan, sweep, list of changes, or time of events, with its id, its totals and its place
 * in the store. It is recorded as soon as it starts, so that one that was cut off can be resumed.
 */
#ifndef REEVE_ENGINE_RUN_H
#define REEVE_ENGINE_RUN_H

#include "accounts/organization.h"
#include "aws/client.h"
#include "base/err.h"
#include "config/config.h"
#include "engine/selection.h"
#include "guards/breaker.h"
#include "ledger/run_record.h"
#include "ledger/status.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct approvals;
struct approvals_asker;
struct audit;
struct cell_locks;
struct directory;
struct exceptions;
struct loop;
struct notifier;
struct person;
struct own_changes;
struct pause;
struct recovery;
struct route_table;
struct run_account;
struct session_pool;
struct windows;
struct work;

/* What a run needs of the process. Borrowed. */
struct engine {
	struct loop *loop;
	struct aws *aws;
	struct store *store;
	const struct config *config;
	const struct route_table *routes; /* of the configuration's baselines; NULL where no event comes
									   */
	/* NULL where nothing is changed: */
	struct audit *audit;
	struct pause *pause;
	struct windows *windows;
	struct approvals *approvals;
	struct exceptions *exceptions;
	struct notifier *notifier; /* NULL also where nobody is told */
	const char *actor; /* who asked for the run: a person's or system user's name; NULL: nobody */
	const struct person *asker; /* of a process that serves: who asked for the run; NULL: nobody did
								 */
	/* What several runs at once share; NULL where there is one: */
	struct cell_locks *locks;
	struct recovery *recovery;
	struct session_pool *sessions;
	struct own_changes *own_changes;
	struct directory *directory; /* the organization as it was last seen */
	bool serving;                /* the process goes on after the run: its end stops nothing else */
};

/* How the changes of one baseline, or of one rollout wave, went; `made` counts those begun. */
struct run_outcomes {
	size_t made, tried, failed;
};

struct run {
	struct engine engine;
	char id[RUN_ID_SIZE];
	enum run_kind kind;
	bool resumed;
	bool keeps_all; /* what was observed of compliant resources is kept too: for the run's document
					 */
	char unfinished[RUN_ID_SIZE]; /* another sweep that could be resumed; "": none */
	int64_t started_ms, finished_ms;
	int64_t began_us; /* monotonic: for the duration */
	struct selection selection;
	struct work *work; /* NULL: everything in scope; else these changes only. Borrowed */
	struct recovery *own_recovery; /* where the engine has none */
	char orchestrator_account[13];
	struct aws_session *own; /* the process's own credentials */

	/* Filled while it goes on. */
	struct organization *organization; /* NULL until the walk has begun */
	size_t accounts_in_scope, accounts_done, accounts_inactive;
	size_t cells_known, cells_done;
	struct run_account *covered; /* by account: what is done, until it is written (run_cells.c) */
	struct status_counts cells, findings;
	json_t *regions; /* a set: {"eu-west-1": null} */
	size_t changes_made;
	struct run_outcomes *outcomes; /* by baseline, in the registry's order */
	struct run_outcomes *waves;    /* by rollout wave; the last is of accounts that no wave names */
	size_t wave;                   /* the one under way */
	json_t *account_changes;       /* {account: changes made in it} */
	struct breaker breaker;
	bool interrupted;
	struct aws_stats stats;        /* of the calls that are charged to it */
	struct approvals_asker *asker; /* who asks for approvals in it; NULL until it was looked up */
	struct err halt;               /* why mutation stopped early; ERR_NONE while it has not */
};

/* A new run of that kind that is not recorded. Takes over nothing; copies the selection. */
int run_prepare(const struct engine *engine, enum run_kind kind, const struct selection *selection,
	struct run *run, struct err *err) MUST_CHECK;
/* The same, recorded as running. */
MAY_YIELD int run_begin(const struct engine *engine, enum run_kind kind,
	const struct selection *selection, struct run *run, struct err *err) MUST_CHECK;
/* The latest sweep that was cut off: its id, selectors and the totals of what is done. Refused when
 * there is none, or when the configuration has changed since. */
int run_resume(const struct engine *engine, struct run *run, struct err *err) MUST_CHECK;
/* Records the end ("finished", "interrupted" or "failed") and waits for the disk. */
MAY_YIELD int run_finish(struct run *run, const struct err *failure, struct err *err) MUST_CHECK;
void run_release(struct run *run);

/* Stops all further mutation of this run, and tells; the first cause is kept. */
MAY_YIELD void run_halt(struct run *run, const struct err *cause);

/* {"id","kind","state","started","finished","seconds","cells":{…},…}: the stored record. */
json_t *run_record(const struct run *run, const char *state);

/* The calls of the run: all of the process, where it is alone in it. */
struct aws_stats run_stats(const struct run *run);

/* The run as the rooms below the engine see it; borrows what the run has. */
struct hub_run run_for_security_hub(struct run *run);
struct audit_copy_run run_for_audit_copy(const struct run *run);

#endif
