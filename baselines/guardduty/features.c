#include "baselines/guardduty/features.h"

#include "base/banned.h"
#include "base/json.h"

const char *const guardduty_feature_names[] = {
	"S3_DATA_EVENTS",
	"EKS_AUDIT_LOGS",
	"EBS_MALWARE_PROTECTION",
	"RDS_LOGIN_EVENTS",
	"LAMBDA_NETWORK_LOGS",
	"RUNTIME_MONITORING",
	"EKS_ADDON_MANAGEMENT",
	"ECS_FARGATE_AGENT_MANAGEMENT",
	"EC2_AGENT_MANAGEMENT",
	NULL,
};
/* The last three are additional configurations of RUNTIME_MONITORING. */
#define FIRST_ADDITIONAL 6

/* Adds the status of a feature under its name. The texts of AWS's response are valid UTF-8. */
static const char *add_status(json_t *statuses, const json_t *feature)
{
	const char *name = json_get_string_or(feature, "Name", "?");

	json_object_set_nocheck(statuses, name, json_object_get(feature, "Status"));
	return name;
}

/* Additional configurations stand beside their features. */
json_t *guardduty_features_of(const json_t *detector)
{
	const json_t *features = json_object_get(detector, "Features");
	json_t *result = json_object();
	size_t i, j;
	json_t *feature, *additional;

	json_array_foreach(features, i, feature) {
		/* RUNTIME_MONITORING replaces EKS_RUNTIME_MONITORING, whose additional configuration has
		 * the same name. */
		if (strcmp(add_status(result, feature), "RUNTIME_MONITORING") != 0)
			continue;
		const json_t *configurations = json_object_get(feature, "AdditionalConfiguration");
		json_array_foreach(configurations, j, additional)
			add_status(result, additional);
	}
	return result;
}

json_t *guardduty_missing_features(const json_t *state, const json_t *settings)
{
	const json_t *observed = json_object_get(state, "features"),
				 *wanted = json_object_get(settings, "features");
	json_t *missing = json_array();
	size_t index;
	json_t *feature;

	json_array_foreach(wanted, index, feature)
		if (strcmp(json_get_string_or(observed, json_string_value(feature), ""), "ENABLED") != 0)
			json_array_append(missing, feature);
	return missing;
}

static bool is_additional(const char *feature)
{
	for (size_t i = FIRST_ADDITIONAL; guardduty_feature_names[i] != NULL; i++)
		if (strcmp(guardduty_feature_names[i], feature) == 0)
			return true;
	return false;
}

json_t *guardduty_feature_configurations(const json_t *names, const json_t *statuses)
{
	json_t *result = json_array(), *runtime = NULL, *additional = json_array();
	size_t index;
	json_t *name;

	json_array_foreach((json_t *)names, index, name) {
		const char *status = json_get_string_or(statuses, json_string_value(name), "ENABLED");
		json_t *entry = json_pack("{s:O, s:s}", "Name", name, "Status", status);

		if (is_additional(json_string_value(name))) {
			json_array_append_new(additional, entry);
			continue;
		}
		json_array_append_new(result, entry);
		if (strcmp(json_string_value(name), "RUNTIME_MONITORING") == 0)
			runtime = entry;
	}
	if (json_array_size(additional) > 0) {
		if (runtime == NULL) {
			/* An additional configuration can only be set together with its feature, which is then
			 * enabled, too. */
			runtime = json_pack("{s:s, s:s}", "Name", "RUNTIME_MONITORING", "Status",
				json_get_string_or(statuses, "RUNTIME_MONITORING", "ENABLED"));
			json_array_append_new(result, runtime);
		}
		json_object_set(runtime, "AdditionalConfiguration", additional);
	}
	json_decref(additional);
	return result;
}

json_t *guardduty_feature_statuses(const json_t *names, const json_t *observed)
{
	json_t *result = json_object();
	size_t index;
	json_t *name;

	json_array_foreach((json_t *)names, index, name)
		json_object_set_new(result, json_string_value(name),
			json_string(observed != NULL
					? json_get_string_or(observed, json_string_value(name), "DISABLED")
					: "ENABLED"));
	return result;
}
