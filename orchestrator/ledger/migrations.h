/*
 * What leads from the records of earlier versions of reeve to those of this one: the steps that
 * store_open takes, one for each schema of the store. A command that writes hands them in.
 */
#ifndef REEVE_LEDGER_MIGRATIONS_H
#define REEVE_LEDGER_MIGRATIONS_H

#include "store/store.h"

extern const store_step ledger_migrations[];

#endif
