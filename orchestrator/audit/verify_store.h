/* Verifies the log in the store, from its first entry to its head record. */
#ifndef REEVE_AUDIT_VERIFY_STORE_H
#define REEVE_AUDIT_VERIFY_STORE_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

struct audit_verdict;
struct store;

int audit_verify_store(struct store *store, const char *public_key, struct audit_verdict *verdict,
	struct err *err) MUST_CHECK;

#endif
