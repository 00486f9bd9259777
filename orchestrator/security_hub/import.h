/* An import under way: what is to be sent (pending.c), and the sending of it
 * (import.c). */
#ifndef REEVE_SECURITY_HUB_IMPORT_H
#define REEVE_SECURITY_HUB_IMPORT_H

#include "security_hub/internal.h"

/* Security Hub drops a finding so many days after its last update.
 * https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings.html */
#define HUB_KEPT_DAYS 90

/* A finding to send, with what is needed after the store's value is gone. */
struct hub_item {
	json_t *finding; /* the members that an ASFF is made of */
	json_t *memory;  /* of its last import; NULL: none */
	char *id;
	const char *region; /* where it goes: of the finding, the memory or the configuration */
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
	json_t *present; /* a set of "REGION ID": remembered findings whose resource is there */
	json_t *settled; /* the same: what this import need not look at again */
	json_t *regions; /* where nothing can be imported now: true where Security Hub is not enabled */
	struct hub_item *items;
	size_t count;
	bool more; /* there are more than fit at once */
	size_t imported, failed;
	size_t refused;   /* findings for which a call as a whole was refused */
	struct err cause; /* of the first that could not be imported */
	struct err stop;  /* of the store: the import ends */
};

/* Fills the items with what is due, by the store as it is. -1 with import->stop. */
int hub_collect(struct hub_import *import);
void hub_item_release(struct hub_item *item);
void hub_settled(struct hub_import *import, const struct hub_item *item);
json_t *hub_item_asff(const struct hub_import *import, const struct hub_item *item);
int64_t hub_days_since_sent(const json_t *memory);
/* Whether a resource that was missing is missing still: a cell that another run observes anew has
 * no findings meanwhile. Waits for the end of that. */
MAY_YIELD bool hub_still_gone(struct hub_import *import, const struct hub_item *item);

#endif
