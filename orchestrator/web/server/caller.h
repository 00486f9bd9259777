/* Checks that a request is meant for this server, and identifies its caller. */
#ifndef REEVE_WEB_SERVER_CALLER_H
#define REEVE_WEB_SERVER_CALLER_H

#include "base/compiler.h"

struct exchange;

/* Fills person and role. Returns -1 when exchange->refusal was set (401, 403, 429 or 503). */
int caller_identify(struct exchange *exchange) MUST_CHECK;
/* Checks that the fields Host, Origin and Sec-Fetch-Site show that the client means this server. */
int caller_means_us(struct exchange *exchange) MUST_CHECK;

#endif
