#include "engine/repeated_change.h"

#include "aws/endpoint/partitions.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "config/scope.h"
#include "config/values.h"
#include "guards/attempts_who.h"
#include "ledger/account_record.h"

struct attempts_key attempts_key_of(const struct drift *drift)
{
	return (struct attempts_key){ drift->cell->account->account->id, drift->region,
		drift->cell->baseline->id, drift->resource };
}

/* Adds to an array without duplicates. */
static void add_region(json_t *regions, const char *region)
{
	if (region != NULL && !json_has_string(regions, region))
		json_array_append_new(regions, json_string(region));
}

/* Returns the regions in which the call may have been made: those where the account was seen to
 * have resources, the home region first. */
static json_t *regions_to_ask(const struct account_run *account, const char *home)
{
	struct account_record record;
	bool found;
	json_t *regions = json_pack("[s]", home), *region;
	struct err err = ERR_INIT;
	size_t index;

	/* Consoles and tools use this region when none is given. */
	add_region(regions, aws_partition_of(home)->implicit_global_region);
	if (account_record_read(account->run->engine.store, account->account->id, &record, &found,
			&err) < 0)
		return regions;
	json_array_foreach((json_t *)record.regions, index, region)
		add_region(regions, json_string_value(region));
	account_record_release(&record);
	return regions;
}

/* Asks CloudTrail, which records a call in the region where it was made. It records IAM calls in
 * one region, and other calls for the whole account in the region that the caller used. */
void attempts_ask_who(const struct drift *drift, const struct attempts_key *key,
	struct attempts_verdict *verdict)
{
	const struct account_run *account = drift->cell->account;
	const char *home = config_string(account->run->engine.config, "organization", "home_region");
	struct aws_reader reader = { account->run->engine.aws, account->session, account->account->id,
		attempts_permissions, NULL, &account->run->stats };
	bool iam = strcmp(drift->cell->baseline->service, "iam") == 0,
		 global = strcmp(drift->region, REGION_GLOBAL) == 0;
	CLEANUP_JSON json_t *regions = iam
		? json_pack("[s]", aws_partition_of(home)->implicit_global_region)
		: global ? regions_to_ask(account, home)
				 : json_pack("[s]", drift->region);
	struct attempts_question question = {
		.key = key,
		.calls = drift->verdict->calls,
		.role = config_account_role(account->run->engine.config, account->account->id),
		.since_ms = verdict->last_ms,
		.now_ms = clock_now_ms(),
	};
	struct attempts_who who = { .known = false };
	size_t index;
	json_t *region;

	json_array_foreach(regions, index, region) {
		question.region = json_string_value(region);
		attempts_who(&reader, &question, &who);
		if (who.known || who.failure.kind == ERR_CANCELLED)
			break;
	}
	attempts_add_who(verdict, &who);
}
