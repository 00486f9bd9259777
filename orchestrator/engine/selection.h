/*
 * The selectors of the command line, which choose the part of the scope that a run covers. Empty
 * selectors select everything; several of one kind are alternatives.
 */
#ifndef REEVE_ENGINE_SELECTION_H
#define REEVE_ENGINE_SELECTION_H

#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"

#include <jansson.h>
#include <stdbool.h>

struct selection {
	json_t *accounts, *ous, *regions, *baselines; /* arrays of strings; never NULL after
													 selection_init */
	int shard, shards;                            /* shard 1 of 1 is everything */
};

void selection_init(struct selection *selection);
void selection_release(struct selection *selection);

/* Checks and adds one value of --account, --ou, --region, --baseline or --shard. */
int selection_add(struct selection *selection, const struct baseline_set *baselines,
	const char *option, const char *value, struct err *err) MUST_CHECK;

bool selection_takes_account(const struct selection *selection, const struct org_place *place);
bool selection_takes_region(const struct selection *selection, const char *region);
bool selection_takes_baseline(const struct selection *selection, const char *baseline);

json_t *selection_to_json(const struct selection *selection);
int selection_from_json(const json_t *json, struct selection *selection, struct err *err)
	MUST_CHECK;

#endif
