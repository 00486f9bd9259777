/*
 * The steps that migrate the records of an earlier version of Reeve to those of this version: one
 * for each schema of the store. A command that writes hands them to store_open.
 */
#ifndef REEVE_LEDGER_MIGRATIONS_H
#define REEVE_LEDGER_MIGRATIONS_H

#include "store/store.h"

extern const store_step ledger_migrations[];

#endif
