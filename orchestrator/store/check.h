/* A data file that is shorter than its pages (a copy that ran out of disk, a half-done restore)
 * would end the process by SIGBUS at the first read of what is missing. */
#ifndef REEVE_STORE_CHECK_H
#define REEVE_STORE_CHECK_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

struct store;

/* Refuses a data file that was cut short, which would otherwise end the process by SIGBUS. */
int store_check_length(const struct store *store, struct err *err) MUST_CHECK;

#endif
