/* Checks that a request is meant for this server, and identifies its caller. */
#ifndef REEVE_WEB_SERVER_CALLER_H
#define REEVE_WEB_SERVER_CALLER_H

#include "base/compiler.h"

struct exchange;

/* Fills person and role; -1: exchange->refusal is 401, 403 or 429. */
int caller_identify(struct exchange *exchange) MUST_CHECK;
/* Whether host, origin and fetch metadata show that the client means this server. */
int caller_means_us(struct exchange *exchange) MUST_CHECK;

#endif
