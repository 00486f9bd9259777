/* Amazon Macie findings, about the settings of a bucket or about sensitive data in its objects. The
 * bucket is the resource of both. */
#include "base/banned.h"
#include "base/mem.h"
#include "events/decode.h"
#include "events/fields.h"
#include "events/identity.h"

static const struct field_rule rules[] = {
	FIELD("type", FIELD_NEEDED, type),
	FIELD("accountId", FIELD_ACCOUNT, account),
	FIELD("region", FIELD_REGION, region),
	FIELD("resourcesAffected.s3Bucket.arn|resourcesAffected.s3Bucket.name", FIELD_LOOSE, resource),
	FIELD("updatedAt|createdAt", FIELD_TIME, time_ms),
	FIELD("title", FIELD_TITLE, title),
};

int decode_macie(const struct decoding *in, struct signal *signal, struct err *err)
{
	signal->source = SIGNAL_MACIE;
	if (fields_take(in, rules, ARRAY_LENGTH(rules), signal, err) < 0 ||
		field_expect(in, "archived", JSON_TRUE, err) < 0 ||
		field_expect(in, "severity", JSON_OBJECT, err) < 0)
		return -1;
	if (field_text(in->finding, "id") == NULL)
		return err_set(err, ERR_PROTOCOL, "MissingField", "%s: id is missing", in->detail_type);
	if (signal->resource != NULL)
		signal->resource_type = xstrdup("AWS::S3::Bucket");
	signal->severity = severity_of_word(field_text(in->finding, "severity.description"));
	if (json_is_true(field_at(in->finding, "archived")))
		signal->state = SIGNAL_CLOSED;
	signal->identity =
		identity_of(in->finding, "macie", "accountId region id updatedAt count archived");
	return 0;
}
