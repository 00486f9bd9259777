/* One attempt. */
#ifndef REEVE_AWS_CLIENT_SEND_H
#define REEVE_AWS_CLIENT_SEND_H

#include "base/compiler.h"
#include "base/err.h"

struct client_endpoint;
struct client_exchange;

/* Prepares the parts that all attempts share: the URL and the hash of the body. */
int client_exchange_prepare(struct client_exchange *exchange, struct err *err) MUST_CHECK;
/* Chooses the endpoint, and with it the rate limit, of the attempts that follow, and prepares
 * them. */
int client_exchange_aim(struct client_exchange *exchange, struct client_endpoint *endpoint,
	struct err *err) MUST_CHECK;
/* Signs and sends once. 0 with exchange->output, or -1. Afterwards exchange->response holds the
 * answer's headers and body, or whether anything was sent. */
MAY_YIELD int client_exchange_send(struct client_exchange *exchange, struct err *err) MUST_CHECK;

#endif
