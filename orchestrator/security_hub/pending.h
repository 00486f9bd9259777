/* Finds those findings of an account that Security Hub does not know, or knows in another state. */
#ifndef REEVE_SECURITY_HUB_PENDING_H
#define REEVE_SECURITY_HUB_PENDING_H

#include "base/compiler.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct hub_import;
struct hub_import_record;
struct hub_item;

/* Fills the items with the findings that are due, from the store as it is now. Returns -1 with
 * import->stop set. */
int hub_collect(struct hub_import *import);
void hub_item_release(struct hub_item *item);
void hub_settled(struct hub_import *import, const struct hub_item *item);
json_t *hub_item_asff(const struct hub_import *import, const struct hub_item *item);
/* Returns the days since the finding was sent; INT32_MAX when it was never imported. */
int64_t hub_days_since_sent(const struct hub_import_record *imported);
/* Returns whether a resource that was missing is still missing: a cell that another run is
 * observing has no findings in the meantime, so this waits until the cell is done. */
MAY_YIELD bool hub_still_gone(struct hub_import *import, const struct hub_item *item);

#endif
