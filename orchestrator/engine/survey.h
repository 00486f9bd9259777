/*
 * A survey: the walk, which accounts are in scope, and their enabled regions. Nothing is
 * observed beyond that, and nothing is stored.
 */
#ifndef REEVE_ENGINE_SURVEY_H
#define REEVE_ENGINE_SURVEY_H

#include "accounts/organization.h"
#include "engine/run.h"

struct surveyed_account {
	const struct account *account; /* borrowed from the organization */
	bool in_scope;
	json_t *regions; /* array, or NULL: not asked, or `failure` says why it is not known */
	struct err failure;
};

struct survey {
	struct organization *organization;
	struct surveyed_account *accounts; /* in the order of their ids */
	size_t count;
};

/* Called outside a fiber; runs the loop. engine->store may be NULL. */
int survey_take(const struct engine *engine, const struct selection *selection, struct survey *out,
	struct err *err) MUST_CHECK;
void survey_release(struct survey *survey);

#endif
