/* The channels of notifications: what rows alone can't say of them. */
#include "config/internal.h"

#include "base/banned.h"
#include "base/json.h"

#include <arpa/inet.h>

#define HOST_MAX_BYTES 253

static const struct where top = { .up = NULL };

int check_topic_arn(const char *value, const char **reason)
{
	static const char *const starts[] = {
		"arn:aws:sns:", "arn:aws-us-gov:sns:", "arn:aws-cn:sns:"
	};
	static const char name_set[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	char region[33], account[13], name[257];
	const char *unused;
	int used = 0;

	*reason =
		"must be the ARN of an SNS topic, such as \"arn:aws:sns:eu-west-1:111122223333:security\"";
	for (size_t i = 0; i < ARRAY_LENGTH(starts); i++) {
		size_t length = strlen(starts[i]);

		if (strncmp(value, starts[i], length) != 0)
			continue;
		if (sscanf(value + length, "%32[a-z0-9-]:%12[0-9]:%256[A-Za-z0-9_.-]%n", region, account,
				name, &used) != 3 ||
			value[length + (size_t)used] != '\0' || check_region(region, &unused) < 0 ||
			check_account(account, &unused) < 0)
			return -1;
		size_t plain = strspn(name, name_set);
		return plain > 0 && (name[plain] == '\0' || strcmp(name + plain, ".fifo") == 0) ? 0 : -1;
	}
	return -1;
}

int check_file_path(const char *value, const char **reason)
{
	*reason = "must be the whole path of a file, such as \"/etc/reeve/webhook-key\"";
	return value[0] == '/' && value[1] != '\0' ? 0 : -1;
}

int check_variable(const char *value, const char **reason)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
	size_t used = strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");

	*reason = "must be the name of an environment variable, such as \"REEVE_WEBHOOK_KEY\"; the "
			  "secret itself does not "
			  "belong into the configuration";
	return strspn(value, letters) > 0 && value[used] == '\0' ? 0 : -1;
}

/* Loopback addresses and "localhost"; a name that only begins with one is another machine. */
bool host_is_this_machine(const char *host, size_t length)
{
	char name[HOST_MAX_BYTES + 1];
	struct in_addr v4;
	struct in6_addr v6;

	if (length > HOST_MAX_BYTES)
		return false;
	snprintf(name, sizeof name, "%.*s", (int)length, host);
	if (strcmp(name, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, name, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (name[0] != '[' || name[length - 1] != ']')
		return false;
	name[length - 1] = '\0';
	return inet_pton(AF_INET6, name + 1, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

int config_webhook_url_check(const char *url, const char **reason)
{
	const char *unused;

	*reason = "must be an https URL, such as \"https://hooks.example.com/reeve\"; http is for this "
			  "machine only "
			  "(\"http://127.0.0.1:8080/\")";
	if (check_url(url, &unused) < 0)
		return -1;
	const char *host = strstr(url, "://") + 3;
	size_t authority = strcspn(host, "/?#");
	if (memchr(host, '@', authority) != NULL) {
		*reason = "must not hold a user name or password";
		return -1;
	}
	if (strncmp(url, "https://", 8) == 0)
		return 0;
	size_t length = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
	return length <= authority && host_is_this_machine(host, length) ? 0 : -1;
}

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
	/* Not a check of the row, whose complaint would show the address. */
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
		if (topic != NULL && has_webhook == json_is_string(topic)) /* NULL: there was a complaint
																	  about it */
			complain(complaints, &item, "Conflict",
				"must have one of \"sns_topic_arn\" and \"webhook\"");
	}
}
