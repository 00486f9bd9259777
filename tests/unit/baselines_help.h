/* Makes one set of all built-in baselines for the whole test program. */
#ifndef BASELINES_HELP_H
#define BASELINES_HELP_H

#include "baselines/set.h"

#include <stdio.h>
#include <stdlib.h>

static inline struct baseline_set *all_baselines(void)
{
	static struct baseline_set *set; /* the process's end frees it */
	struct err err = ERR_INIT;

	if (set == NULL && baseline_set_new_built_in(&set, &err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		abort();
	}
	return set;
}

static inline const struct catalogue *all_catalogue(void)
{
	return baseline_set_catalogue(all_baselines());
}

static inline const struct baseline *baseline_named(const char *id)
{
	return baseline_set_find(all_baselines(), id);
}

#endif
