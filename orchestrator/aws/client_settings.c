/* The settings that AWS's tools share: environment first, then the profile in use. */
#include "aws/client_settings.h"

#include "aws/client_private.h"
#include "aws/endpoint/partitions.h"

#include "base/banned.h"

#include <strings.h>

static const char *environment(const char *name)
{
	const char *value = name != NULL ? getenv(name) : NULL;

	return value != NULL && *value != '\0' ? value : NULL;
}

const char *client_setting(const struct client_settings *settings, const char *environment_name,
	const char *profile_key)
{
	const char *value = environment(environment_name);

	if (value != NULL || profile_key == NULL)
		return value;
	return profile_set_get(settings->profiles, PROFILE_PROFILE, settings->profile, profile_key);
}

/* Reads "true" or "false", in any case; -1 with ERR_CONFIG for anything else. Leaves *out alone
 * when the setting is absent. */
static int setting_bool(const struct client_settings *settings, const char *environment_name,
	const char *profile_key, bool *out, struct err *err)
{
	const char *value = client_setting(settings, environment_name, profile_key);

	if (value == NULL)
		return 0;
	if (strcasecmp(value, "true") != 0 && strcasecmp(value, "false") != 0)
		return err_set(err, ERR_CONFIG, "InvalidSetting",
			"%s (in the profile: %s) must be true or false, not \"%s\"", environment_name,
			profile_key, value);
	*out = strcasecmp(value, "true") == 0;
	return 0;
}

/* Returns the path of a shared file, or NULL when there is no home folder; the caller frees it. */
static char *settings_file(const char *environment_name, const char *name_in_home)
{
	const char *home = environment("HOME");
	const char *path = environment(environment_name);

	if (path != NULL && (path[0] != '~' || path[1] != '/' || home == NULL))
		return xstrdup(path);
	if (path != NULL)
		return xasprintf("%s%s", home, path + 1);
	return home != NULL ? xasprintf("%s/.aws/%s", home, name_in_home) : NULL;
}

int client_settings_profiles(struct profile_set **out, struct err *err)
{
	CLEANUP_FREE char *config = settings_file("AWS_CONFIG_FILE", "config");
	CLEANUP_FREE char *credentials = settings_file("AWS_SHARED_CREDENTIALS_FILE", "credentials");
	struct profile_set *set = profile_set_new();

	if ((config != NULL && profile_set_load(set, PROFILE_CONFIG, config, err) < 0) ||
		(credentials != NULL && profile_set_load(set, PROFILE_CREDENTIALS, credentials, err) < 0)) {
		profile_set_free(set);
		return -1;
	}
	*out = set;
	return 0;
}

static int load_max_attempts(struct client_settings *settings, const struct aws_options *options,
	struct err *err)
{
	const char *text = client_setting(settings, "AWS_MAX_ATTEMPTS", "max_attempts");
	char *end;
	long value;

	settings->max_attempts = options->max_attempts > 0 ? options->max_attempts
													   : CLIENT_DEFAULT_ATTEMPTS;
	if (options->max_attempts > 0 || text == NULL)
		return 0;
	value = strtol(text, &end, 10);
	if (*end != '\0' || value < 1 || value > 100)
		return err_set(err, ERR_CONFIG, "InvalidSetting",
			"AWS_MAX_ATTEMPTS (in the profile: max_attempts) must be a number from 1 to 100, not "
			"\"%s\"",
			text);
	settings->max_attempts = (int)value;
	return 0;
}

static int load_region(struct client_settings *settings, const struct aws_options *options,
	struct err *err)
{
	const char *region = client_setting(settings, "AWS_REGION", NULL);

	if (region == NULL)
		region = client_setting(settings, "AWS_DEFAULT_REGION", "region");
	if (region == NULL)
		region = options->default_region != NULL ? options->default_region : "us-east-1";
	if (!aws_region_valid(region) || strlen(region) >= CLIENT_REGION_SIZE)
		return err_set(err, ERR_CONFIG, "InvalidSetting",
			"\"%s\" is not the name of a region (AWS_REGION, AWS_DEFAULT_REGION, or region in the "
			"profile)",
			region);
	settings->region = xstrdup(region);
	return 0;
}

static int load_sts_endpoints(struct client_settings *settings, struct err *err)
{
	const char *text =
		client_setting(settings, "AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints");

	if (text == NULL || strcmp(text, "regional") == 0)
		return 0;
	if (strcmp(text, "legacy") != 0)
		return err_set(err, ERR_CONFIG, "InvalidSetting",
			"AWS_STS_REGIONAL_ENDPOINTS (in the profile: sts_regional_endpoints) must be regional "
			"or legacy, not \"%s\"",
			text);
	settings->sts_global = true;
	return 0;
}

int client_settings_load(struct client_settings *settings, const struct aws_options *options,
	struct err *err)
{
	const char *profile = environment("AWS_PROFILE");

	if (client_settings_profiles(&settings->profiles, err) < 0)
		return -1;
	if (profile == NULL)
		profile = environment("AWS_DEFAULT_PROFILE");
	if (profile != NULL && !profile_set_has(settings->profiles, PROFILE_PROFILE, profile))
		return err_set(err, ERR_CONFIG, "UnknownProfile",
			"the profile \"%s\", named by AWS_PROFILE, is in neither of the shared config and "
			"credentials files",
			profile);
	settings->profile = xstrdup(profile != NULL ? profile : "default");
	settings->attempt_timeout_ms = options->attempt_timeout_ms > 0 ? options->attempt_timeout_ms
																   : CLIENT_DEFAULT_ATTEMPT_MS;
	if (load_region(settings, options, err) < 0 || load_max_attempts(settings, options, err) < 0 ||
		load_sts_endpoints(settings, err) < 0)
		return -1;
	if (setting_bool(settings, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", &settings->use_fips,
			err) < 0 ||
		setting_bool(settings, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint",
			&settings->use_dualstack, err) < 0)
		return -1;
	return setting_bool(settings, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
		"ignore_configured_endpoint_urls", &settings->ignore_endpoints, err);
}

void client_settings_release(struct client_settings *settings)
{
	profile_set_free(settings->profiles);
	free(settings->profile);
	free(settings->region);
}

/* Looks in the order of https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
const char *client_settings_endpoint_url(const struct client_settings *settings,
	const struct aws_service *service)
{
	char name[96], key[64];
	const char *url, *services;
	size_t i;

	if (settings->ignore_endpoints)
		return NULL;
	snprintf(name, sizeof name, "AWS_ENDPOINT_URL_%s", service->endpoint_id);
	if ((url = environment(name)) != NULL || (url = environment("AWS_ENDPOINT_URL")) != NULL)
		return url;
	for (i = 0; i < sizeof key - 1 && service->endpoint_id[i] != '\0'; i++) {
		char c = service->endpoint_id[i];

		key[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
	key[i] = '\0';
	services = client_setting(settings, NULL, "services");
	if (services != NULL &&
		(url = profile_set_get_nested(settings->profiles, PROFILE_SERVICES, services, key,
			 "endpoint_url")) != NULL)
		return url;
	return client_setting(settings, NULL, "endpoint_url");
}
