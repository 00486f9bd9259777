/* The writer thread. */
#ifndef REEVE_STORE_WRITER_H
#define REEVE_STORE_WRITER_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

struct store;

int store_writer_start(struct store *store, struct err *err) MUST_CHECK;
/* Commits what is queued and ends the thread. */
void store_writer_stop(struct store *store);

#endif
