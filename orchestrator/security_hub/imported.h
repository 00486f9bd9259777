/* Records of the last imports, so that an unchanged finding is not sent again. */
#ifndef REEVE_SECURITY_HUB_IMPORTED_H
#define REEVE_SECURITY_HUB_IMPORTED_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>

struct hub_run;
struct store;

/* The record of an import: {"region", "told", "first_seen", "sent_at", "finding": {what a
 * finding needs when its resource is gone}} */
int hub_memory_get(struct store *store, const char *account, const char *region, const char *id,
	json_t **out, struct err *err) MUST_CHECK;
MAY_YIELD int hub_memory_put(struct store *store, const char *account, const char *region,
	const char *id, const json_t *record, struct err *err) MUST_CHECK;
MAY_YIELD int hub_memory_forget(struct store *store, const char *account, const char *region,
	const char *id, struct err *err) MUST_CHECK;
int hub_memory_each(struct store *store, const char *account,
	int (*each)(void *argument, const struct store_key *key, const json_t *record), void *argument,
	struct err *err) MUST_CHECK;
/* Whether this run has found that the account has no Security Hub in that region. */
bool hub_memory_is_absent(const struct hub_run *run, const char *account, const char *region);
MAY_YIELD void hub_memory_set_absent(const struct hub_run *run, const char *account,
	const char *region);

#endif
