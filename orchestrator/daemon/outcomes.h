/* Records outcomes. */
#ifndef REEVE_DAEMON_OUTCOMES_H
#define REEVE_DAEMON_OUTCOMES_H

#include "ledger/handled_event.h"

struct arrival;
struct intake;
struct item;

/* Records outcomes for which no fiber was free; called by the clock. */
void intake_tick(struct intake *intake);

/* Sets the signal's outcome, which is then recorded and told to the sender. */
void intake_decided(struct item *item, enum handled_outcome outcome);
/* Tells the sender of the body the outcomes, and frees the body. */
void intake_finish(struct arrival *arrival);

#endif
