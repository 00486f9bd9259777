/* Whether the caller may make this call: the role's policy, the session's, and what the account
 * denies. */
#ifndef SIM_PERMISSIONS_H
#define SIM_PERMISSIONS_H

#include "call.h"

void permissions_load(const struct options *options);
/* Makes the denial and returns false when the caller may not. */
bool permissions_check(struct call *call);
/* The same for a further action that the call implies; service_name is for iam:AWSServiceName. */
bool permissions_also(struct call *call, const char *action, const char *resource,
	const char *service_name);

#endif
