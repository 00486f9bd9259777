/* Secrets of webhooks, from a file that only this user can read, or from the environment. */
#ifndef REEVE_NOTIFY_SECRET_H
#define REEVE_NOTIFY_SECRET_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <stddef.h>

/* Reads the secret from the file or the environment variable (one of them is given), without the
 * end of the line. It must have `least` bytes at least. The caller frees it with
 * mem_free_secret. `what` names it in errors, which never contain it. */
int notify_secret(const char *file, const char *variable, const char *what, size_t least,
	char **out, struct err *err) MUST_CHECK;

#endif
