/* IAM Access Analyzer: external, internal and unused access. */
#include "base/banned.h"
#include "base/mem.h"
#include "events/decode.h"
#include "events/fields.h"
#include "events/identity.h"

/* accountId may be the account of the analyzer, which can be for a whole organization. The owner of
 * the resource counts, where the finding names it. */
static const struct field_rule rules[] = {
	/* Findings of external access don't have this member. */
	FIELD("findingType", FIELD_STRICT, type),
	FIELD("resourceOwnerAccount|accountId", FIELD_ACCOUNT, account),
	FIELD("region", FIELD_REGION, region),
	FIELD("resource", FIELD_LOOSE, resource),
	FIELD("resourceType", FIELD_STRICT, resource_type),
	FIELD("updatedAt|analyzedAt|createdAt", FIELD_TIME, time_ms),
};

int decode_access_analyzer(const struct decoding *in, struct signal *signal, struct err *err)
{
	const struct decoding envelope = {
		.event = in->event, .detail_type = in->detail_type, .finding = in->event
	};
	static const struct field_rule place = FIELD("region", FIELD_REGION, region);

	signal->source = SIGNAL_ACCESS_ANALYZER;
	if (fields_take(in, rules, ARRAY_LENGTH(rules), signal, err) < 0 ||
		field_expect(in, "status", JSON_STRING, err) < 0 ||
		field_expect(in, "isDeleted", JSON_TRUE, err) < 0)
		return -1;
	if (field_text(in->finding, "id|findingId") == NULL)
		return err_set(err, ERR_PROTOCOL, "MissingField", "%s: id is missing", in->detail_type);
	/* Findings of internal and unused access don't have a region; their events are delivered in the
	 * analyzer's region. */
	if (field_at(in->finding, "region") == NULL &&
		fields_take(&envelope, &place, 1, signal, err) < 0)
		return -1;
	if (signal->type == NULL)
		signal->type = xstrdup("ExternalAccess");
	/* A finding that is deleted keeps its status. */
	if (json_is_true(field_at(in->finding, "isDeleted")) ||
		field_is(in->finding, "status", "ARCHIVED") || field_is(in->finding, "status", "RESOLVED"))
		signal->state = SIGNAL_CLOSED;
	signal->identity = identity_of(in->finding, "access-analyzer",
		"accountId id|findingId updatedAt status isDeleted isPublic error");
	return 0;
}
