/*
 * A finding in ASFF, for the default product of its account.
 *
 * BatchImportFindings may set Note, UserDefinedFields, VerificationState and Workflow only when it
 * creates a finding, and is not meant for Confidence, Criticality, RelatedFindings, Severity and
 * Types at the top level: those are the customer's, so that none of them is ever written here. What
 * the provider thinks of severity and types goes into FindingProviderFields.
 * https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html
 */
#include "security_hub/asff.h"

#include "baselines/names.h"
#include "security_hub/internal.h"
#include "security_hub/text.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"

static json_t *finding_types(const struct hub_view *view)
{
	json_t *types =
		json_pack("[s]", "Software and Configuration Checks/AWS Security Best Practices");
	CLEANUP_JSON json_t *frameworks = hub_frameworks(view);
	size_t index;
	json_t *framework;

	json_array_foreach(frameworks, index, framework)
		json_array_append_new(types,
			json_sprintf("Software and Configuration Checks/Industry and Regulatory Standards/%s",
				json_string_value(framework)));
	return types;
}

static const char *severity_label(const struct hub_view *view)
{
	static const char *const labels[] = { "INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL" };

	for (size_t i = 0; i < ARRAY_LENGTH(labels); i++)
		if (strcmp(view->severity, severity_name((enum severity)i)) == 0)
			return labels[i];
	return "MEDIUM";
}

static json_t *provider_fields(const struct hub_view *view)
{
	return json_pack("{s:{s:s, s:o}, s:o}", "Severity", "Label", severity_label(view), "Original",
		hub_text(view->severity, HUB_REQUIREMENT_MAX), "Types", finding_types(view));
}

static json_t *compliance(const struct hub_view *view)
{
	json_t *reason = json_pack("{s:s}", "ReasonCode", hub_reason_code(view));
	json_t *requirements = hub_requirements(view);
	json_t *result =
		json_pack("{s:s, s:[o]}", "Status", hub_compliance(view), "StatusReasons", reason);

	if (view->end == HUB_PRESENT && view->cause_message != NULL)
		json_object_set_new(reason, "Description", hub_text(view->cause_message, HUB_REASON_MAX));
	if (json_array_size(requirements) > 0)
		json_object_set(result, "RelatedRequirements", requirements);
	json_decref(requirements);
	return result;
}

static json_t *product_fields(const struct hub_view *view)
{
	const struct {
		const char *key, *value;
	} fields[] = {
		{ "reeve/baseline", view->baseline_id },
		{ "reeve/status", view->end == HUB_PRESENT ? status_name(view->status) : NULL },
		{ "reeve/tier", view->tier },
		{ "reeve/cause", view->end == HUB_PRESENT ? view->cause_code : NULL },
		{ "reeve/change", view->change },
		{ "reeve/run", view->run },
	};
	json_t *result = json_object();

	for (size_t i = 0; i < ARRAY_LENGTH(fields); i++)
		if (fields[i].value != NULL && fields[i].value[0] != '\0')
			json_object_set_new(result, fields[i].key, hub_text(fields[i].value, HUB_FIELD_MAX));
	return result;
}

static json_t *resources(const struct hub_view *view, const char *partition, const char *region)
{
	CLEANUP_JSON json_t *resource = hub_resource(view, partition, region);

	return json_pack("[{s:O, s:O, s:s, s:s}]", "Type", json_object_get(resource, "type"), "Id",
		json_object_get(resource, "id"), "Partition", partition, "Region", region);
}

json_t *hub_asff(const struct hub_view *view, const char *partition, const char *home_region,
	const char *first_seen, const char *now)
{
	const char *region = hub_region_of(view, home_region);
	char id[HUB_ID_MAX + 1], observed[CLOCK_RFC3339_SIZE] = "";

	hub_finding_id(view, id);
	if (view->observed_ms > 0 && view->end == HUB_PRESENT)
		clock_format_rfc3339(view->observed_ms, observed);
	return json_pack(
		"{s:s, s:s, s:o, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:{s:{s:o}}, s:o, s:o, s:s}",
		"SchemaVersion", "2018-10-08", "Id", id, "ProductArn",
		json_sprintf("arn:%s:securityhub:%s:%s:product/%s/default", partition, region,
			view->account, view->account),
		"GeneratorId", json_sprintf(SECURITY_HUB_GENERATOR "%.128s", view->baseline_id),
		"AwsAccountId", view->account, "CreatedAt",
		first_seen != NULL        ? first_seen
			: observed[0] != '\0' ? observed
								  : now,
		"UpdatedAt", observed[0] != '\0' ? observed : now, "FindingProviderFields",
		provider_fields(view), "Title", hub_title(view), "Description", hub_description(view),
		"Compliance", compliance(view), "Remediation", "Recommendation", "Text", hub_remedy(view),
		"ProductFields", product_fields(view), "Resources", resources(view, partition, region),
		"RecordState", view->end == HUB_PRESENT ? "ACTIVE" : "ARCHIVED");
}

/* A finding that belongs to no region is written for the region that hosts the partition's
 * global services, unless another region is given. */
static const char *global_region(const char *partition)
{
	if (strcmp(partition, "aws-us-gov") == 0)
		return "us-gov-west-1";
	return strcmp(partition, "aws-cn") == 0 ? "cn-north-1" : "us-east-1";
}

json_t *security_hub_asff(const struct baseline_set *baselines, const struct finding *finding,
	const char *partition, const char *first_seen, const char *now)
{
	struct hub_view view;

	hub_view_of(baselines, finding, &view);
	return hub_asff(&view, partition, global_region(partition), first_seen, now);
}
