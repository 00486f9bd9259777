/* GuardDuty: protection plans, as written to and read from a request. */
#include <string.h>

#include "guardduty.h"

static void write_one(struct buf *b, const char *name, bool on)
{
	buf_printf(b, "{\"name\":\"%s\",\"status\":\"%s\",\"updatedAt\":1650000000", name,
		on ? "ENABLED" : "DISABLED");
}

static void write_additional(struct buf *b, int feature, unsigned bits)
{
	bool eks = feature == FEATURE_EKS_RUNTIME_MONITORING;
	int last = eks ? FEATURE_EKS_ADDON_MANAGEMENT : FEATURE_EC2_AGENT_MANAGEMENT;

	buf_str(b, ",\"additionalConfiguration\":[");
	for (int i = FEATURE_EKS_ADDON_MANAGEMENT; i <= last; i++) {
		if (i > FEATURE_EKS_ADDON_MANAGEMENT)
			buf_char(b, ',');
		write_one(b, feature_names[i], bits >> (eks ? FEATURE_EKS_RUNTIME_ADDON : i) & 1);
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

void guardduty_write_features(struct buf *b, const struct detector *d, int region, bool members)
{
	static const char *const foundation[] = { "CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS" };
	const char *comma = "";

	buf_str(b, "\"features\":[");
	for (int i = 0; i < 3 && !members; i++, comma = ",") {
		buf_str(b, comma);
		write_one(b, foundation[i], d->enabled);
		buf_char(b, '}');
	}
	for (int i = 0; i < N_FEATURES; i++) {
		if (!region_has_feature(region, i))
			continue;
		buf_str(b, comma);
		comma = ",";
		write_one(b, feature_names[i], d->features >> i & 1);
		if (i == FEATURE_EKS_RUNTIME_MONITORING || i == FEATURE_RUNTIME_MONITORING)
			write_additional(b, i, d->features);
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

static int index_of(const char *name, int from, int to)
{
	for (int i = from; name && i < to; i++)
		if (strcmp(feature_names[i], name) == 0)
			return i;
	return -1;
}

/* Returns 1 for ENABLED, 0 for DISABLED, and -1 for anything else. */
static int status_of(const json_t *item)
{
	const char *status = json_string_value(json_object_get(item, "status"));

	if (!status)
		return -1;
	return strcmp(status, "ENABLED") == 0 ? 1 : strcmp(status, "DISABLED") == 0 ? 0 : -1;
}

static void set_bit(uint16_t *bits, int bit, int on)
{
	*bits = (uint16_t)(on ? *bits | 1u << bit : *bits & ~(1u << bit));
}

static const char *apply_additional(const json_t *feature, int index, uint16_t *bits)
{
	const json_t *list = json_object_get(feature, "additionalConfiguration");
	size_t i;
	json_t *item;

	if (!json_array_size(list))
		return NULL;
	if (index != FEATURE_RUNTIME_MONITORING && index != FEATURE_EKS_RUNTIME_MONITORING)
		return "The request is rejected because the feature does not support additional "
			   "configuration.";
	json_array_foreach(list, i, item) {
		int bit =
			index_of(json_string_value(json_object_get(item, "name")), N_FEATURES, N_FEATURE_BITS);
		int on = status_of(item);

		if (bit < 0 || on < 0 ||
			(index == FEATURE_EKS_RUNTIME_MONITORING && bit != FEATURE_EKS_ADDON_MANAGEMENT))
			return "The request is rejected because an invalid or out-of-range value is specified "
				   "as an input parameter.";
		set_bit(bits, index == FEATURE_EKS_RUNTIME_MONITORING ? FEATURE_EKS_RUNTIME_ADDON : bit,
			on);
	}
	return NULL;
}

const char *guardduty_apply_features(struct call *call, uint16_t *bits)
{
	const json_t *list = json_object_get(call->json, "features");
	unsigned seen = 0;
	size_t i;
	json_t *item;

	if (list && !json_is_array(list))
		return "The request is rejected because features is not a list.";
	json_array_foreach(list, i, item) {
		const char *name = json_string_value(json_object_get(item, "name")), *error;
		int index = index_of(name, 0, N_FEATURES), on = status_of(item);

		if (index < 0 || on < 0)
			return "The request is rejected because an invalid or out-of-range value is specified "
				   "as an input parameter.";
		if (!region_has_feature(call->region_index, index))
			return arena_printf(call->arena,
				"The request is rejected because the feature %s is not supported in this region.",
				name);
		set_bit(bits, index, on);
		seen |= 1u << index;
		error = apply_additional(item, index, bits);
		if (error)
			return error;
	}
	if ((seen >> FEATURE_EKS_RUNTIME_MONITORING & 1) && (seen >> FEATURE_RUNTIME_MONITORING & 1))
		return "The request is rejected because EKS_RUNTIME_MONITORING and RUNTIME_MONITORING must "
			   "not be specified together.";
	return NULL;
}
