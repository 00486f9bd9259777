/* Dispatches a request: admin or AWS call, the caller, the permission, then the operation. */
#ifndef SIM_DISPATCH_H
#define SIM_DISPATCH_H

#include "http.h"

void dispatch(const struct http_request *request, struct http_response *response);

#endif
