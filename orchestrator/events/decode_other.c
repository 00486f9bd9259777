/* Decodes the envelope of an event that no other decoder understands. */
#include "events/decode.h"

#include "base/banned.h"
#include "events/fields.h"
#include "events/identity.h"

int decode_other(const struct decoding *in, struct signal *signal, struct err *err)
{
	static const struct field_rule rules[] = {
		FIELD("detail-type", FIELD_NEEDED, type),
		FIELD("account", FIELD_ACCOUNT, account),
		FIELD("region", FIELD_REGION, region),
		FIELD("resources.0", FIELD_LOOSE, resource),
		FIELD("time", FIELD_TIME, time_ms),
	};
	const struct decoding envelope = {
		.event = in->event, .detail_type = in->detail_type, .finding = in->event
	};

	signal->source = SIGNAL_OTHER;
	if (fields_take(&envelope, rules, ARRAY_LENGTH(rules), signal, err) < 0)
		return -1;
	/* Only the short members of the envelope are kept, since it is repeated for each of many
	 * findings. Nothing is done about such an event, so an event with an id needs no hash of its
	 * content. */
	const json_t *content = signal->event_id == NULL ? in->finding : NULL;
	json_t *about = json_pack("{s:s?, s:s, s:s?, s:s?, s:s?, s:O?}", "source",
		field_text(in->event, "source"), "type", signal->type, "account",
		field_text(in->event, "account"), "id", signal->event_id, "time",
		field_text(in->event, "time"), "detail", content);
	signal->identity = identity_of_whole("other", about);
	json_decref(about);
	return 0;
}
