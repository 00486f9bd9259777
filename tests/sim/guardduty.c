/* GuardDuty, REST JSON: detectors. https://docs.aws.amazon.com/guardduty/latest/APIReference/ */
#include "guardduty.h"

#include <string.h>

#include "lag.h"
#include "permissions.h"

void guardduty_bad(struct call *call, const char *message)
{
	call_fail_with(call, 400, "BadRequestException", message, "InvalidInputException");
}

static struct detector *here(struct call *call)
{
	return &account_detail(call->caller.account)->detectors[call->region_index];
}

/* Keeps the state before a write, for --lag. */
static void keep(const struct call *call)
{
	lag_keep_detector(account_detail(call->caller.account), call->region_index);
}

static bool named(struct call *call, const struct detector *d)
{
	char id[33];

	detector_id(call->caller.account, call->region_index, id);
	if (d->exists && slice_is(call->detector, id))
		return true;
	guardduty_bad(call,
		"The request is rejected because the input detectorId is not owned by the current "
		"account.");
	return false;
}

struct detector *guardduty_own(struct call *call)
{
	struct detector *d = here(call);

	return named(call, d) ? d : NULL;
}

const struct detector *guardduty_seen(struct call *call)
{
	const struct detector *d =
		lag_detector(account_detail(call->caller.account), call->region_index);

	return named(call, d) ? d : NULL;
}

/* Members of an administrator can't change what it manages. */
static bool managed(struct call *call)
{
	if (!call->caller.account->gd_admin)
		return false;
	guardduty_bad(call,
		"The request is rejected because member accounts cannot update the detector settings that "
		"are "
		"managed by the administrator account.");
	return true;
}

void guardduty_ListDetectors(struct call *call)
{
	const struct detector *d =
		lag_detector(account_detail(call->caller.account), call->region_index);
	struct buf *b = call_answer(call);
	char id[33];

	if (!d->exists) {
		buf_str(b, "{\"detectorIds\":[]}");
		return;
	}
	detector_id(call->caller.account, call->region_index, id);
	buf_printf(b, "{\"detectorIds\":[\"%s\"]}", id);
}

void guardduty_GetDetector(struct call *call)
{
	const struct detector *d = guardduty_seen(call);
	const char *on, *s3;
	struct buf *b;

	if (!d)
		return;
	on = d->enabled ? "ENABLED" : "DISABLED";
	s3 = d->features & 1 ? "ENABLED" : "DISABLED";
	b = call_answer(call);
	buf_printf(b,
		"{\"createdAt\":\"2023-04-05T06:07:08.901Z\",\"findingPublishingFrequency\":\"%s\","
		"\"serviceRole\":\"arn:aws:iam::%s:role/aws-service-role/guardduty.amazonaws.com/"
		"AWSServiceRoleForAmazonGuardDuty\",\"status\":\"%s\",\"updatedAt\":\"2023-04-05T06:07:08."
		"901Z\","
		"\"dataSources\":{\"cloudTrail\":{\"status\":\"%s\"},\"dnsLogs\":{\"status\":\"%s\"},"
		"\"flowLogs\":{\"status\":\"%s\"},\"s3Logs\":{\"status\":\"%s\"}},\"tags\":{},",
		frequency_names[d->frequency], call->caller.account->id, on, on, on, on, s3);
	guardduty_write_features(b, d, call->region_index, false);
	buf_char(b, '}');
}

/* Reads FindingPublishingFrequency, where it is given. */
static bool read_frequency(struct call *call, uint8_t *frequency)
{
	const char *name = call_json_text(call, "findingPublishingFrequency");

	if (!name)
		return true;
	for (uint8_t i = 0; i < N_FREQUENCIES; i++) {
		if (strcmp(name, frequency_names[i]) == 0) {
			*frequency = i;
			return true;
		}
	}
	guardduty_bad(call,
		"The request is rejected because an invalid or out-of-range value is specified as an input "
		"parameter.");
	return false;
}

/* The first detector of an account makes the service-linked role, which the caller must be allowed
 * to do. */
static bool service_role_allowed(struct call *call)
{
	const struct detail *d = account_detail(call->caller.account);

	for (int i = 0; i < org.n_regions; i++)
		if (d->detectors[i].exists)
			return true;
	return permissions_also(call, "iam:CreateServiceLinkedRole",
		arena_printf(call->arena,
			"arn:aws:iam::%s:role/aws-service-role/guardduty.amazonaws.com/"
			"AWSServiceRoleForAmazonGuardDuty",
			call->caller.account->id),
		"guardduty.amazonaws.com");
}

static void answer_created(struct call *call)
{
	char id[33];

	detector_id(call->caller.account, call->region_index, id);
	buf_printf(call_answer(call), "{\"detectorId\":\"%s\"}", id);
}

void guardduty_CreateDetector(struct call *call)
{
	const char *token = call_json_text(call, "clientToken"), *error;
	uint64_t token_hash = token && *token ? hash_bytes(7, token, strlen(token)) | 1 : 0;
	struct detector *d = here(call), fresh = { .exists = true, .frequency = FREQUENCY_SIX_HOURS };

	if (!json_is_boolean(json_object_get(call->json, "enable"))) {
		guardduty_bad(call, "The request is rejected because enable is a required parameter.");
		return;
	}
	if (d->exists && token_hash && d->token == token_hash) {
		answer_created(call);
		return;
	}
	if (d->exists) {
		guardduty_bad(call,
			"The request is rejected because a detector already exists for the current account.");
		return;
	}
	fresh.features = features_default(call->region_index);
	error = guardduty_apply_features(call, &fresh.features);
	if (error) {
		guardduty_bad(call, error);
		return;
	}
	if (!read_frequency(call, &fresh.frequency) || !service_role_allowed(call))
		return;
	fresh.enabled = json_is_true(json_object_get(call->json, "enable"));
	fresh.token = token_hash;
	fresh.generation = (uint16_t)(d->generation + 1);
	keep(call);
	*d = fresh;
	answer_created(call);
}

void guardduty_UpdateDetector(struct call *call)
{
	struct detector *d = guardduty_own(call), changed;
	const json_t *enable = json_object_get(call->json, "enable");
	const char *error;

	if (!d || managed(call))
		return;
	changed = *d;
	error = guardduty_apply_features(call, &changed.features);
	if (!error && enable && !json_is_boolean(enable))
		error = "The request is rejected because an invalid or out-of-range value is specified as "
				"an input parameter.";
	if (error) {
		guardduty_bad(call, error);
		return;
	}
	if (!read_frequency(call, &changed.frequency))
		return;
	if (enable)
		changed.enabled = json_is_true(enable);
	keep(call);
	*d = changed;
	buf_str(call_answer(call), "{}");
}

void guardduty_DeleteDetector(struct call *call)
{
	struct detector *d = guardduty_own(call);

	if (!d || managed(call))
		return;
	keep(call);
	d->exists = false;
	d->token = 0;
	buf_str(call_answer(call), "{}");
}
