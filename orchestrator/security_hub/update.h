/* Updates the findings that led to a change, in the orchestrator's account, where an organization's
 * findings are aggregated. */
#ifndef REEVE_SECURITY_HUB_UPDATE_H
#define REEVE_SECURITY_HUB_UPDATE_H

#include "base/compiler.h"

#include <stddef.h>

struct hub_run;
struct security_hub_update;

MAY_YIELD void security_hub_send_updates(const struct hub_run *run,
	const struct security_hub_update *updates, size_t count);

#endif
