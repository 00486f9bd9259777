/*
 * A run is one plan, one sweep, one work list, or one period of events. It has an id, totals and a
 * record in the store. It is recorded as soon as it starts, so that a run that was cut off can be
 * resumed.
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

/* The parts of the process that a run uses. Borrowed. */
struct engine {
	struct loop *loop;
	struct aws *aws;
	struct store *store;
	const struct config *config;
	const struct route_table *routes; /* of the configuration's baselines; NULL where no event comes
									   */
	/* These are NULL in a run that changes nothing: */
	struct audit *audit;
	struct pause *pause;
	struct windows *windows;
	struct approvals *approvals;
	struct exceptions *exceptions;
	struct notifier *notifier; /* also NULL where nobody is notified */
	const char *actor; /* the person or system user who asked for the run; NULL: nobody did */
	const struct person *asker; /* in a process that serves, the person who asked for the run; NULL:
								   nobody did */
	/* Shared by runs that are under way at the same time; NULL where there is only one: */
	struct cell_locks *locks;
	struct recovery *recovery;
	struct session_pool *sessions;
	struct own_changes *own_changes;
	struct directory *directory; /* the organization as far as it is known */
	bool serving; /* the process continues after the run, and several runs may be under way */
};

/* The outcomes of the changes of one baseline or of one rollout wave; `made` counts those that
 * were begun. */
struct run_outcomes {
	size_t made, tried, failed;
};

struct run {
	struct engine engine;
	char id[RUN_ID_SIZE];
	enum run_kind kind;
	bool resumed;
	bool keeps_all; /* the observed state of compliant resources is kept too, for the run's document
					 */
	char unfinished[RUN_ID_SIZE]; /* the id of another sweep that could be resumed; "" when there is
									 none */
	int64_t started_ms, finished_ms;
	int64_t began_us; /* monotonic time, for the duration */
	struct selection selection;
	struct work *work; /* NULL: everything in scope; else only these changes. Borrowed */
	struct recovery *own_recovery; /* of this run alone, where the engine has none */
	char orchestrator_account[13];
	struct aws_session *own; /* the process's own credentials */

	/* Filled during the run: */
	struct organization *organization; /* NULL until the walk has begun */
	size_t accounts_in_scope, accounts_done, accounts_inactive;
	size_t cells_known, cells_done;
	struct run_account *covered; /* the coverage of each account until it is written (run_cells.c)
								  */
	struct status_counts cells, findings;
	json_t *regions; /* a set: {"eu-west-1": null} */
	size_t changes_made;
	struct run_outcomes *outcomes; /* by baseline, in the registry's order */
	struct run_outcomes *waves; /* by rollout wave; the last is for accounts that no wave names */
	size_t wave;                /* the index of the wave under way */
	json_t *account_changes;    /* {account: changes made in it} */
	struct breaker breaker;
	bool interrupted;
	struct aws_stats stats;        /* counts the calls of this run */
	struct approvals_asker *asker; /* the person who requests approvals in this run; NULL until it
									  was looked up */
	struct err halt; /* the reason why the run stopped making changes; ERR_NONE while it makes them
					  */
};

/* Makes a run of that kind without recording it. The selection is copied. */
int run_prepare(const struct engine *engine, enum run_kind kind, const struct selection *selection,
	struct run *run, struct err *err) MUST_CHECK;
/* The same, and records it as running. */
MAY_YIELD int run_begin(const struct engine *engine, enum run_kind kind,
	const struct selection *selection, struct run *run, struct err *err) MUST_CHECK;
/* Takes up the latest sweep that was cut off: its id, its selectors and the totals of what is
 * done. Refused when there is none, or when the configuration has changed since. */
int run_resume(const struct engine *engine, struct run *run, struct err *err) MUST_CHECK;
/* Records how the run ended, and waits until the record is on disk. */
MAY_YIELD int run_finish(struct run *run, const struct err *failure, struct err *err) MUST_CHECK;
void run_release(struct run *run);

/* Stops all further changes of this run, and notifies people. The first cause is kept. */
MAY_YIELD void run_halt(struct run *run, const struct err *cause);

/* Returns the API calls of the run. When no other run shares the process, these are all calls of
 * the process. */
struct aws_stats run_stats(const struct run *run);

/* Returns the part of the run that the Security Hub code needs. Borrowed from the run. */
struct hub_run run_for_security_hub(struct run *run);
struct audit_copy_run run_for_audit_copy(const struct run *run);

#endif
