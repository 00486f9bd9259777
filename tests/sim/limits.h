/* --limits aws: a token bucket per caller account, region and API. */
#ifndef SIM_LIMITS_H
#define SIM_LIMITS_H

#include "call.h"

/* Takes a token for the call. Returns false when the call exceeds the limit. */
bool limits_take(const struct call *call);

#endif
