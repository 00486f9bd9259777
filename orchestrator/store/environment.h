/* The LMDB environment of a state folder. */
#ifndef REEVE_STORE_ENVIRONMENT_H
#define REEVE_STORE_ENVIRONMENT_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

struct store;

/* Opens the files of the folder, whose lock is taken by now, and their databases. */
int store_environment_open(struct store *store, struct err *err) MUST_CHECK;

#endif
