/*
 * Security Hub: the findings of an account and region. ASFF ones have their
 * product and id as key, OCSF ones (of Security Hub's version 2) their
 * metadata.uid. https://docs.aws.amazon.com/securityhub/1.0/APIReference/
 */
#ifndef SIM_SECURITY_HUB_H
#define SIM_SECURITY_HUB_H

#include "call.h"

struct hub {
	bool enabled;
	json_t *findings; /* object by key, in the order of their import; NULL: none yet */
};

/* Returns the account's hub in a region, and makes it when there is none. */
struct hub *hub_of(struct account *account, int region);
/* Returns the caller's hub when it is enabled. Otherwise makes the error, version 2's with v2, and
 * returns NULL. */
struct hub *hub_called(struct call *call, bool v2);
/* Writes the key of a finding. out is emptied first. */
void hub_key(struct buf *out, const char *product, const char *id);
void hub_key_ocsf(struct buf *out, const char *uid);
/* Returns the finding of a key, or NULL when the caller sees none: an account sees its own
 * findings, the delegated administrator those of all accounts. */
json_t *hub_find(struct call *call, const char *key);
/* Calls `each` with every finding that the caller sees in the region. */
void hub_each(struct call *call, void (*each)(const json_t *finding, void *argument),
	void *argument);
/* Stores a finding, whose reference is taken over, and sends its event to the queue with
 * --trail-events or when asked to. */
void hub_keep(struct hub *hub, int region, const char *key, json_t *finding, bool publish);
/* Sends the event of a changed finding. */
void hub_tell(int region, const json_t *finding);

/* Returns what is wrong with a finding that an account imports, or NULL. The text lives in the
 * call's arena. */
const char *asff_wrong(struct call *call, const json_t *finding);
bool asff_is_workflow(const char *status);
/* Completes the finding as Security Hub does, and keeps from the earlier one (NULL: none) what an
 * import can't change. */
void asff_complete(struct call *call, json_t *finding, const json_t *earlier);
/* Returns the time now as "2026-01-02T03:04:05.678Z". */
const char *asff_now(struct arena *arena);

#endif
