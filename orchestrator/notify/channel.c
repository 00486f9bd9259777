/* Reads the channels from the configuration. */
#include "notify/channel.h"

#include "baselines/names.h"
#include "config/checks_address.h"
#include "config/values.h"
#include "ledger/message_record.h"
#include "notify/format.h"
#include "notify/internal.h"
#include "notify/secret.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"

#define SECRET_LEAST_BYTES 16 /* a shorter key can be guessed */

static int take_topic(struct notify_channel *channel, const char *arn)
{
	channel->topic_arn = arn;
	/* The check of the configuration ensures the form "arn:PARTITION:sns:REGION:ACCOUNT:NAME". */
	return sscanf(arn, "arn:%*[a-z-]:sns:%32[a-z0-9-]:%12[0-9]", channel->region,
			   channel->topic_account) == 2
		? 0
		: -1;
}

static int take_webhook(struct notify_channel *channel, const json_t *webhook, struct err *err)
{
	CLEANUP_FREE char *what = xasprintf("notifications, channel \"%s\"", channel->name);
	const char *url_file = json_get_string(webhook, "url_file"),
			   *url_env = json_get_string(webhook, "url_env");
	const char *secret_file = json_get_string(webhook, "secret_file"),
			   *secret_env = json_get_string(webhook, "secret_env");
	const char *reason;

	if (notify_format_parse(json_get_string_or(webhook, "format", "json"), &channel->format) < 0)
		return err_set(err, ERR_CONFIG, "UnknownChoice", "%s has an unknown format", what);
	if (url_file != NULL || url_env != NULL) {
		if (notify_secret(url_file, url_env, what, 1, &channel->url, err) < 0)
			return -1;
	} else {
		channel->url = xstrdup(json_get_string_or(webhook, "url", ""));
	}
	if (config_webhook_url_check(channel->url, &reason) < 0)
		return err_set(err, ERR_CONFIG, "BadValue", "%s: its address %s", what, reason);
	if (secret_file == NULL && secret_env == NULL)
		return 0;
	return notify_secret(secret_file, secret_env, what, SECRET_LEAST_BYTES, &channel->secret, err);
}

/* Returns the lowest severity when the name is not one of a severity. */
static enum severity severity_of(const char *name)
{
	for (int severity = SEVERITY_INFORMATIONAL; severity < SEVERITY_COUNT; severity++)
		if (strcmp(name, severity_name((enum severity)severity)) == 0)
			return (enum severity)severity;
	return SEVERITY_INFORMATIONAL;
}

int notify_channel_init(struct notify_channel *channel, struct notifier *notifier,
	const json_t *row, struct err *err)
{
	const json_t *on = json_object_get(row, "on");
	const char *topic = json_get_string(row, "sns_topic_arn");
	size_t index;
	json_t *name;

	channel->notifier = notifier;
	channel->name = json_get_string_or(row, "name", "");
	channel->group_ms = (int64_t)json_get_integer_or(row, "group_seconds", 60) * 1000;
	channel->rate.per_hour = (int)json_get_integer_or(row, "messages_per_hour", 30);
	channel->least = severity_of(json_get_string_or(row, "min_severity", ""));
	json_array_foreach(on, index, name) {
		enum notification_kind kind;

		if (notification_kind_parse(json_string_value(name), &kind) == 0)
			channel->kinds |= 1u << kind;
	}
	if (topic == NULL)
		return take_webhook(channel, json_object_get(row, "webhook"), err);
	if (take_topic(channel, topic) < 0)
		return err_set(err, ERR_CONFIG, "BadValue",
			"notifications, channel \"%s\": its topic is not the ARN of an SNS topic",
			channel->name);
	return 0;
}

void notify_channel_release(struct notify_channel *channel)
{
	mem_free_secret(channel->url);
	mem_free_secret(channel->secret);
	message_list_release(&channel->open);
	message_list_release(&channel->waiting);
	message_record_free(channel->sending);
}

bool notify_channel_wants(const struct notify_channel *channel, const struct notification *event)
{
	bool always = event->kind == NOTIFY_HALT || event->kind == NOTIFY_FAILURE;

	return (channel->kinds & 1u << event->kind) != 0 &&
		(always || event->severity >= channel->least);
}

struct aws_permission *notify_permissions(const struct config *config)
{
	const json_t *rows = config != NULL ? config_get(config, "notifications") : NULL;
	/* The rest of the zeroed array is AWS_PERMISSIONS_END. */
	struct aws_permission *permissions = xcalloc(json_array_size(rows) + 1, sizeof *permissions);
	size_t index, count = 0;
	json_t *row;

	json_array_foreach((json_t *)rows, index, row) {
		const char *topic = json_get_string(row, "sns_topic_arn");

		if (topic != NULL)
			permissions[count++] = (struct aws_permission){ .action = "sns:Publish",
				.resource = topic,
				.why = "sends notifications of alerts, approvals, halts and failures" };
	}
	return permissions;
}
