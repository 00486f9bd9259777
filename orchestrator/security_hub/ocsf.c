/*
 * A finding as an OCSF 1.6 Compliance Finding (class 2003), the version that Security Hub itself
 * uses. https://schema.ocsf.io/1.6.0/classes/compliance_finding
 */
#include "security_hub/ocsf.h"

#include "aws/endpoint/partitions.h"
#include "baselines/names.h"
#include "security_hub/internal.h"
#include "security_hub/text.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"

enum {
	CLASS_COMPLIANCE_FINDING = 2003,
	CATEGORY_FINDINGS = 2,
	ACCOUNT_TYPE_AWS = 10,
};

/* OCSF's numeric values with their names. */
struct caption {
	int id;
	const char *name;
};

static struct caption activity_of(const struct hub_view *view, const char *first_seen,
	int64_t first_ms)
{
	if (status_is_fine(view->status))
		return (struct caption){ 3, "Close" };
	return first_seen == NULL || first_ms >= view->observed_ms ? (struct caption){ 1, "Create" }
															   : (struct caption){ 2, "Update" };
}

static struct caption severity_of(const struct hub_view *view)
{
	static const char *const names[] = { "Informational", "Low", "Medium", "High", "Critical" };

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (strcmp(view->severity, severity_name((enum severity)i)) == 0)
			return (struct caption){ (int)i + 1, names[i] };
	return (struct caption){ 0, "Unknown" };
}

static struct caption status_of(const struct hub_view *view)
{
	switch (view->status) {
	case STATUS_AWAITING_APPROVAL:
		return (struct caption){ 2, "In Progress" };
	case STATUS_EXEMPT:
		return (struct caption){ 3, "Suppressed" };
	case STATUS_REMEDIATED:
	case STATUS_COMPLIANT:
	case STATUS_NOT_APPLICABLE:
		return (struct caption){ 4, "Resolved" };
	default:
		return (struct caption){ 1, "New" };
	}
}

static struct caption compliance_of(const struct hub_view *view)
{
	const char *status = hub_compliance(view);

	if (strcmp(status, "PASSED") == 0)
		return (struct caption){ 1, "Pass" };
	return strcmp(status, "FAILED") == 0 ? (struct caption){ 3, "Fail" }
										 : (struct caption){ 0, "Unknown" };
}

/* Returns the Security Hub control that the baseline implements, since readers know it; else the
 * baseline itself. */
static const char *control_of(const struct hub_view *view)
{
	if (view->baseline != NULL)
		for (const struct control *control = view->baseline->controls; control->id != NULL;
			control++)
			if (control->framework == FRAMEWORK_FSBP)
				return control->id;
	return view->baseline_id;
}

static json_t *compliance(const struct hub_view *view)
{
	struct caption status = compliance_of(view);
	json_t *result = json_pack("{s:o, s:o, s:o, s:i, s:s}", "control",
		hub_text(control_of(view), HUB_FIELD_MAX), "standards", hub_frameworks(view),
		"requirements", hub_requirements(view), "status_id", status.id, "status", status.name);

	if (view->cause_message != NULL)
		json_object_set_new(result, "status_details",
			json_pack("[o]", hub_text(view->cause_message, HUB_FIELD_MAX)));
	return result;
}

/* Returns the partition ("aws") by the ARN or the region; NULL when neither tells it. */
static const char *partition_of(const struct hub_view *view, char out[16])
{
	if (sscanf(view->resource, "arn:%15[a-z-]:", out) == 1)
		return out;
	return aws_region_valid(view->region) ? aws_partition_of(view->region)->name : NULL;
}

/* A resource without a region has no region member. */
static json_t *resources(const struct hub_view *view, const char *region)
{
	char storage[16];
	const char *partition = partition_of(view, storage);
	CLEANUP_JSON json_t *resource =
		hub_resource(view, partition != NULL ? partition : "aws", region != NULL ? region : "");

	return json_pack("[{s:O, s:O, s:s*, s:s*}]", "uid", json_object_get(resource, "id"), "type",
		json_object_get(resource, "type"), "region", region, "cloud_partition", partition);
}

