/* Finds assignments of one level that contradict each other. */
#ifndef REEVE_CONFIG_DISAGREE_H
#define REEVE_CONFIG_DISAGREE_H

#include <stdbool.h>
#include <stddef.h>

struct assignments;
struct config;
struct disagreement;

/* Looks for one among the assignments that the numbers name. The caller releases found->what. */
bool assignments_disagree(const struct config *config, const struct assignments *assignments,
	const size_t *numbers, size_t count, struct disagreement *found);

#endif
