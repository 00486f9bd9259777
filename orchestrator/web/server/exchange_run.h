/* Handles a request on a fiber. */
#ifndef REEVE_WEB_SERVER_EXCHANGE_RUN_H
#define REEVE_WEB_SERVER_EXCHANGE_RUN_H

#include "base/compiler.h"

/* Handles the exchange; the body of its fiber. */
MAY_YIELD void exchange_run(void *exchange);

#endif
