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

/* The account's hub in a region; made when it isn't there. */
struct hub *hub_of(struct account *account, int region);
/* The caller's hub, when it is enabled; else NULL and the error. v2: in the words of version 2. */
struct hub *hub_called(struct call *call, bool v2);
/* The key of a finding. out is emptied first. */
void hub_key(struct buf *out, const char *product, const char *id);
void hub_key_ocsf(struct buf *out, const char *uid);
/* The finding of a key that the caller sees: its own, or as delegated administrator everybody's.
 * NULL: none. */
json_t *hub_find(struct call *call, const char *key);
/* Calls `each` with every finding that the caller sees in the region. */
void hub_each(struct call *call, void (*each)(const json_t *finding, void *argument),
	void *argument);
/* Stores a finding, whose reference is taken over, and sends its event to the queue with
 * --trail-events or when asked to. */
void hub_keep(struct hub *hub, int region, const char *key, json_t *finding, bool publish);
/* Sends the event of a changed finding. */
void hub_tell(int region, const json_t *finding);

/* What is wrong with a finding that an account imports, or NULL. The text lives in the call's
 * arena. */
const char *asff_wrong(struct call *call, const json_t *finding);
bool asff_is_workflow(const char *status);
/* Completes the finding as Security Hub does, and keeps from the earlier one (NULL: none) what an
 * import can't change. */
void asff_complete(struct call *call, json_t *finding, const json_t *earlier);
/* "2026-01-02T03:04:05.678Z" of now. */
const char *asff_now(struct arena *arena);

#endif
