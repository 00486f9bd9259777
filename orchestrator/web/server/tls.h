/* The TLS side of the listener. */
#ifndef REEVE_WEB_SERVER_TLS_H
#define REEVE_WEB_SERVER_TLS_H

#include "base/compiler.h"
#include "base/err.h"

#include <openssl/ssl.h>

struct web_settings;

int tls_new(const struct web_settings *settings, SSL_CTX **out, struct err *err) MUST_CHECK;

#endif
