#include "events/signal.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"

static const char *const source_names[SIGNAL_SOURCE_COUNT] = {
	[SIGNAL_GUARDDUTY] = "guardduty",
	[SIGNAL_SECURITY_HUB] = "security-hub",
	[SIGNAL_OCSF] = "ocsf",
	[SIGNAL_CONFIG] = "config",
	[SIGNAL_ACCESS_ANALYZER] = "access-analyzer",
	[SIGNAL_CLOUDTRAIL] = "cloudtrail",
	[SIGNAL_SIGN_IN] = "sign-in",
	[SIGNAL_ORGANIZATION] = "organization",
	[SIGNAL_INSPECTOR] = "inspector",
	[SIGNAL_MACIE] = "macie",
	[SIGNAL_HEALTH] = "health",
	[SIGNAL_OTHER] = "other",
};
static const char *const state_names[] = {
	[SIGNAL_OPEN] = "open",
	[SIGNAL_CLOSED] = "closed",
	[SIGNAL_FAILED_CALL] = "failed-call",
};
static const char *const change_names[] = {
	[SIGNAL_NO_ACCOUNT_CHANGE] = NULL,
	[SIGNAL_ACCOUNT_NEW] = "new",
	[SIGNAL_ACCOUNT_MOVED] = "moved",
	[SIGNAL_ACCOUNT_CLOSED] = "closed",
};
static const char *const severity_names[] = { "informational", "low", "medium", "high",
	"critical" };

const char *signal_source_name(enum signal_source source)
{
	return (size_t)source < SIGNAL_SOURCE_COUNT ? source_names[source] : "other";
}

void signal_init(struct signal *signal)
{
	*signal = (struct signal){ .source = SIGNAL_OTHER, .severity = -1 };
}

static void signal_release(struct signal *signal)
{
	char *texts[] = {
		signal->type,
		signal->service,
		signal->account,
		signal->region,
		signal->resource,
		signal->resource_type,
		signal->title,
		signal->identity,
		signal->event_id,
		signal->finding_id,
		signal->product_arn,
		signal->metadata_uid,
		signal->request_id,
		signal->actor.type,
		signal->actor.arn,
		signal->actor.role,
		signal->actor.session_name,
		signal->actor.source_identity,
	};

	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		free(texts[i]);
	json_decref(signal->event);
	*signal = (struct signal){ 0 };
}

void signals_release(struct signal_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		signal_release(&list->signals[i]);
	free(list->signals);
	*list = (struct signal_list){ 0 };
}

static json_t *time_json(int64_t ms)
{
	char text[CLOCK_RFC3339_SIZE];

	if (ms == 0)
		return json_null();
	clock_format_rfc3339(ms, text);
	return json_string(text);
}

static json_t *actor_json(const struct signal_actor *actor)
{
	if (actor->type == NULL && actor->arn == NULL && actor->role == NULL)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "type", json_text(actor->type), "arn",
		json_text(actor->arn), "role", json_text(actor->role), "session_name",
		json_text(actor->session_name), "source_identity", json_text(actor->source_identity));
}

json_t *signal_to_json(const struct signal *signal)
{
	const char *severity = NULL;
	json_t *out = json_object();

	if (signal->severity >= 0 && (size_t)signal->severity < ARRAY_LENGTH(severity_names))
		severity = severity_names[signal->severity];
	json_object_set_new(out, "source", json_text(signal_source_name(signal->source)));
	json_object_set_new(out, "type", json_text(signal->type));
	json_object_set_new(out, "service", json_text(signal->service));
	json_object_set_new(out, "account", json_text(signal->account));
	json_object_set_new(out, "region", json_text(signal->region));
	json_object_set_new(out, "resource", json_text(signal->resource));
	json_object_set_new(out, "resource_type", json_text(signal->resource_type));
	json_object_set_new(out, "severity", json_text(severity));
	json_object_set_new(out, "title", json_text(signal->title));
	json_object_set_new(out, "time", time_json(signal->time_ms));
	json_object_set_new(out, "state", json_text(state_names[signal->state]));
	json_object_set_new(out, "identity", json_text(signal->identity));
	json_object_set_new(out, "event_id", json_text(signal->event_id));
	json_object_set_new(out, "account_change", json_text(change_names[signal->account_change]));
	json_object_set_new(out, "actor", actor_json(&signal->actor));
	return out;
}
