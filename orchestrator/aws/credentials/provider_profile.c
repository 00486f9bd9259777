/* A profile of the shared files: static keys, a role with its source, a token file, a command.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html */
#include "aws/credentials/provider_profile.h"

#include "aws/credentials/provider_common.h"
#include "aws/credentials/provider_container.h"
#include "aws/credentials/provider_environment.h"
#include "aws/credentials/provider_imds.h"
#include "aws/credentials/provider_private.h"
#include "aws/credentials/provider_process.h"
#include "aws/credentials/provider_web_identity.h"
#include "aws/session_assume.h"

#include "base/banned.h"

enum { MAX_CHAIN = 8 };

/* The profiles that were followed so far, kept to find a loop and to name them in an error. */
struct way {
	const char *names[MAX_CHAIN];
	size_t count;
};

static const char *get(const struct provider *provider, const char *profile, const char *key)
{
	return profile_set_get(provider->profiles, PROFILE_PROFILE, profile, key);
}

static bool has_static_keys(const struct provider *provider, const char *profile)
{
	return get(provider, profile, "aws_access_key_id") != NULL ||
		get(provider, profile, "aws_secret_access_key") != NULL;
}

static int static_keys(struct provider *provider, const char *profile, struct aws_credentials *out,
	struct err *err)
{
	const char *id = get(provider, profile, "aws_access_key_id");
	const char *secret = get(provider, profile, "aws_secret_access_key");
	const char *token = get(provider, profile, "aws_session_token");

	if (id == NULL || secret == NULL)
		return err_set(err, ERR_CREDENTIALS, "PartialCredentials",
			"the profile \"%s\" has %s, but no %s", profile,
			id != NULL ? "aws_access_key_id" : "aws_secret_access_key",
			id != NULL ? "aws_secret_access_key" : "aws_access_key_id");
	*out = (struct aws_credentials){
		.access_key_id = xstrdup(id),
		.secret_access_key = xstrdup(secret),
		.session_token = token != NULL ? xstrdup(token) : NULL,
	};
	return 0;
}

MAY_YIELD static int resolve(struct provider *provider, const char *profile, struct way *way,
	struct aws_credentials *out, struct err *err);

MAY_YIELD static int from_credential_source(struct provider *provider, const char *profile,
	const char *source, struct aws_credentials *out, struct err *err)
{
	int result;

	if (strcmp(source, "Environment") == 0)
		result = provider_environment(provider, out, err);
	else if (strcmp(source, "Ec2InstanceMetadata") == 0)
		result = provider_imds(provider, out, err);
	else if (strcmp(source, "EcsContainer") == 0)
		result = provider_container(provider, out, err);
	else
		return err_set(err, ERR_CREDENTIALS, "InvalidProfile",
			"credential_source of the profile \"%s\" must be Environment, Ec2InstanceMetadata or "
			"EcsContainer, "
			"not \"%s\"",
			profile, source);
	if (result == PROVIDER_ABSENT)
		return err_set(err, ERR_CREDENTIALS, "NoCredentials",
			"credential_source %s of the profile \"%s\": %s", source, profile, provider->absent);
	return result;
}

/* Finds the keys with which the role is assumed. */
MAY_YIELD static int source_keys(struct provider *provider, const char *profile, struct way *way,
	struct aws_credentials *out, struct err *err)
{
	const char *source_profile = get(provider, profile, "source_profile");
	const char *source = get(provider, profile, "credential_source");

	if ((source_profile != NULL) == (source != NULL))
		return err_set(err, ERR_CREDENTIALS, "InvalidProfile",
			"the profile \"%s\" has role_arn, so it needs either source_profile or "
			"credential_source",
			profile);
	if (source != NULL)
		return from_credential_source(provider, profile, source, out, err);
	if (!profile_set_has(provider->profiles, PROFILE_PROFILE, source_profile))
		return err_set(err, ERR_CREDENTIALS, "InvalidProfile",
			"the profile \"%s\", source_profile of \"%s\", does not exist", source_profile,
			profile);
	/* A profile that names itself as its source means its own static keys. */
	if (strcmp(source_profile, profile) == 0 && has_static_keys(provider, profile))
		return static_keys(provider, profile, out, err);
	for (size_t i = 0; i < way->count; i++)
		if (strcmp(way->names[i], source_profile) == 0)
			return err_set(err, ERR_CREDENTIALS, "ProfileLoop",
				"source_profile of the profile \"%s\" leads back to \"%s\", which makes a loop",
				profile, source_profile);
	return resolve(provider, source_profile, way, out, err);
}

