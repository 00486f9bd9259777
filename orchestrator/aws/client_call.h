/* Makes one call. */
#ifndef REEVE_AWS_CLIENT_CALL_H
#define REEVE_AWS_CLIENT_CALL_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

struct client_call;

/* Makes the call, with retries. Gives a new reference in *out; out may be NULL when the answer does
 * not matter. On failure *out is untouched. */
MAY_YIELD int client_call(struct client_call *call, json_t **out, struct err *err) MUST_CHECK;
/* Finds the endpoint of the call's region, unless the call has it already. */
int client_endpoint_of(struct client_call *call, struct err *err) MUST_CHECK;

#endif
