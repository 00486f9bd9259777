/* Reads the certificate authorities that TLS trusts. */
#ifndef REEVE_IO_HTTP_TRUST_H
#define REEVE_IO_HTTP_TRUST_H

#include "base/compiler.h"
#include "base/err.h"

struct http_client;

/* Waits until the authorities are read. -1 (ERR_CONFIG, CaBundleUnusable) when there are none. */
MAY_YIELD int http_trust_wait(struct http_client *client, struct err *err) MUST_CHECK;
void http_trust_release(struct http_client *client);

#endif
