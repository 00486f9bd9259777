/*
 * The accounts of the organization, which of them are in scope, and their enabled regions. Nothing
 * is observed beyond that, and nothing is stored.
 */
#ifndef REEVE_ENGINE_ACCOUNT_LIST_H
#define REEVE_ENGINE_ACCOUNT_LIST_H

#include "accounts/organization.h"
#include "engine/run.h"

struct listed_account {
	const struct account *account; /* borrowed from the organization */
	bool in_scope;
	json_t *regions; /* array of names; NULL when they were not asked for, or when `failure` says
						why they are unknown */
	struct err failure;
};

struct account_list {
	struct organization *organization;
	struct listed_account *accounts; /* sorted by account id */
	size_t count;
};

/* Reads the list. Called outside a fiber; runs the loop. engine->store may be NULL. */
int account_list_read(const struct engine *engine, const struct selection *selection,
	struct account_list *out, struct err *err) MUST_CHECK;
void account_list_release(struct account_list *list);

#endif
