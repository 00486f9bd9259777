/* An import under way: pending.c finds what is to be sent, and import.c sends it. */
#ifndef REEVE_SECURITY_HUB_IMPORT_H
#define REEVE_SECURITY_HUB_IMPORT_H

#include "base/compiler.h"
struct aws_session;

#include "ledger/hub_import_record.h"
#include "security_hub/internal.h"

/* Security Hub deletes a finding so many days after its last update.
 * https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings.html */
#define HUB_KEPT_DAYS 90

/* A finding that is to be sent. */
struct hub_item {
	struct finding finding;            /* as far as its ASFF needs it (finding_brief) */
	struct hub_import_record imported; /* its last import; `told` NULL: it was never imported */
	char *id;
	const char *region; /* the region it is sent to; the text is that of the finding, the record
						   or the configuration */
	enum hub_end end;
};

struct hub_import {
	const struct hub_run *run;
	const struct baseline_set *baselines;
	const char *account, *home_region;
	const struct hub_bounds *bounds;
	struct hub_calls calls;
	json_t *desired;           /* the baselines that are wanted in the account; NULL: not known */
	struct coverage *coverage; /* what the run has done in the account; NULL: nothing */
	json_t *present; /* a set of "REGION ID": findings that were imported before and whose resource
						exists */
	json_t *settled; /* a set of the same form: findings that this import has settled */
	json_t *regions; /* regions that can't be imported into now; true where Security Hub is not
						enabled */
	struct hub_item *items;
	size_t count, capacity;
	bool more; /* there are more findings than fit at once */
	size_t imported, failed;
	size_t refused;   /* findings for which a call as a whole was refused */
	struct err cause; /* of the first finding that could not be imported */
	struct err stop;  /* a failure of the store, which ends the import */
};

MAY_YIELD void hub_import(const struct hub_run *run, const char *account_id,
	struct aws_session *session, const struct hub_bounds *bounds);

/* Imports the account's findings that have changed; called after its cells are done. `session`
 * is the account's. Does nothing if that is not configured. */
MAY_YIELD void security_hub_import(const struct hub_run *run, const char *account_id,
	struct aws_session *session);

#endif
