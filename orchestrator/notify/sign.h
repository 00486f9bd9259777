/* The signature of a webhook's message. */
#ifndef REEVE_NOTIFY_SIGN_H
#define REEVE_NOTIFY_SIGN_H

#include "notify/internal.h"

#include <stddef.h>

void notify_sign(const char *secret, const char *timestamp, const char *body, size_t length,
	char out[NOTIFY_SIGNATURE_SIZE]);

#endif
