/* Finds a request's operation and parameters by the protocol of its service. */
#ifndef SIM_ROUTE_H
#define SIM_ROUTE_H

#include "call.h"
#include "sigv4_check.h"

/* Sets call->service, from the credential scope and the path. Returns false when there is no such
 * service. */
bool route_service(struct call *call, struct slice signing_name);
/* Sets call->operation and the parameters; operation stays NULL when there is no such operation. */
void route_operation(struct call *call);

#endif
