/* Turns the checked items of the sections `baselines` and `tiers` into the assignments that
 * config_desired works with. */
#ifndef REEVE_CONFIG_ASSIGN_H
#define REEVE_CONFIG_ASSIGN_H

struct assignments;
struct complaints;
struct config;

/* Reads the list of that section, which its rows have checked; normalizes it in place. */
void assignments_build(struct config *config, const char *section, struct complaints *complaints,
	struct assignments *out);
void assignments_release(struct assignments *assignments);

#endif
