/* AWS Health: exposed credentials, abuse reports, operational issues. */
#include "base/banned.h"
#include "events/decode.h"
#include "events/fields.h"
#include "events/identity.h"

/* With the organizational view, the envelope's account is the administrator's. In a backup copy of
 * an event the envelope's region is another one. */
static const struct field_rule rules[] = {
	FIELD("eventTypeCode", FIELD_NEEDED, type),
	FIELD("affectedAccount", FIELD_ACCOUNT, account),
	FIELD("eventRegion", FIELD_REGION, region),
	FIELD("affectedEntities.0.entityValue", FIELD_LOOSE, resource),
	FIELD("lastUpdatedTime|startTime", FIELD_TIME, time_ms),
	FIELD("eventDescription.0.latestDescription", FIELD_TITLE, title),
};
static const struct field_rule account = FIELD("account", FIELD_ACCOUNT, account);
static const struct field_rule region = FIELD("region", FIELD_REGION, region);

int decode_health(const struct decoding *in, struct signal *signal, struct err *err)
{
	const struct decoding envelope = {
		.event = in->event, .detail_type = in->detail_type, .finding = in->event
	};

	signal->source = SIGNAL_HEALTH;
	if (fields_take(in, rules, ARRAY_LENGTH(rules), signal, err) < 0 ||
		field_expect(in, "statusCode", JSON_STRING, err) < 0)
		return -1;
	/* Older events don't name the affected account. */
	if (field_at(in->finding, "affectedAccount") == NULL &&
		fields_take(&envelope, &account, 1, signal, err) < 0)
		return -1;
	if (field_at(in->finding, "eventRegion") == NULL &&
		fields_take(&envelope, &region, 1, signal, err) < 0)
		return -1;
	if (field_is(in->finding, "statusCode", "closed"))
		signal->state = SIGNAL_CLOSED;
	/* Each page of a communication has an id of its own. Older events have none and differ by their
	 * times. */
	json_t *about = json_pack("{s:s?, s:O}", "account", signal->account, "detail", in->finding);
	signal->identity = identity_of(about, "health",
		"account detail.eventArn|detail.eventTypeCode "
		"detail.communicationId|detail.affectedEntities "
		"detail.statusCode detail.startTime detail.endTime detail.page");
	json_decref(about);
	return 0;
}
