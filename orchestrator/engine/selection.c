#include "engine/selection.h"

#include "aws/endpoint/partitions.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"
#include "baselines/set.h"
#include "config/target.h"

void selection_init(struct selection *selection)
{
	*selection = (struct selection){ json_array(), json_array(), json_array(), json_array(), 1, 1 };
}

void selection_release(struct selection *selection)
{
	json_decref(selection->accounts);
	json_decref(selection->ous);
	json_decref(selection->regions);
	json_decref(selection->baselines);
	memset(selection, 0, sizeof *selection);
}

static int add_shard(struct selection *selection, const char *value, struct err *err)
{
	int shard, shards, used = 0;

	if (sscanf(value, "%d/%d%n", &shard, &shards, &used) != 2 || value[used] != '\0' || shard < 1 ||
		shard > shards || shards > 10000)
		return err_set(err, ERR_USAGE, "InvalidShard",
			"--shard %s: must be K/N with 1 <= K <= N, e.g. 2/5", value);
	selection->shard = shard;
	selection->shards = shards;
	return 0;
}

int selection_add(struct selection *selection, const struct baseline_set *baselines,
	const char *option, const char *value, struct err *err)
{
	if (strcmp(option, "shard") == 0)
		return add_shard(selection, value, err);
	if (strcmp(option, "account") == 0) {
		if (strlen(value) != 12 || strspn(value, "0123456789") != 12)
			return err_set(err, ERR_USAGE, "InvalidAccount",
				"--account %s: must be an account id of 12 digits", value);
		json_array_append_new(selection->accounts, json_string(value));
	} else if (strcmp(option, "region") == 0) {
		if (!aws_region_valid(value) && strcmp(value, REGION_GLOBAL) != 0)
			return err_set(err, ERR_USAGE, "InvalidRegion",
				"--region %s: must be a region such as eu-west-1, or global", value);
		json_array_append_new(selection->regions, json_string(value));
	} else if (strcmp(option, "baseline") == 0) {
		if (baseline_set_find(baselines, value) == NULL)
			return err_set(err, ERR_USAGE, "UnknownBaseline",
				"--baseline %s: there is no such baseline; `reeve baselines` lists them", value);
		json_array_append_new(selection->baselines, json_string(value));
	} else {
		CLEANUP_FREE char *target = xasprintf("%s%s",
			strncmp(value, "ou:", 3) == 0 || strcmp(value, "root") == 0 ? "" : "ou:", value);

		json_array_append_new(selection->ous, json_string(target));
	}
	return 0;
}

bool selection_takes_account(const struct selection *selection, const struct org_place *place)
{
	size_t index;
	json_t *ou;
	bool taken = json_array_size(selection->accounts) == 0 ||
		json_has_string(selection->accounts, place->account);
	bool in_ou = json_array_size(selection->ous) == 0;

	json_array_foreach(selection->ous, index, ou)
		in_ou = in_ou || config_target_matches(json_string_value(ou), place);
	/* The account id decides the shard: ids are spread evenly, and every process gets the same
	 * result. */
	bool in_shard = strtoull(place->account, NULL, 10) % (unsigned)selection->shards ==
		(unsigned)selection->shard - 1;
	return taken && in_ou && in_shard;
}

bool selection_takes_region(const struct selection *selection, const char *region)
{
	return json_array_size(selection->regions) == 0 || json_has_string(selection->regions, region);
}

bool selection_takes_baseline(const struct selection *selection, const char *baseline)
{
	return json_array_size(selection->baselines) == 0 ||
		json_has_string(selection->baselines, baseline);
}

json_t *selection_to_json(const struct selection *selection)
{
	return json_pack("{s:O, s:O, s:O, s:O, s:i, s:i}", "accounts", selection->accounts, "ous",
		selection->ous, "regions", selection->regions, "baselines", selection->baselines, "shard",
		selection->shard, "shards", selection->shards);
}

static int copy_strings(const json_t *json, const char *key, json_t *out)
{
	size_t index;
	json_t *item;

	json_array_foreach(json_object_get(json, key), index, item) {
		if (!json_is_string(item))
			return -1;
		json_array_append(out, item);
	}
	return 0;
}

int selection_from_json(const json_t *json, struct selection *selection, struct err *err)
{
	selection->shard = (int)json_get_integer_or(json, "shard", 1);
	selection->shards = (int)json_get_integer_or(json, "shards", 1);
	if (copy_strings(json, "accounts", selection->accounts) < 0 ||
		copy_strings(json, "ous", selection->ous) < 0 ||
		copy_strings(json, "regions", selection->regions) < 0 ||
		copy_strings(json, "baselines", selection->baselines) < 0 || selection->shards < 1 ||
		selection->shard < 1)
		return err_set(err, ERR_STORE, "InvalidRecord",
			"the selectors of the stored run can't be read");
	return 0;
}
