/* Turns results of LMDB and of the system into a sentence that names the folder, the cause and
 * the remedy. */
#ifndef REEVE_STORE_ERRORS_H
#define REEVE_STORE_ERRORS_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <stdbool.h>

struct store;

/* Fills *err for a result of LMDB or errno; `doing` is the verb in "can't ... state folder X".
 * Returns -1. */
int store_error(const struct store *store, int result, const char *doing, struct err *err)
	MUST_CHECK;

/* Fills *err for a result of the system (errno) or LMDB about one file in the state folder;
 * `doing` is the verb in "can't ... state folder X". Returns -1. */
int store_folder_error(const char *folder, int result, const char *doing, struct err *err)
	MUST_CHECK;

bool store_failed(const struct store *store);

#endif
