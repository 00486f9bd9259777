#include "engine/finding.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"

json_t *finding_to_json(const struct finding *finding)
{
	char observed_at[CLOCK_RFC3339_SIZE];
	json_t *json = json_object();

	clock_format_rfc3339(finding->observed_ms, observed_at);
	json_object_set_new(json, "account", json_text(finding->account));
	json_object_set_new(json, "account_name", json_text(finding->account_name));
	json_object_set_new(json, "region", json_text(finding->region));
	json_object_set_new(json, "baseline", json_string(finding->baseline->id));
	json_object_set_new(json, "resource", json_text(finding->resource));
	json_object_set_new(json, "status", json_string(status_name(finding->status)));
	json_object_set_new(json, "severity", json_string(severity_name(finding->baseline->severity)));
	json_object_set_new(json, "tier", json_string(tier_name(finding->tier)));
	json_object_set_new(json, "decided_by", json_text(finding->decided_by));
	json_object_set(json, "observed", finding->observed != NULL ? (json_t *)finding->observed : json_null());
	json_object_set(json, "desired", finding->desired != NULL ? (json_t *)finding->desired : json_null());
	json_object_set_new(json, "change", finding->change != NULL ? json_text(finding->change) : json_null());
	if (finding->proposal != NULL)
		json_object_set(json, "proposal", (json_t *)finding->proposal);
	if (finding->cause_code != NULL && finding->cause_code[0] != '\0')
		json_object_set_new(json, "cause", json_pack("{s:s, s:o}", "code", finding->cause_code, "message", json_text(finding->cause_message)));
	else
		json_object_set_new(json, "cause", json_null());
	json_object_set_new(json, "observed_at", json_string(observed_at));
	json_object_set(json, "request_ids", finding->request_ids != NULL ? (json_t *)finding->request_ids : json_null());
	json_object_set_new(json, "run", json_string(finding->run));
	return json;
}

int finding_store(struct store *store, const struct finding *finding, struct err *err)
{
	struct store_key key = STORE_KEY(finding->account, finding->cell_region, finding->baseline->id, finding->resource);
	CLEANUP_JSON json_t *json = finding_to_json(finding);

	return store_put_json(store, STORE_FINDINGS, &key, json, err);
}

int finding_forget_cell(struct store *store, const char *account, const char *cell_region, const char *baseline,
                        struct err *err)
{
	struct store_key prefix = STORE_KEY(account, cell_region, baseline);

	return store_delete_prefix(store, STORE_FINDINGS, &prefix, err);
}
