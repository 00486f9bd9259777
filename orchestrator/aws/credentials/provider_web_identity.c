/*
 * AssumeRoleWithWebIdentity: EKS service accounts and other OIDC identities. The call is not
 * signed: the token proves who calls.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
#include "aws/credentials/provider_web_identity.h"

#include "aws/client_call.h"
#include "aws/client_settings.h"
#include "aws/credentials/provider_common.h"
#include "aws/credentials/provider_private.h"

#include "base/banned.h"
#include "base/json.h"

enum { MAX_TOKEN_BYTES = 64 * 1024 };

int provider_assume_with_token(struct provider *provider, const char *role_arn,
	const char *session_name, const char *token_file, struct aws_credentials *out, struct err *err)
{
	json_t *params CLEANUP_JSON = NULL;
	json_t *output CLEANUP_JSON = NULL;
	char name[64];
	struct buf token;
	struct client_call call = {
		.aws = provider->aws,
		.operation = &aws_sts_AssumeRoleWithWebIdentity,
		.sts_global = provider->aws->settings.sts_global,
		.secret = true,
	};
	int result;

	provider_session_name(name);
	buf_init(&token, MAX_TOKEN_BYTES);
	result = provider_read_file(token_file, "the web identity token", &token, err);
	if (result == 0) {
		params = json_pack("{s:s, s:s, s:s}", "RoleArn", role_arn, "RoleSessionName",
			session_name != NULL ? session_name : name, "WebIdentityToken", token.data);
		if (params == NULL)
			result = err_set(err, ERR_CREDENTIALS, "UnreadableFile", "%s is not text", token_file);
	}
	if (result == 0) {
		call.params = params;
		result = client_call(&call, &output, err);
		const char *copy = json_get_string(params, "WebIdentityToken");
		mem_wipe((char *)copy, strlen(copy));
	}
	if (result == 0)
		result = session_keys_read(json_object_get(output, "Credentials"), "SessionToken",
			"AssumeRoleWithWebIdentity", out, err);
	buf_release_secret(&token);
	return result < 0
		? err_prefix(err, "cannot assume %s with the token in %s", role_arn, token_file)
		: 0;
}

int provider_web_identity(struct provider *provider, struct aws_credentials *out, struct err *err)
{
	const struct client_settings *settings = &provider->aws->settings;
	const char *token_file = client_setting(settings, "AWS_WEB_IDENTITY_TOKEN_FILE", NULL);
	const char *role_arn = client_setting(settings, "AWS_ROLE_ARN", NULL);

	if (token_file == NULL)
		return provider_absent(provider, "AWS_WEB_IDENTITY_TOKEN_FILE is not set");
	if (role_arn == NULL)
		return err_set(err, ERR_CREDENTIALS, "PartialCredentials",
			"AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
	return provider_assume_with_token(provider, role_arn,
		client_setting(settings, "AWS_ROLE_SESSION_NAME", NULL), token_file, out, err);
}
