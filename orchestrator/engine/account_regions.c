#include "engine/account_regions.h"

#include "accounts/session.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"
#include "baselines/set.h"
#include "config/scope.h"
#include "config/values.h"
#include "ledger/account_record.h"

/* Returns whether any cell of the run in this account depends on its regions. */
static bool wants_regions(const struct account_sweep *account)
{
	if (account->sweep->run->work != NULL)
		return false;
	for (size_t i = 0; i < account->sweep->wanted_count; i++)
		if (account->sweep->wanted[i].baseline->scope == SCOPE_REGION)
			return true;
	if (account->sweep->wanted != NULL)
		return false;
	const struct baseline_set *baselines = baselines_of(account->sweep->run->engine.config);
	for (size_t i = 0; i < baseline_set_count(baselines); i++) {
		const struct baseline *baseline = baseline_set_at(baselines, i);

		if (baseline->scope == SCOPE_REGION &&
			json_object_get(account->account.desired, baseline->id) != NULL &&
			selection_takes_baseline(&account->sweep->run->selection, baseline->id))
			return true;
	}
	return false;
}

/* Reads the regions that are on record of the account; NULL when there are none. New reference. */
static int stored_regions(const struct account_sweep *account, json_t **out, struct err *err)
{
	struct account_record record;
	bool found;

	*out = NULL;
	if (account_record_read(account->sweep->run->engine.store, account->account.account->id,
			&record, &found, err) < 0)
		return -1;
	*out = json_incref((json_t *)record.regions);
	account_record_release(&record);
	return 0;
}

/* Takes the regions that an earlier run found, when these include all wanted cells: most events
 * then need no call. Otherwise the regions are read again, since an event may be the first one
 * from a new region. */
static json_t *known_regions(const struct account_sweep *account)
{
	CLEANUP_JSON json_t *regions = NULL;
	struct err unused = ERR_INIT;

	if (account->sweep->wanted == NULL || stored_regions(account, &regions, &unused) < 0)
		return NULL;
	for (size_t i = 0; i < account->sweep->wanted_count; i++)
		if (account->sweep->wanted[i].baseline->scope == SCOPE_REGION &&
			!json_has_string(regions, account->sweep->wanted[i].region))
			return NULL;
	return json_incref(regions);
}

void account_regions_find(struct account_sweep *account)
{
	struct run *run = account->sweep->run;
	struct aws_reader reader = { run->engine.aws, account->account.session,
		account->account.account->id, region_permissions, NULL, &run->stats };
	const json_t *configured = config_regions(run->engine.config, account->account.place);
	size_t index;
	json_t *region;

	if (!wants_regions(account))
		return;
	account->regions = configured != NULL ? json_incref((json_t *)configured)
										  : known_regions(account);
	if (account->regions == NULL && account->cause.kind == ERR_NONE)
		(void)!account_enabled_regions(&reader,
			config_string(run->engine.config, "organization", "home_region"), &account->regions,
			&account->regional_cause);
	json_array_foreach(account->regions, index, region)
		json_object_set_new(run->regions, json_string_value(region), json_null());
}

int account_regions_recall(struct account_sweep *account, struct err *err)
{
	if (!wants_regions(account))
		return 0;
	CLEANUP_JSON json_t *regions = NULL;

	if (stored_regions(account, &regions, err) < 0)
		return -1;
	if (account->regions == NULL)
		account->regions = json_incref(regions);
	return 0;
}

int account_regions_store(struct account_sweep *account, struct err *err)
{
	const struct account *found = account->account.account;

	if (account->regions == NULL &&
		(account->sweep->run->work != NULL || account->sweep->wanted != NULL))
		return 0; /* the stored list of regions is complete and must stay */
	CLEANUP_FREE char *path = account_path(found);
	const struct org_place *place = account->account.place;
	const struct account_record record = { .id = found->id,
		.name = found->name,
		.state = found->state,
		.path = path,
		.units = (struct org_unit *)place->units,
		.units_count = place->unit_count,
		.tags = found->tags,
		.regions = account->regions };
	return account_record_put(account->sweep->run->engine.store, &record, err);
}
