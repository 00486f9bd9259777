/* The environment of a process whose AWS is a fake server, and an assertion for its fibers. */
#ifndef AWS_FAKE_ENVIRONMENT_H
#define AWS_FAKE_ENVIRONMENT_H

#include "aws_fake_server.h"

#include "base/compiler.h"

/* cmocka's assertions use longjmp, which must not leave a fiber's stack: a test on a fiber uses
 * this instead. */
#define MUST(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

/* Sets credentials, a region and an endpoint for every service, and unsets all other variables that
 * the client reads. */
static inline void fake_environment(const char *endpoint, const char *region)
{
	static const char *const others[] = {
		"AWS_PROFILE",
		"AWS_DEFAULT_PROFILE",
		"AWS_SESSION_TOKEN",
		"AWS_DEFAULT_REGION",
		"AWS_CA_BUNDLE",
		"AWS_USE_FIPS_ENDPOINT",
		"AWS_USE_DUALSTACK_ENDPOINT",
		"AWS_MAX_ATTEMPTS",
		"AWS_STS_REGIONAL_ENDPOINTS",
		"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
		"AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_ROLE_ARN",
		"AWS_ROLE_SESSION_NAME",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
		"AWS_EC2_METADATA_SERVICE_ENDPOINT",
		"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
		"AWS_ENDPOINT_URL_STS",
		"AWS_ENDPOINT_URL_GUARDDUTY",
		"http_proxy",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
		unsetenv(others[i]);
	setenv("AWS_CONFIG_FILE", "/nonexistent/config", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials", 1);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	setenv("AWS_REGION", region, 1);
	setenv("AWS_ACCESS_KEY_ID", "AKIATEST", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "secret-of-test", 1);
	setenv("AWS_ENDPOINT_URL", endpoint, 1);
}

#endif
