/* The credentials endpoint of a container: ECS tasks, EKS Pod Identity.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
#include "aws/credentials/provider_container.h"

#include "aws/client_endpoint.h"
#include "aws/client_settings.h"
#include "aws/credentials/provider_common.h"
#include "aws/credentials/provider_private.h"

#include "base/banned.h"

#include <strings.h>

enum {
	MAX_DOCUMENT_BYTES = 64 * 1024,
	TIMEOUT_MS = 2000,
	TRIES = 3,
};

/* Returns whether keys are accepted from the URL: without TLS, only from this machine and the two
 * well-known agents. */
static bool is_allowed(const char *url)
{
	static const char *const agents[] = { "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]" };
	char host[256];
	size_t length;

	if (strncasecmp(url, "https://", 8) == 0)
		return true;
	if (strncasecmp(url, "http://", 7) != 0)
		return false;
	length = strcspn(url + 7, "/?#");
	/* A URL with user information before an '@' would hide which host is really called. */
	if (length == 0 || length >= sizeof host || memchr(url + 7, '@', length) != NULL ||
		memchr(url + 7, '\\', length) != NULL)
		return false;
	snprintf(host, sizeof host, "%.*s", (int)length, url + 7);
	for (size_t i = 0; i < ARRAY_LENGTH(agents); i++) {
		size_t agent = strlen(agents[i]);

		if (strncasecmp(host, agents[i], agent) == 0 && (host[agent] == '\0' || host[agent] == ':'))
			return true;
	}
	return client_host_is_loopback(host);
}

static int read_token(const struct client_settings *settings, struct buf *token, struct err *err)
{
	const char *file = client_setting(settings, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", NULL);
	const char *text = client_setting(settings, "AWS_CONTAINER_AUTHORIZATION_TOKEN", NULL);

	if (file != NULL) {
		if (provider_read_file(file, "the container authorization token", token, err) < 0)
			return -1;
	} else if (text != NULL) {
		buf_add_string(token, text);
	}
	if (!buf_ok(token) || strpbrk(token->data, "\r\n") != NULL)
		return err_set(err, ERR_CREDENTIALS, "InvalidToken",
			"the container authorization token is too large or has a line break");
	return 0;
}

MAY_YIELD static int ask(struct provider *provider, const char *url, const char *token,
	struct aws_credentials *out, struct err *err)
{
	struct http_header headers[] = { { "accept", "application/json" }, { "authorization", token } };
	struct provider_request request = {
		.what = "container credentials endpoint",
		.method = "GET",
		.url = url,
		.headers = headers,
		.header_count = *token != '\0' ? 2 : 1,
		.timeout_ms = TIMEOUT_MS,
		.tries = TRIES,
	};
	struct buf body;
	int status, result;

	buf_init(&body, MAX_DOCUMENT_BYTES);
	result = provider_fetch(provider->aws, &request, &body, &status, err);
	if (result == 0 && status != 200)
		result = err_set(err, ERR_CREDENTIALS, "ContainerCredentials",
			"the container credentials endpoint answered with HTTP status %d", status);
	if (result == 0)
		result = provider_read_keys(&body, "Token", "the container credentials endpoint", out, err);
	buf_release_secret(&body);
	return result;
}

int provider_container(struct provider *provider, struct aws_credentials *out, struct err *err)
{
	const struct client_settings *settings = &provider->aws->settings;
	const char *relative = client_setting(settings, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", NULL);
	const char *full = client_setting(settings, "AWS_CONTAINER_CREDENTIALS_FULL_URI", NULL);
	struct buf token;
	int result;

	if (relative == NULL && full == NULL)
		return provider_absent(provider,
			"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and …_FULL_URI are not set");
	if (relative != NULL && *relative != '/')
		return err_set(err, ERR_CREDENTIALS, "InvalidUri",
			"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with '/'");
	if (relative == NULL && !is_allowed(full))
		return err_set(err, ERR_CREDENTIALS, "InvalidUri",
			"AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or name a loopback address, "
			"169.254.170.2, "
			"169.254.170.23 or [fd00:ec2::23]");
	CLEANUP_FREE char *url = relative != NULL ? xasprintf("http://169.254.170.2%s", relative)
											  : xstrdup(full);
	buf_init(&token, 16 * 1024);
	result = read_token(settings, &token, err);
	if (result == 0)
		result = ask(provider, url, token.data, out, err);
	buf_release_secret(&token);
	return result;
}
