/* A finding as an OCSF 1.6 Compliance Finding (class 2003), the version that Security Hub itself
 * uses. */
#ifndef REEVE_SECURITY_HUB_OCSF_H
#define REEVE_SECURITY_HUB_OCSF_H

#include <jansson.h>

struct baseline_set;
struct finding;

/* Returns the finding as an OCSF 1.6 Compliance Finding (class 2003), for third parties.
 * `first_seen` (NULL: when it was observed) and `now` are RFC 3339 times. Pure. New reference. */
json_t *security_hub_ocsf(const struct baseline_set *baselines, const struct finding *finding,
	const char *first_seen, const char *now);

#endif
