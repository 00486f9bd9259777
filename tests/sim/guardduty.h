/* What the GuardDuty files share. */
#ifndef SIM_GUARDDUTY_H
#define SIM_GUARDDUTY_H

#include "call.h"

/* BadRequestException, as GuardDuty says it: its body's __type is another than its header's. */
void guardduty_bad(struct call *call, const char *message);
/* The caller's detector of this region, when its id stands in the path; else the error. */
struct detector *guardduty_own(struct call *call);
/* The same, as a read sees it. */
const struct detector *guardduty_seen(struct call *call);
/* "features":[...] of a detector; members: as GetMemberDetectors has it, without the foundational
 * sources. */
void guardduty_write_features(struct buf *b, const struct detector *d, int region, bool members);
/* Applies a request's Features to the bits; NULL or what is wrong with them. */
const char *guardduty_apply_features(struct call *call, uint16_t *bits);

#endif
