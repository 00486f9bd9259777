/* The copy of a state folder that is made before a migration. */
#ifndef REEVE_STORE_COPY_H
#define REEVE_STORE_COPY_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

struct store;

/* Copies the folder to a new one beside it, named for the schema and the time, or inside of it
 * where nothing may be made beside it. *out is its path, which the caller frees. A copy of exactly
 * this state that is there already is taken instead of making another. */
int store_copy_folder(struct store *store, int schema, char **out, struct err *err) MUST_CHECK;

#endif
