/* Security Hub findings in AWS's own format (ASFF), imported or sent on by a custom action, and
 * insights. */
#include "base/banned.h"
#include "base/mem.h"
#include "events/decode.h"
#include "events/fields.h"
#include "events/identity.h"

static const struct field_rule rules[] = {
	FIELD("AwsAccountId", FIELD_ACCOUNT, account),
	FIELD("Resources.0.Region|Region", FIELD_REGION, region),
	FIELD("Resources.0.Id", FIELD_LOOSE, resource),
	FIELD("Resources.0.Type", FIELD_LOOSE, resource_type),
	FIELD("UpdatedAt|CreatedAt", FIELD_TIME, time_ms),
	FIELD("Title", FIELD_TITLE, title),
	FIELD("Id", FIELD_NEEDED, finding_id),
	FIELD("ProductArn", FIELD_NEEDED, product_arn),
};

/* The type is the control that the finding is about, else the type of the finding. Standards name a
 * control in these members, the newest first. "1.6" alone isn't used, since it could be of any
 * version of the CIS benchmark. */
static char *type_of(const json_t *finding)
{
	const char *control =
		field_text(finding, "Compliance.SecurityControlId|ProductFields.ControlId");
	const char *generator = field_text(finding, "GeneratorId");
	const char *kind =
		field_text(finding, "Types.0|FindingProviderFields.Types.0|GeneratorId|Title");

	if (control != NULL)
		return xstrdup(control);
	if (generator != NULL && strncmp(generator, "security-control/", 17) == 0 &&
		generator[17] != '\0')
		return xstrdup(generator + 17);
	const char *rule = generator != NULL ? strstr(generator, "cis-aws-foundations-benchmark/v/")
										 : NULL;
	if (rule != NULL)
		return xstrdup(rule);
	return xstrdup(kind != NULL ? kind : "finding");
}

/* The severity is the label's, or that of the number in older findings: 1-39 low, 40-69 medium,
 * 70-89 high, 90-100 critical. */
static int severity_of(const json_t *finding)
{
	int severity = severity_of_word(field_text(finding,
		"Severity.Label|FindingProviderFields.Severity.Label"));
	const json_t *normalized = field_at(finding, "Severity.Normalized");

	if (severity >= 0 || !json_is_integer(normalized))
		return severity;
	json_int_t value = json_integer_value(normalized);
	if (value < 0 || value > 100)
		return -1;
	return value == 0 ? 0 : value < 40 ? 1 : value < 70 ? 2 : value < 90 ? 3 : 4;
}

static bool is_over(const json_t *finding)
{
	return field_is(finding, "Workflow.Status", "RESOLVED") ||
		field_is(finding, "Workflow.Status", "SUPPRESSED") ||
		field_is(finding, "Compliance.Status", "PASSED") ||
		field_is(finding, "RecordState", "ARCHIVED");
}

/* The paths that identify one state of one finding. The product is one of them: an account may
 * import any id that it likes, but only under its own product. ProcessedAt isn't, since each copy
 * may have another. */
#define STATE_PATHS \
	"ProductArn AwsAccountId Id UpdatedAt RecordState Workflow.Status Compliance.Status " \
	"Severity.Label Note.UpdatedAt"

int decode_asff(const struct decoding *in, struct signal *signal, struct err *err)
{
	static const char *const objects[] = { "Compliance", "Workflow", "Severity" };

	signal->source = SIGNAL_SECURITY_HUB;
	for (size_t i = 0; i < ARRAY_LENGTH(objects); i++) {
		if (field_expect(in, objects[i], JSON_OBJECT, err) < 0)
			return -1;
	}
	if (field_expect(in, "Resources", JSON_ARRAY, err) < 0 ||
		field_expect(in, "UpdatedAt", JSON_STRING, err) < 0 ||
		fields_take(in, rules, ARRAY_LENGTH(rules), signal, err) < 0)
		return -1;
	/* Older findings don't name their region; the product is always one of the finding's region. */
	if (signal->region == NULL && field_at(in->finding, "Resources.0.Region|Region") == NULL)
		signal->region = arn_region(signal->product_arn);
	signal->type = type_of(in->finding);
	signal->severity = severity_of(in->finding);
	if (is_over(in->finding))
		signal->state = SIGNAL_CLOSED;
	/* A custom action that a person chooses again for the same state of a finding counts again; a
	 * second delivery of the same event doesn't. */
	if (strstr(in->detail_type, "Custom Action") != NULL) {
		char *state = identity_of(in->finding, "finding", STATE_PATHS);
		json_t *asked = json_pack("{s:s, s:s?, s:s?, s:s?}", "state", state, "time",
			field_text(in->event, "time"), "action", field_text(in->event, "resources.0"), "name",
			field_text(in->event, "detail.actionName"));

		signal->identity = identity_of(asked, "security-hub-action", "state time action name");
		json_decref(asked);
		free(state);
	} else {
		signal->identity = identity_of(in->finding, "security-hub", STATE_PATHS);
	}
	return 0;
}

/* A custom action on the results of an insight is about many resources, and about no single
 * finding. */
int decode_insight(const struct decoding *in, struct signal *signal, struct err *err)
{
	static const struct field_rule place[] = {
		FIELD("detail-type", FIELD_NEEDED, type),
		FIELD("account", FIELD_ACCOUNT, account),
		FIELD("region", FIELD_REGION, region),
		FIELD("detail.insightArn", FIELD_LOOSE, resource),
		FIELD("detail.insightName", FIELD_TITLE, title),
		FIELD("time", FIELD_TIME, time_ms),
	};
	const struct decoding envelope = {
		.event = in->event, .detail_type = in->detail_type, .finding = in->event
	};

	signal->source = SIGNAL_SECURITY_HUB;
	if (fields_take(&envelope, place, ARRAY_LENGTH(place), signal, err) < 0)
		return -1;
	signal->identity = identity_of(in->event, "security-hub-insight",
		"account region time detail.insightArn detail.actionName detail.insightResults");
	return 0;
}
