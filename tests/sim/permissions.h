/* Checks whether the caller may make this call, by the policies of its role and session and by what
 * the account denies. */
#ifndef SIM_PERMISSIONS_H
#define SIM_PERMISSIONS_H

#include "call.h"

void permissions_load(const struct options *options);
/* Makes the error and returns false when the caller may not make the call. */
bool permissions_check(struct call *call);
/* Checks in the same way a further action that the call implies. service_name is for
 * iam:AWSServiceName. */
bool permissions_also(struct call *call, const char *action, const char *resource,
	const char *service_name);

#endif
