/* --limits aws: a token bucket per caller account, region and API. */
#ifndef SIM_LIMITS_H
#define SIM_LIMITS_H

#include "call.h"

/* false: the call exceeds the limit. */
bool limits_take(const struct call *call);

#endif
