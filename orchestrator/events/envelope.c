/* Finds out what a body is: unwraps it, finds the events in it, brings each into EventBridge's form
 * and has it decoded. */
#include "events/envelope.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json_read.h"
#include "base/mem.h"
#include "events/decode.h"
#include "events/decoders.h"
#include "events/fields.h"
#include "events/raw.h"

/* The most levels of SNS envelopes around an event, or around what Config sends to a rule's
 * function. */
#define MAX_WRAPS 2
#define MAX_MEMBERS \
	64 /* members of an envelope, and of its detail, that are copied for each of several findings \
		*/

/* Returns the event that this value carries as text; NULL when the value is an event itself. */
static const json_t *wrapped_text(const json_t *value)
{
	if (json_object_get(value, "detail") != NULL)
		return NULL;
	if (field_is(value, "Type", "Notification") &&
		json_is_string(json_object_get(value, "Message")))
		return json_object_get(value, "Message");
	const json_t *invoking = json_object_get(value, "invokingEvent");
	return json_is_string(invoking) ? invoking : NULL;
}

static int parse(const char *text, size_t length, const char *what, json_t **out, struct err *err)
{
	if (json_parse(text, length, what, out, err) == 0)
		return 0;
	if (err != NULL && strcmp(err->code, "TooDeep") != 0)
		return err_set(err, ERR_PROTOCOL, "NotJson", "%s", err->message);
	return -1;
}

static int unwrap(const char *body, size_t length, json_t **out, struct err *err)
{
	json_t *value;

	if (parse(body, length, "the event", &value, err) < 0)
		return -1;
	for (int wraps = 0;; wraps++) {
		const json_t *text = wrapped_text(value);
		json_t *inner = NULL;

		if (text == NULL)
			break;
		int result = wraps == MAX_WRAPS
			? err_set(err, ERR_LIMIT, "TooDeep",
				  "the event is wrapped more than %d times, in notifications of SNS", MAX_WRAPS)
			: parse(json_string_value(text), json_string_length(text),
				  "the event in the notification", &inner, err);
		json_decref(value);
		if (result < 0)
			return -1;
		value = inner;
	}
	*out = value;
	return 0;
}

static struct signal *append(struct signal_list *list, struct err *err)
{
	if (list->count == SIGNAL_MAX_COUNT) {
		(void)err_set(err, ERR_LIMIT, "TooManyFindings", "the event has more than %d findings",
			SIGNAL_MAX_COUNT);
		return NULL;
	}
	/* Most bodies have one event, so the list grows instead of having room for a hundred. */
	if ((list->count & (list->count - 1)) == 0)
		list->signals = xrealloc(list->signals,
			(list->count == 0 ? 1 : 2 * list->count) * sizeof *list->signals);
	signal_init(&list->signals[list->count]);
	return &list->signals[list->count++];
}

/* Returns a new reference: to a copy of the event with this finding alone, or to the event itself
 * where it has only one finding. */
static json_t *event_of_one(json_t *event, json_t *finding, size_t count)
{
	if (count == 1)
		return json_incref(event);
	json_t *copy = json_copy(event), *detail = json_copy(json_object_get(event, "detail"));
	json_object_set_new(detail, "findings", json_pack("[O]", finding));
	json_object_set_new(copy, "detail", detail);
	return copy;
}

/* Sets the account and region of an envelope that was made here to those that its finding names.
 */
static void complete(json_t *event, const struct signal *signal)
{
	char time[CLOCK_RFC3339_SIZE];

	if (signal->account != NULL && json_object_get(event, "account") == NULL)
		json_object_set_new(event, "account", json_string(signal->account));
	if (signal->region != NULL && json_object_get(event, "region") == NULL)
		json_object_set_new(event, "region", json_string(signal->region));
	if (signal->time_ms != 0 && json_object_get(event, "time") == NULL) {
		clock_format_rfc3339(signal->time_ms, time);
		json_object_set_new(event, "time", json_string(time));
	}
}

static int decode_one(const struct decoder *decoder, json_t *event, const json_t *finding,
	bool made, struct signal *signal, struct err *err)
{
	static const struct field_rule when = FIELD("time", FIELD_TIME, time_ms);
	const struct decoding in = {
		.event = event, .detail_type = decoder->detail_type, .finding = finding
	};
	const struct decoding envelope = {
		.event = event, .detail_type = decoder->detail_type, .finding = event
	};
	const char *id = field_text(event, "id");

	signal->event = json_incref(event);
	if (id != NULL)
		signal->event_id = xstrdup(id);
	if (decoder->decode(&in, signal, err) < 0 || fields_take(&envelope, &when, 1, signal, err) < 0)
		return -1;
	if (made)
		complete(event, signal);
	return 0;
}

/* Decodes each of detail.findings by itself. */
static int decode_findings(const struct decoder *decoder, json_t *event, bool made,
	struct signal_list *out, struct err *err)
{
	const json_t *detail = json_object_get(event, "detail");
	json_t *findings = json_object_get(detail, "findings");
	const char *name = decoder->detail_type;
	size_t count = json_array_size(findings);

