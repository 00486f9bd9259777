/* AWS_ACCESS_KEY_ID and its companions. */
#include "aws/credentials/provider_environment.h"

#include "aws/client_settings.h"
#include "aws/credentials/provider_private.h"

#include "base/banned.h"

int provider_environment(struct provider *provider, struct aws_credentials *out, struct err *err)
{
	const struct client_settings *settings = &provider->aws->settings;
	const char *id = client_setting(settings, "AWS_ACCESS_KEY_ID", NULL);
	const char *secret = client_setting(settings, "AWS_SECRET_ACCESS_KEY", NULL);
	const char *token = client_setting(settings, "AWS_SESSION_TOKEN", NULL);

	if (id == NULL && secret == NULL)
		return provider_absent(provider, "AWS_ACCESS_KEY_ID is not set");
	if (id == NULL || secret == NULL)
		return err_set(err, ERR_CREDENTIALS, "PartialCredentials", "%s is set, but %s is not",
			id != NULL ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
			id != NULL ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
	*out = (struct aws_credentials){
		.access_key_id = xstrdup(id),
		.secret_access_key = xstrdup(secret),
		.session_token = token != NULL ? xstrdup(token) : NULL,
	};
	return 0;
}
