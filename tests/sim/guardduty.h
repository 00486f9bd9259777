/* Functions that the GuardDuty files share. */
#ifndef SIM_GUARDDUTY_H
#define SIM_GUARDDUTY_H

#include "call.h"

/* Makes a BadRequestException as GuardDuty does: the __type of its body differs from that of its
 * header. */
void guardduty_bad(struct call *call, const char *message);
/* Returns the caller's detector of this region when the path has its id. Otherwise makes the error
 * and returns NULL. */
struct detector *guardduty_own(struct call *call);
/* Returns the same detector as a read sees it. */
const struct detector *guardduty_seen(struct call *call);
/* Writes "features":[...] of a detector. With members it is as GetMemberDetectors has it, without
 * the foundational sources. */
void guardduty_write_features(struct buf *b, const struct detector *d, int region, bool members);
/* Applies a request's Features to the bits. Returns NULL, or what is wrong with them. */
const char *guardduty_apply_features(struct call *call, uint16_t *bits);

#endif
