/*
 * Updates the findings that led to a change, in the orchestrator's account, where an organization's
 * findings are aggregated. The note begins with a marker: the update causes an event, which must
 * not be taken for a new finding.
 * https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchUpdateFindings.html
 */
#include "security_hub/update.h"

#include "aws/client_view.h"
#include "config/values.h"
#include "security_hub/internal.h"
#include "security_hub/text.h"

#include "base/banned.h"
#include "base/count.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"

/* The limits of both operations. */
#define FINDINGS_PER_CALL 100
#define NOTE_MAX_BYTES 512
#define FAILURES_TOLD 5

enum {
	OCSF_IN_PROGRESS = 2,
	OCSF_RESOLVED = 4,
};

struct telling {
	const struct hub_run *run;
	const char *home_region;
	struct hub_calls calls;
	const struct security_hub_update *updates;
	size_t count;
	bool *told; /* for each update, whether it was sent */
	size_t failures;
};

/* Security Hub v2 if the finding is known by OCSF's id. */
static bool is_v2(const struct security_hub_update *update)
{
	return update->metadata_uid != NULL;
}

static const char *region_of(const struct telling *telling,
	const struct security_hub_update *update)
{
	return update->region != NULL ? update->region : telling->home_region;
}

/* One call gives all of its findings the same note and state. */
static bool go_together(const struct telling *telling, const struct security_hub_update *left,
	const struct security_hub_update *right)
{
	return is_v2(left) == is_v2(right) && left->mended == right->mended &&
		strcmp(left->note, right->note) == 0 &&
		strcmp(region_of(telling, left), region_of(telling, right)) == 0;
}

static json_t *identifier(const struct security_hub_update *update)
{
	if (is_v2(update))
		return json_text(update->metadata_uid);
	return json_pack("{s:o, s:o}", "Id", json_text(update->finding_id), "ProductArn",
		json_text(update->product_arn));
}

static bool holds(const json_t *array, const json_t *value)
{
	size_t index;
	json_t *item;

	json_array_foreach((json_t *)array, index, item)
		if (json_equal(item, value))
			return true;
	return false;
}

/* Returns the findings that can be updated in one call with updates[first], each once; they count
 * as sent then. */
static json_t *take_batch(struct telling *telling, size_t first)
{
	const struct security_hub_update *lead = &telling->updates[first];
	json_t *batch = json_array();

	for (size_t i = first; i < telling->count && json_array_size(batch) < FINDINGS_PER_CALL; i++) {
		if (telling->told[i] || !go_together(telling, lead, &telling->updates[i]))
			continue;
		CLEANUP_JSON json_t *finding = identifier(&telling->updates[i]);
		telling->told[i] = true;
		if (!holds(batch, finding))
			json_array_append(batch, finding);
	}
	return batch;
}

static json_t *note_of(const struct security_hub_update *update)
{
	CLEANUP_FREE char *text = xasprintf(SECURITY_HUB_NOTE_MARKER "%s", update->note);

	return hub_text(text, NOTE_MAX_BYTES);
}

static json_t *params_of(const struct security_hub_update *update, json_t *batch)
{
	if (is_v2(update))
		return json_pack("{s:O, s:o, s:i}", "MetadataUids", batch, "Comment", note_of(update),
			"StatusId", update->mended ? OCSF_RESOLVED : OCSF_IN_PROGRESS);
	return json_pack("{s:O, s:{s:o, s:s}, s:{s:s}}", "FindingIdentifiers", batch, "Note", "Text",
		note_of(update), "UpdatedBy", "reeve", "Workflow", "Status",
		update->mended ? "RESOLVED" : "NOTIFIED");
}

/* The response has status 200 even if some findings were not updated. */
static void tell_unprocessed(struct telling *telling, const json_t *answer)
{
	size_t index;
	json_t *failure;

	json_array_foreach(json_object_get(answer, "UnprocessedFindings"), index, failure) {
		const char *id = json_get_string(failure, "MetadataUid");

		if (id == NULL)
			id = json_get_string_or(json_object_get(failure, "FindingIdentifier"), "Id",
				"(not named)");
		if (telling->failures++ < FAILURES_TOLD)
			log_write(LOG_WARNING,
				&(struct log_place){ .run = telling->run->id, .region = telling->calls.region },
				"Security Hub has not updated finding %s: %s: %s", id,
				json_get_string_or(failure, "ErrorCode", "not said"),
				json_get_string_or(failure, "ErrorMessage", "not said"));
	}
}

static MAY_YIELD void tell_batch(struct telling *telling, const struct security_hub_update *lead,
	json_t *batch)
{
	CLEANUP_JSON json_t *answer = NULL;
	struct err err = ERR_INIT;
	struct aws_call call = {
		.operation = is_v2(lead) ? &aws_securityhub_BatchUpdateFindingsV2
								 : &aws_securityhub_BatchUpdateFindings,
		.region = region_of(telling, lead),
		.params = params_of(lead, batch),
	};

	telling->calls.region = call.region;
	snprintf(telling->calls.why, sizeof telling->calls.why, "%s that led to a change",
		count_of(json_array_size(batch), "finding"));
	if (aws_write(&telling->calls.writer, &call, &answer, &err) == 0) {
		tell_unprocessed(telling, answer);
		return;
	}
	telling->failures += json_array_size(batch);
	if (err.kind != ERR_CANCELLED)
		log_write(LOG_WARNING,
			&(struct log_place){ .run = telling->run->id, .region = call.region },
			"%s in Security Hub could not be updated: %s",
			count_of(json_array_size(batch), "finding"), err.message);
}

static bool names_finding(const struct security_hub_update *update)
{
	return update->note != NULL &&
		(is_v2(update) || (update->finding_id != NULL && update->product_arn != NULL));
}

void security_hub_send_updates(const struct hub_run *run, const struct security_hub_update *updates,
	size_t count)
{
	struct telling telling = {
		.run = run,
		.home_region = config_string(run->config, "organization", "home_region"),
		.updates = updates,
		.count = count,
	};

	if (!hub_wanted(run, "update") || count == 0)
		return;
	telling.told = xcalloc(count, sizeof *telling.told);
	hub_calls_prepare(&telling.calls, run, run->own_account, run->own,
		security_hub_update_permissions, "security-hub.update");
	for (size_t i = 0; i < count; i++)
		telling.told[i] = !names_finding(&updates[i]);
	for (size_t i = 0; i < count; i++) {
		if (telling.told[i])
			continue;
		CLEANUP_JSON json_t *batch = take_batch(&telling, i);
		tell_batch(&telling, &updates[i], batch);
	}
	free(telling.told);
}