MAY_YIELD static int assume(struct provider *provider, const char *profile, const char *role_arn,
	struct way *way, struct aws_credentials *out, struct err *err)
{
	struct aws_credentials keys = { 0 };
	const char *duration = get(provider, profile, "duration_seconds");
	const char *name = get(provider, profile, "role_session_name");
	char own_name[64];
	int result;

	if (get(provider, profile, "mfa_serial") != NULL)
		return err_set(err, ERR_CREDENTIALS, "MfaNeeded",
			"the profile \"%s\" has mfa_serial, and an unattended program cannot ask for a code: "
			"use a role "
			"that trusts this machine, or credential_process",
			profile);
	if (source_keys(provider, profile, way, &keys, err) < 0)
		return -1;
	provider_session_name(own_name);
	struct aws_assume_role role = {
		.role_arn = role_arn,
		.session_name = name != NULL ? name : own_name,
		.external_id = get(provider, profile, "external_id"),
		.duration_seconds = duration != NULL ? atoi(duration) : 0,
	};
	struct aws_session *source = session_new_static(&provider->aws->clock_offset_ms, &keys);
	struct session_role *call =
		session_role_new(provider->aws, source, &role, provider->aws->settings.sts_global);
	result = session_role_assume(call, NULL, out, err);
	session_role_free(call);
	aws_session_release(source);
	return result < 0 ? err_prefix(err, "profile \"%s\"", profile) : 0;
}

static int resolve(struct provider *provider, const char *profile, struct way *way,
	struct aws_credentials *out, struct err *err)
{
	const char *role_arn = get(provider, profile, "role_arn");
	const char *token_file = get(provider, profile, "web_identity_token_file");
	const char *command = get(provider, profile, "credential_process");
	bool is_source = way->count > 0;

	if (way->count == MAX_CHAIN)
		return err_set(err, ERR_CREDENTIALS, "ProfileLoop",
			"more than %d profiles refer to one another by source_profile", MAX_CHAIN);
	way->names[way->count++] = profile;
	/* At the end of a chain, a profile with a role and static keys uses the keys as the source. */
	if (role_arn != NULL && !(is_source && has_static_keys(provider, profile))) {
		if (token_file != NULL)
			return provider_assume_with_token(provider, role_arn,
				get(provider, profile, "role_session_name"), token_file, out, err);
		return assume(provider, profile, role_arn, way, out, err);
	}
	if (has_static_keys(provider, profile))
		return static_keys(provider, profile, out, err);
	if (command != NULL) {
		if (provider_process(provider, command, out, err) < 0)
			return err_prefix(err, "profile \"%s\"", profile);
		return 0;
	}
	if (get(provider, profile, "sso_session") != NULL ||
		get(provider, profile, "sso_start_url") != NULL)
		return err_set(err, ERR_CREDENTIALS, "SsoProfile",
			"the profile \"%s\" signs in by IAM Identity Center, which needs a person: add "
			"credential_process = "
			"aws configure export-credentials --profile %s --format process to another profile and "
			"use that one",
			profile, profile);
	return provider_absent(provider, "the profile \"%s\" has no keys, role or credential_process",
		profile);
}

int provider_profile(struct provider *provider, struct aws_credentials *out, struct err *err)
{
	const char *profile = provider->aws->settings.profile;
	struct way way = { .count = 0 };
	int result;

	if (!profile_set_has(provider->profiles, PROFILE_PROFILE, profile))
		return provider_absent(provider, "there is no profile \"%s\"", profile);
	result = resolve(provider, profile, &way, out, err);
	if (result == PROVIDER_ABSENT && way.count > 1)
		return err_set(err, ERR_CREDENTIALS, "NoCredentials", "profile \"%s\": %s", profile,
			provider->absent);
	return result;
}