static json_t *cloud(const struct hub_view *view, const char *region)
{
	json_t *account = json_pack("{s:o, s:i, s:s}", "uid",
		hub_text(view->account, HUB_REQUIREMENT_MAX), "type_id", ACCOUNT_TYPE_AWS, "type",
		"AWS Account");

	if (view->account_name != NULL)
		json_object_set_new(account, "name", hub_text(view->account_name, HUB_TITLE_MAX));
	return json_pack("{s:s, s:s*, s:o}", "provider", "AWS", "region", region, "account", account);
}

static json_t *finding_info(const struct hub_view *view, int64_t first_ms)
{
	char id[HUB_ID_MAX + 1];

	hub_finding_id(view, id);
	return json_pack("{s:o, s:o, s:o, s:I, s:I, s:I}", "uid", hub_text(id, HUB_ID_MAX), "title",
		hub_title(view), "desc", hub_description(view), "created_time", (json_int_t)first_ms,
		"first_seen_time", (json_int_t)first_ms, "last_seen_time", (json_int_t)view->observed_ms);
}

static json_t *metadata(const struct hub_view *view, int64_t now_ms)
{
	json_t *result = json_pack("{s:s, s:[s], s:I, s:{s:s, s:s}}", "version", "1.6.0", "profiles",
		"cloud", "logged_time", (json_int_t)now_ms, "product", "name", "Reeve", "vendor_name",
		"Reeve");

	if (view->run != NULL)
		json_object_set_new(result, "correlation_uid", hub_text(view->run, HUB_TITLE_MAX));
	return result;
}

/* Values that have no place in OCSF's schema. */
static json_t *ours(const struct hub_view *view)
{
	const struct {
		const char *key, *value;
	} fields[] = { { "baseline", view->baseline_id }, { "tier", view->tier },
		{ "change", view->change } };
	json_t *result = json_object();

	for (size_t i = 0; i < ARRAY_LENGTH(fields); i++)
		if (fields[i].value != NULL)
			json_object_set_new(result, fields[i].key, hub_text(fields[i].value, HUB_FIELD_MAX));
	return result;
}

json_t *security_hub_ocsf(const struct baseline_set *baselines, const struct finding *finding,
	const char *first_seen, const char *now)
{
	struct hub_view view;
	int64_t now_ms, first_ms;

	hub_view_of(baselines, finding, &view);
	if (clock_parse_rfc3339(now, &now_ms) < 0)
		now_ms = clock_now_ms();
	if (view.observed_ms == 0)
		view.observed_ms = now_ms;
	if (first_seen == NULL || clock_parse_rfc3339(first_seen, &first_ms) < 0)
		first_ms = view.observed_ms;

	const char *region = aws_region_valid(view.region) ? view.region : NULL;
	struct caption activity = activity_of(&view, first_seen, first_ms),
				   severity = severity_of(&view), status = status_of(&view);
	json_t *result = json_pack("{s:i, s:s, s:i, s:s, s:i, s:s, s:i, s:o}", "activity_id",
		activity.id, "activity_name", activity.name, "category_uid", CATEGORY_FINDINGS,
		"category_name", "Findings", "class_uid", CLASS_COMPLIANCE_FINDING, "class_name",
		"Compliance Finding", "type_uid", CLASS_COMPLIANCE_FINDING * 100 + activity.id, "type_name",
		json_sprintf("Compliance Finding: %s", activity.name));
	json_t *rest = json_pack(
		"{s:i, s:s, s:i, s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:o}, s:o}", "severity_id",
		severity.id, "severity", severity.name, "status_id", status.id, "status", status.name,
		"status_code", status_name(view.status), "time", (json_int_t)view.observed_ms, "message",
		hub_title(&view), "metadata", metadata(&view, now_ms), "cloud", cloud(&view, region),
		"finding_info", finding_info(&view, first_ms), "compliance", compliance(&view), "resources",
		resources(&view, region), "remediation", "desc", hub_remedy(&view), "unmapped",
		ours(&view));
	json_object_update(result, rest);
	json_decref(rest);
	return result;
}
