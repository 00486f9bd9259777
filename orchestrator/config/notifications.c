/* Checks of the section `notifications` that the rows can't express. */
#include "config/notifications.h"

#include "config/checks_address.h"
#include "config/internal.h"

#include "base/banned.h"
#include "base/json.h"

static const struct where top = { .up = NULL };

static size_t given(const json_t *object, const char *const *keys, size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += json_is_string(json_object_get(object, keys[i]));
	return found;
}

static json_t *take_webhook(const json_t *value, const struct where *where,
	struct complaints *complaints)
{
	static const char *const urls[] = { "url", "url_file", "url_env" },
							 *const secrets[] = { "secret_file", "secret_env" };
	json_t *resolved = json_object();
	size_t before = complaints->count;

	if (!json_is_object(value)) {
		complain(complaints, where, "WrongType", "must be an object, {…}, not %s",
			json_kind(value));
		return resolved;
	}
	settings_collect(webhook_rows, value, where, true, complaints, resolved);
	/* This isn't a check of the row, since the row's complaint would show the address, which may be
	 * secret. */
	const char *url = json_get_string(resolved, "url"), *reason;
	if (url != NULL && config_webhook_url_check(url, &reason) < 0)
		complain(complaints, &(struct where){ .up = where, .key = "url" }, "BadValue", "%s",
			reason);
	if (complaints->count > before)
		return resolved;
	if (given(resolved, urls, ARRAY_LENGTH(urls)) != 1)
		complain(complaints, where, "Conflict",
			"must have one of \"url\", \"url_file\" and \"url_env\"");
	if (given(resolved, secrets, ARRAY_LENGTH(secrets)) > 1)
		complain(complaints, where, "Conflict",
			"has both \"secret_file\" and \"secret_env\"; give one");
	return resolved;
}

void notifications_build(struct config *config, struct complaints *complaints)
{
	const struct where section = { .up = &top, .key = "notifications" };
	CLEANUP_JSON json_t *seen = json_object();
	size_t number;
	json_t *channel;

	json_array_foreach(json_object_get(config->sections, "notifications"), number, channel) {
		struct where item = { .up = &section, .index = number };
		struct where at_name = { .up = &item, .key = "name" },
					 at_webhook = { .up = &item, .key = "webhook" };
		const char *name = json_get_string(channel, "name");
		json_t *webhook = json_object_get(channel, "webhook");
		const json_t *topic = json_object_get(channel, "sns_topic_arn");
		bool has_webhook = webhook != NULL && !json_is_null(webhook);

		if (name != NULL && json_object_get(seen, name) != NULL)
			complain(complaints, &at_name, "Duplicate", "there is a channel %s already",
				quote(name).text);
		if (name != NULL)
			json_object_set_new(seen, name, json_true());
		if (has_webhook)
			json_object_set_new(channel, "webhook", take_webhook(webhook, &at_webhook, complaints));
		/* NULL when there was a complaint about it. */
		if (topic != NULL && has_webhook == json_is_string(topic))
			complain(complaints, &item, "Conflict",
				"must have one of \"sns_topic_arn\" and \"webhook\"");
	}
}
