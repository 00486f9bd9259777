/* A copy of the section "http" of the configuration, so that the old settings stay when new ones
 * can't be applied. */
#include "web/server/settings.h"

#include "config/values.h"
#include "web/server/internal.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"

static char *text_of(const json_t *http, const char *key)
{
	const char *text = json_get_string(http, key);

	return text != NULL ? xstrdup(text) : NULL;
}

void web_settings_read(const struct config *config, struct web_settings *settings)
{
	const json_t *http = config_get(config, "http");

	*settings = (struct web_settings){
		.listen = text_of(http, "listen"),
		.certificate_file = text_of(http, "certificate_file"),
		.key_file = text_of(http, "key_file"),
		.hosts = json_deep_copy(json_object_get(http, "hosts")),
		.requests_per_minute =
			json_get_integer_or(http, "requests_per_minute", WEB_REQUESTS_PER_MINUTE),
		.socket = text_of(http, "socket"),
		.socket_group = text_of(http, "socket_group"),
	};
}

void web_settings_release(struct web_settings *settings)
{
	free(settings->listen);
	free(settings->certificate_file);
	free(settings->key_file);
	json_decref(settings->hosts);
	free(settings->socket);
	free(settings->socket_group);
	*settings = (struct web_settings){ .listen = NULL };
}
