/* Which regions of an account have no Security Hub, as far as this run has found out. */
#ifndef REEVE_SECURITY_HUB_IMPORTED_H
#define REEVE_SECURITY_HUB_IMPORTED_H

#include "base/compiler.h"

#include <stdbool.h>

struct hub_run;

bool hub_is_absent(const struct hub_run *run, const char *account, const char *region);
MAY_YIELD void hub_set_absent(const struct hub_run *run, const char *account, const char *region);

#endif
