/* The standard chain, in the order of AWS's tools. */
#include "aws/credentials/credentials.h"

#include "aws/client_private.h"
#include "aws/client_settings.h"
#include "aws/credentials/provider_container.h"
#include "aws/credentials/provider_environment.h"
#include "aws/credentials/provider_imds.h"
#include "aws/credentials/provider_private.h"
#include "aws/credentials/provider_profile.h"
#include "aws/credentials/provider_web_identity.h"

#include "aws/session.h"
#include "base/banned.h"

/* The providers in their order; the first that finds credentials, or fails, decides. */
static const struct {
	const char *name;
	int (*provide)(struct provider *provider, struct aws_credentials *out, struct err *err);
} chain[] = {
	{ "environment", provider_environment },
	{ "web identity", provider_web_identity },
	{ "shared files", provider_profile },
	{ "container", provider_container },
	{ "instance metadata", provider_imds },
};

int credentials_resolve(struct aws *aws, bool again, struct aws_credentials *out, struct err *err)
{
	struct profile_set *fresh = NULL;
	struct provider provider = { .aws = aws, .profiles = aws->settings.profiles };
	struct buf tried CLEANUP_BUF;
	int result = PROVIDER_ABSENT;

	/* Another tool may have written new keys into the files since they were read. */
	if (again && client_settings_profiles(&fresh, err) < 0)
		return -1;
	if (fresh != NULL)
		provider.profiles = fresh;
	buf_init(&tried, 600);
	for (size_t i = 0; i < ARRAY_LENGTH(chain) && result == PROVIDER_ABSENT; i++) {
		provider.absent[0] = '\0';
		result = chain[i].provide(&provider, out, err);
		if (result == PROVIDER_ABSENT)
			buf_add_format(&tried, "%s%s (%s)", tried.length > 0 ? "; " : "", chain[i].name,
				provider.absent);
	}
	profile_set_free(fresh);
	if (result != PROVIDER_ABSENT)
		return result;
	return err_set(err, ERR_CREDENTIALS, "NoCredentials",
		"no AWS credentials found. Looked for: %s. Give the process a role, set AWS_PROFILE, or "
		"export "
		"AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
		tried.data);
}
