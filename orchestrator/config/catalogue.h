/* The things that may be assigned: the baselines of the catalogue, and tiers. */
#ifndef REEVE_CONFIG_CATALOGUE_H
#define REEVE_CONFIG_CATALOGUE_H

#include "base/compiler.h"
#include "config/config.h"

struct complaints;
struct config;
struct where;

const char *tier_name(enum tier tier);
int tier_parse(const char *name, enum tier *out) MUST_CHECK;

/* Keeps the catalogue, which is borrowed, and the defaults of its entries. */
void catalogue_take(struct config *config, const struct catalogue *catalogue);
/* Returns the number of a baseline, or -1. With `complaints` it then complains, and names the
 * nearest known id. */
long entry_number(const struct config *config, const char *id, const struct where *where,
	struct complaints *complaints);

#endif
