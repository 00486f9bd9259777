#include "events/raw.h"

#include "base/banned.h"
#include "events/fields.h"

static json_t *envelope(const char *source, const char *detail_type, json_t *detail)
{
	return json_pack("{s:s, s:s, s:o}", "source", source, "detail-type", detail_type, "detail",
		detail);
}

static json_t *of_asff(json_t *value)
{
	return envelope("aws.securityhub", "Security Hub Findings - Imported",
		json_pack("{s:[O]}", "findings", value));
}

static json_t *of_ocsf(json_t *value)
{
	return envelope("aws.securityhub", "Findings Imported V2",
		json_pack("{s:[O]}", "findings", value));
}

static json_t *of_guardduty(json_t *value)
{
	return envelope("aws.guardduty", "GuardDuty Finding", json_incref(value));
}

/* Renames the members as events have them, since the names in the API begin with a capital letter.
 * Names that hold a ':' are types of resources and stay. The parser has bounded the depth. */
static json_t *with_small_initials(const json_t *value)
{
	const char *key;
	json_t *item;
	size_t index;

	if (json_is_array(value)) {
		json_t *list = json_array();

		json_array_foreach(value, index, item)
			json_array_append_new(list, with_small_initials(item));
		return list;
	}
	if (!json_is_object(value))
		return json_incref((json_t *)value);
	json_t *object = json_object();
	json_object_foreach((json_t *)value, key, item) {
		char name[128];

		snprintf(name, sizeof name, "%s", key);
		if (name[0] >= 'A' && name[0] <= 'Z' && strchr(name, ':') == NULL)
			name[0] = (char)(name[0] - 'A' + 'a');
		json_object_set_new(object, name, with_small_initials(item));
	}
	return object;
}

/* Returns the envelope of a finding of GuardDuty as GetFindings returns it. */
static json_t *of_guardduty_api(json_t *value)
{
	return envelope("aws.guardduty", "GuardDuty Finding", with_small_initials(value));
}

static const char *trail_detail_type(const json_t *record)
{
	static const struct {
		const char *event_type, *detail_type;
	} types[] = {
		{ "AwsApiCall", "AWS API Call via CloudTrail" },
		{ "AwsServiceEvent", "AWS Service Event via CloudTrail" },
		{ "AwsConsoleSignIn", "AWS Console Sign In via CloudTrail" },
		{ "AwsConsoleSignin", "AWS Console Sign In via CloudTrail" },
		{ "AwsConsoleAction", "AWS Console Action via CloudTrail" },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
		if (field_is(record, "eventType", types[i].event_type))
			return types[i].detail_type;
	}
	/* Records of older versions don't have this member. */
	return field_is(record, "eventSource", "signin.amazonaws.com")
		? "AWS Console Sign In via CloudTrail"
		: "AWS API Call via CloudTrail";
}

/* Returns the envelope of a CloudTrail record; NULL when its source is no service of AWS.
 * Notifications of S3 have the same members, but another source. */
static json_t *of_trail(json_t *value)
{
	const char *event_source = field_text(value, "eventSource");
	char source[72];
	size_t name =
		event_source == NULL ? 0 : strspn(event_source, "abcdefghijklmnopqrstuvwxyz0123456789-");

	if (name == 0 || name > 64)
		return NULL;
	if (strcmp(event_source + name, ".amazonaws.com") != 0 &&
		strcmp(event_source + name, ".amazonaws.com.cn") != 0)
		return NULL;
	snprintf(source, sizeof source, "aws.%.*s", (int)name, event_source);
	return envelope(source, trail_detail_type(value), json_incref(value));
}

static json_t *of_config(json_t *value)
{
	const char *type = field_text(value, "messageType"), *detail_type = type;

	if (type == NULL)
		return NULL;
	if (strcmp(type, "ComplianceChangeNotification") == 0)
		detail_type = "Config Rules Compliance Change";
	else if (strcmp(type, "ConfigurationItemChangeNotification") == 0 ||
		strcmp(type, "OversizedConfigurationItemChangeNotification") == 0)
		detail_type = "Config Configuration Item Change";
	return envelope("aws.config", detail_type, json_incref(value));
}

/* A finding is recognized by members that all of its kind have, and that no other kind has. */
static const struct {
	const char *members[3];
	json_t *(*envelope)(json_t *value);
} forms[] = {
	{ { "eventSource", "eventName", "awsRegion" }, of_trail },
	{ { "ProductArn", "Id", NULL }, of_asff },
	{ { "class_uid", "metadata", NULL }, of_ocsf },
	{ { "schemaVersion", "service", "type" }, of_guardduty },
	{ { "SchemaVersion", "Service", "Type" }, of_guardduty_api },
	{ { "messageType", NULL, NULL }, of_config },
};

json_t *raw_envelope(json_t *value, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LENGTH(forms); i++) {
		bool all = true;

		for (size_t k = 0; k < ARRAY_LENGTH(forms[i].members) && forms[i].members[k] != NULL; k++)
			all = all && json_object_get(value, forms[i].members[k]) != NULL;
		json_t *made = all ? forms[i].envelope(value) : NULL;
		if (made != NULL)
			return made;
	}
	if (field_is(value, "Type", "SubscriptionConfirmation"))
		(void)err_set(err, ERR_PROTOCOL, "NotAnEvent",
			"SNS asks to confirm a subscription of the queue: confirm it in SNS");
	else
		(void)err_set(err, ERR_PROTOCOL, "NotAnEvent",
			"this is neither an event nor a finding that is known here (EventBridge, SNS, "
			"GuardDuty, ASFF, OCSF, CloudTrail, Config)");
	return NULL;
}
