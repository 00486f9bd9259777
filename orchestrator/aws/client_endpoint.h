/* Endpoints and limits are looked up once and kept. */
#ifndef REEVE_AWS_CLIENT_ENDPOINT_H
#define REEVE_AWS_CLIENT_ENDPOINT_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>

struct aws;
struct aws_operation;
struct aws_service;
struct client_endpoint;
struct limit;

/* Gives the endpoint, which lives as long as *aws. */
int client_endpoint_get(struct aws *aws, const struct aws_service *service, const char *region,
	bool sts_global, struct client_endpoint **out, struct err *err) MUST_CHECK;
void client_endpoints_free(struct aws *aws); /* frees the kept limits, too */
/* Returns the rate limit of the operation; never NULL. */
const struct limit *client_limit_of(struct aws *aws, const struct aws_operation *operation);
/* Returns whether the host is an address or a loopback name, which can't have a host prefix. */
bool client_host_is_address(const char *host);
/* Returns whether the host is this machine: a loopback address or name. */
bool client_host_is_loopback(const char *host);

#endif
