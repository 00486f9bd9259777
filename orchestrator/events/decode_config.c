/* AWS Config: the compliance of a rule's resource, and changes of configuration items. */
#include "base/banned.h"
#include "events/decode.h"
#include "events/fields.h"
#include "events/identity.h"

/* A rule of a conformance pack has the suffix "-conformance-pack-ID". The suffix stays, since it is
 * a part of the rule's name. */
int decode_config_compliance(const struct decoding *in, struct signal *signal, struct err *err)
{
	static const struct field_rule rules[] = {
		FIELD("configRuleName", FIELD_NEEDED, type),
		FIELD("awsAccountId", FIELD_ACCOUNT, account),
		FIELD("awsRegion", FIELD_REGION, region),
		FIELD("resourceId", FIELD_LOOSE, resource),
		FIELD("resourceType", FIELD_LOOSE, resource_type),
		FIELD("newEvaluationResult.resultRecordedTime|notificationCreationTime", FIELD_TIME,
			time_ms),
		FIELD("newEvaluationResult.annotation", FIELD_TITLE, title),
	};

	signal->source = SIGNAL_CONFIG;
	if (field_expect(in, "newEvaluationResult", JSON_OBJECT, err) < 0 ||
		field_expect(in, "newEvaluationResult.complianceType", JSON_STRING, err) < 0 ||
		fields_take(in, rules, ARRAY_LENGTH(rules), signal, err) < 0)
		return -1;
	if (field_is(in->finding, "newEvaluationResult.complianceType", "COMPLIANT") ||
		field_is(in->finding, "newEvaluationResult.complianceType", "NOT_APPLICABLE"))
		signal->state = SIGNAL_CLOSED;
	signal->identity = identity_of(in->finding, "config",
		"awsAccountId awsRegion configRuleARN|configRuleName resourceType resourceId "
		"newEvaluationResult.complianceType "
		"newEvaluationResult.resultRecordedTime|notificationCreationTime");
	return 0;
}

/* Items that are too large for a message come as a summary with the same member names. The signal's
 * type is the type of the resource. A deletion counts as a change: it does not close the signal,
 * since it may be the deletion of a trail. */
int decode_config_item(const struct decoding *in, struct signal *signal, struct err *err)
{
#define ITEM(name) "configurationItem." name "|configurationItemSummary." name
	static const struct field_rule rules[] = {
		FIELD(ITEM("resourceType"), FIELD_NEEDED, type),
		FIELD(ITEM("resourceType"), FIELD_STRICT, resource_type),
		FIELD(ITEM("awsAccountId"), FIELD_ACCOUNT, account),
		FIELD(ITEM("awsRegion"), FIELD_REGION, region),
		FIELD(ITEM("ARN") "|" ITEM("resourceId"), FIELD_LOOSE, resource),
		FIELD(ITEM("configurationItemCaptureTime") "|notificationCreationTime", FIELD_TIME,
			time_ms),
	};

	signal->source = SIGNAL_CONFIG;
	if (fields_take(in, rules, ARRAY_LENGTH(rules), signal, err) < 0)
		return -1;
	/* clang-format off */
	signal->identity = identity_of(in->finding, "config-item",
		ITEM("awsAccountId") " " ITEM("awsRegion") " " ITEM("resourceType") " " ITEM("resourceId")
		" " ITEM("configurationItemCaptureTime") " " ITEM("configurationStateId")
		" " ITEM("configurationItemStatus"));
	/* clang-format on */
	return 0;
#undef ITEM
}
