/* Amazon Inspector findings. */
#include "base/banned.h"
#include "events/decode.h"
#include "events/fields.h"
#include "events/identity.h"

static const struct field_rule rules[] = {
	FIELD("type", FIELD_NEEDED, type),
	FIELD("awsAccountId", FIELD_ACCOUNT, account),
	FIELD("resources.0.region", FIELD_REGION, region),
	FIELD("resources.0.id", FIELD_LOOSE, resource),
	FIELD("resources.0.type", FIELD_LOOSE, resource_type),
	FIELD("updatedAt|lastObservedAt", FIELD_TIME, time_ms),
	FIELD("title", FIELD_TITLE, title),
};

int decode_inspector(const struct decoding *in, struct signal *signal, struct err *err)
{
	signal->source = SIGNAL_INSPECTOR;
	if (fields_take(in, rules, ARRAY_LENGTH(rules), signal, err) < 0 ||
		field_expect(in, "status", JSON_STRING, err) < 0)
		return -1;
	const char *arn = field_text(in->finding, "findingArn");
	if (arn == NULL)
		return err_set(err, ERR_PROTOCOL, "MissingField", "%s: findingArn is missing",
			in->detail_type);
	if (signal->region == NULL && field_at(in->finding, "resources.0.region") == NULL)
		signal->region = arn_region(arn);
	signal->severity = severity_of_word(field_text(in->finding, "severity"));
	if (field_is(in->finding, "status", "CLOSED") || field_is(in->finding, "status", "SUPPRESSED"))
		signal->state = SIGNAL_CLOSED;
	signal->identity =
		identity_of(in->finding, "inspector", "awsAccountId findingArn updatedAt status severity");
	return 0;
}
