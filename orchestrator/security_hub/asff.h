/* A finding in ASFF, for the default product of its account. */
#ifndef REEVE_SECURITY_HUB_ASFF_H
#define REEVE_SECURITY_HUB_ASFF_H

#include <jansson.h>

struct baseline_set;
struct finding;
struct hub_view;

json_t *hub_asff(const struct hub_view *view, const char *partition, const char *home_region,
	const char *first_seen, const char *now);

/* Returns the ASFF of a finding. `first_seen` (NULL: when it was observed) and `now` are RFC 3339
 * times. A finding that belongs to no region ("global") is written for the partition's region of
 * global services; the import uses the home region instead. Pure. New reference. */
json_t *security_hub_asff(const struct baseline_set *baselines, const struct finding *finding,
	const char *partition, const char *first_seen, const char *now);

#endif