	if (findings == NULL || (json_is_array(findings) && count == 0))
		return err_set(err, ERR_PROTOCOL, "MissingField", "%s: detail.findings is missing", name);
	if (!json_is_array(findings))
		return err_set(err, ERR_PROTOCOL, "WrongType", "%s: detail.findings is not an array", name);
	if (count > 1 &&
		(json_object_size(event) > MAX_MEMBERS || json_object_size(detail) > MAX_MEMBERS))
		return err_set(err, ERR_LIMIT, "TooManyMembers",
			"%s: more than %d members beside the findings", name, MAX_MEMBERS);
	for (size_t i = 0; i < count; i++) {
		json_t *finding = json_array_get(findings, i);
		struct signal *signal = append(out, err);

		if (signal == NULL)
			return -1;
		if (!json_is_object(finding))
			return err_set(err, ERR_PROTOCOL, "WrongType",
				"%s: detail.findings[%zu] is not an object", name, i);
		json_t *one = event_of_one(event, finding, count);
		int result = decode_one(decoder, one, finding, made, signal, err);
		json_decref(one);
		if (result < 0)
			return err_prefix(err, "finding %zu of %zu", i + 1, count);
	}
	return 0;
}

/* Decodes one event in EventBridge's form. `made` says that its envelope was made here, around a
 * finding. */
static int decode_event(json_t *event, bool made, struct signal_list *out, struct err *err)
{
	const json_t *detail = json_object_get(event, "detail");
	const char *source = field_text(event, "source"),
			   *detail_type = field_text(event, "detail-type");

	if (detail == NULL || detail_type == NULL)
		return err_set(err, ERR_PROTOCOL, "MissingField", "the event has no %s",
			detail == NULL ? "detail" : "usable detail-type");
	if (!json_is_object(detail))
		return err_set(err, ERR_PROTOCOL, "WrongType", "the event's detail is not an object");
	const struct decoder *decoder = decoder_for(source, detail_type);
	if (!decoder->findings) {
		struct signal *signal = append(out, err);

		return signal == NULL ? -1 : decode_one(decoder, event, detail, made, signal, err);
	}
	return decode_findings(decoder, event, made, out, err);
}

static int decode_value(json_t *value, struct signal_list *out, struct err *err)
{
	if (!json_is_object(value))
		return err_set(err, ERR_PROTOCOL, "NotAnEvent", "the event is not an object");
	if (json_object_get(value, "detail-type") != NULL || json_object_get(value, "detail") != NULL)
		return decode_event(value, false, out, err);
	json_t *made = raw_envelope(value, err);
	if (made == NULL)
		return -1;
	int result = decode_event(made, true, out, err);
	json_decref(made);
	return result;
}

/* Returns the list of a body that holds several findings or records: the input of
 * BatchImportFindings, the output of GetFindings, a log file of CloudTrail, or a bare list. */
static const json_t *list_of(const json_t *value)
{
	static const char *const names[] = { "Findings", "findings", "Records" };

	if (json_is_array(value))
		return value;
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		const json_t *list = json_object_get(value, names[i]);

		if (json_is_array(list) && json_object_get(value, "detail") == NULL)
			return list;
	}
	return NULL;
}

static int decode_all(json_t *value, struct signal_list *out, struct err *err)
{
	const json_t *list = list_of(value);

	/* The notifications of AWS's Automated Security Response have this form. */
	if (list == NULL && json_is_object(json_object_get(value, "Finding")) &&
		json_object_get(value, "detail") == NULL)
		return decode_value(json_object_get(value, "Finding"), out, err);
	if (list == NULL)
		return decode_value(value, out, err);
	if (json_array_size(list) == 0)
		return err_set(err, ERR_PROTOCOL, "NotAnEvent", "the event is an empty list");
	if (json_array_size(list) > SIGNAL_MAX_COUNT)
		return err_set(err, ERR_LIMIT, "TooManyFindings",
			"the event has %zu findings, more than %d", json_array_size(list), SIGNAL_MAX_COUNT);
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (decode_value(json_array_get(list, i), out, err) < 0)
			return err_prefix(err, "item %zu of %zu", i + 1, json_array_size(list));
	}
	return 0;
}

int signals_decode(const char *body, size_t length, struct signal_list *out, struct err *err)
{
	json_t *value;

	*out = (struct signal_list){ 0 };
	if (length > SIGNAL_MAX_BODY_BYTES)
		return err_set(err, ERR_LIMIT, "TooLarge", "the event has %zu bytes, more than %d", length,
			SIGNAL_MAX_BODY_BYTES);
	if (unwrap(body, length, &value, err) < 0)
		return -1;
	int result = decode_all(value, out, err);
	json_decref(value);
	if (result < 0)
		signals_release(out);
	return result;
}
