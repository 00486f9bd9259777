#include "engine/directory.h"

#include "accounts/lookup.h"
#include "accounts/session.h"
#include "accounts/walk.h"
#include "aws/errors.h"
#include "aws/session.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/mem.h"
#include "config/values.h"
#include "guards/exceptions.h"

#include <uthash.h>

struct known_account {
	UT_hash_handle hh;
	struct organization *organization; /* from the last walk, or from a later lookup of this account
										  alone; NULL: the account is gone */
	struct account *account;
	int64_t looked_up_ms; /* time of the lookup; 0: from the walk */
	char id[13];
};

struct directory {
	struct organization *organization;
	struct known_account *accounts;
};

struct directory *directory_new(void)
{
	return xcalloc(1, sizeof(struct directory));
}

static void forget(struct directory *directory, struct known_account *known)
{
	HASH_DEL(directory->accounts, known);
	organization_free(known->organization);
	free(known);
}

void directory_free(struct directory *directory)
{
	struct known_account *known, *next;

	if (directory == NULL)
		return;
	HASH_ITER(hh, directory->accounts, known, next)
		forget(directory, known);
	organization_free(directory->organization);
	free(directory);
}

static void put(struct directory *directory, const char *id, struct organization *organization,
	struct account *account, int64_t looked_up_ms)
{
	struct known_account *known;

	HASH_FIND_STR(directory->accounts, id, known);
	if (known == NULL) {
		known = xcalloc(1, sizeof *known);
		snprintf(known->id, sizeof known->id, "%s", id);
		HASH_ADD_STR(directory->accounts, id, known);
	}
	organization_free(known->organization);
	known->organization = organization;
	known->account = account;
	known->looked_up_ms = looked_up_ms;
}

void directory_set(struct directory *directory, struct organization *organization, int64_t began_ms)
{
	struct known_account *known, *next;

	/* A lookup that was made after the walk began may be newer than what the walk read. */
	HASH_ITER(hh, directory->accounts, known, next)
		if (known->looked_up_ms < began_ms)
			forget(directory, known);
	for (struct account *account = organization->accounts; account != NULL;
		account = account->next) {
		HASH_FIND_STR(directory->accounts, account->id, known);
		if (known == NULL)
			put(directory, account->id, organization_retain(organization), account, 0);
	}
	organization_retain(organization);
	organization_free(directory->organization);
	directory->organization = organization;
}

struct organization *directory_organization(const struct directory *directory)
{
	return directory->organization;
}

struct account *directory_find(const struct directory *directory, const char *account_id,
	struct organization **holder)
{
	struct known_account *known;

	HASH_FIND_STR(directory->accounts, account_id, known);
	if (known == NULL || known->organization == NULL)
		return NULL;
	*holder = organization_retain(known->organization);
	return known->account;
}

int directory_walk(struct directory *directory, struct run *run, struct err *err)
{
	bool tags = config_uses_tags(run->engine.config) || exceptions_use_tags(run->engine.exceptions);
	struct aws_session *session =
		session_for_organization(run->engine.aws, run->own, run->engine.config, run->id);
	struct aws_reader reader = { run->engine.aws, session, run->orchestrator_account,
		organization_permissions(tags), NULL, &run->stats };
	struct organization_walk_options options = { .read_tags = tags };
	struct organization *organization = NULL;
	int64_t began_ms = clock_now_ms();
	int result = organization_walk(&reader, &options, &organization, err);

	aws_session_release(session);
	if (result == 0)
		directory_set(directory, organization, began_ms);
	organization_free(organization);
	return result;
}

int directory_lookup(struct directory *directory, struct run *run, const char *account_id,
	struct err *err)
{
	bool tags = config_uses_tags(run->engine.config) || exceptions_use_tags(run->engine.exceptions);
	struct aws_session *session =
		session_for_organization(run->engine.aws, run->own, run->engine.config, run->id);
	struct aws_reader reader = { run->engine.aws, session, run->orchestrator_account,
		organization_permissions(tags), NULL, &run->stats };
	struct organization *found = NULL;
	int64_t began_ms = clock_now_ms();
	int result = organization_lookup(&reader, account_id, tags, &found, err);

	aws_session_release(session);
	if (result < 0 && !aws_error_is_not_found(err, "AccountNotFoundException"))
		return -1;
	err_clear(err);
	put(directory, account_id, found, found != NULL ? found->accounts : NULL, began_ms);
	return 0;
}
