/* The role of an EC2 instance, from its metadata service, version 2 only: version 1 needs no token,
 * so a request that somebody tricks this process into sending could read the credentials.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html */
#include "aws/credentials/provider_imds.h"

#include "aws/client_settings.h"
#include "aws/credentials/provider_common.h"
#include "aws/credentials/provider_private.h"

#include "base/banned.h"

#include <strings.h>

enum {
	MAX_DOCUMENT_BYTES = 64 * 1024,
	TIMEOUT_MS = 1000,
	TRIES = 2,
};
#define ROLES_PATH "/latest/meta-data/iam/security-credentials/"

struct imds {
	struct aws *aws;
	const char *endpoint;
	char url[512];
	struct buf token, body;
	int status;
};

MAY_YIELD static int fetch(struct imds *imds, const char *method, const char *path,
	const char *more, const struct http_header *header, struct err *err)
{
	struct provider_request request = {
		.what = "instance metadata service",
		.method = method,
		.url = imds->url,
		.headers = header,
		.header_count = 1,
		.timeout_ms = TIMEOUT_MS,
		.tries = TRIES,
	};
	size_t length = strlen(imds->endpoint);

	if (length > 0 && imds->endpoint[length - 1] == '/')
		length--;
	int used =
		snprintf(imds->url, sizeof imds->url, "%.*s%s%s", (int)length, imds->endpoint, path, more);
	if (used < 0 || (size_t)used >= sizeof imds->url)
		return err_set(err, ERR_CREDENTIALS, "InvalidUri",
			"the address of the instance metadata service is too long");
	return provider_fetch(imds->aws, &request, &imds->body, &imds->status, err);
}

static const char *endpoint(const struct client_settings *settings)
{
	const char *url = client_setting(settings, "AWS_EC2_METADATA_SERVICE_ENDPOINT",
		"ec2_metadata_service_endpoint");
	const char *mode = client_setting(settings, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
		"ec2_metadata_service_endpoint_mode");

	if (url != NULL)
		return url;
	return mode != NULL && strcasecmp(mode, "ipv6") == 0 ? "http://[fd00:ec2::254]"
														 : "http://169.254.169.254";
}

MAY_YIELD static int get_token(struct provider *provider, struct imds *imds, struct err *err)
{
	struct http_header ttl = { "x-aws-ec2-metadata-token-ttl-seconds", "21600" };

	if (fetch(imds, "PUT", "/latest/api/token", "", &ttl, err) < 0) {
		if (err->kind == ERR_CANCELLED)
			return -1;
		return provider_absent(provider, "no answer from %s", imds->endpoint);
	}
	if (imds->status != 200 || imds->body.length == 0 || strpbrk(imds->body.data, "\r\n") != NULL)
		return provider_absent(provider, "%s gave no token: HTTP status %d", imds->endpoint,
			imds->status);
	buf_add(&imds->token, imds->body.data, imds->body.length);
	return 0;
}

MAY_YIELD static int get_keys(struct provider *provider, struct imds *imds,
	struct aws_credentials *out, struct err *err)
{
	struct http_header token = { "x-aws-ec2-metadata-token", imds->token.data };
	char role[256];

	if (fetch(imds, "GET", ROLES_PATH, "", &token, err) < 0)
		return -1;
	if (imds->status == 404)
		return provider_absent(provider, "the instance has no role");
	if (imds->status != 200)
		return err_set(err, ERR_CREDENTIALS, "InstanceMetadata",
			"the instance metadata service answered with HTTP status %d", imds->status);
	snprintf(role, sizeof role, "%.*s", (int)strcspn(imds->body.data, "\r\n"), imds->body.data);
	/* The name becomes part of a path, so only the characters of a role name are allowed. */
	if (role[0] == '\0' ||
		strspn(role, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+=,.@_-") !=
			strlen(role))
		return err_set(err, ERR_CREDENTIALS, "InstanceMetadata",
			"the instance metadata service named no role");
	if (fetch(imds, "GET", ROLES_PATH, role, &token, err) < 0)
		return -1;
	if (imds->status != 200)
		return err_set(err, ERR_CREDENTIALS, "InstanceMetadata",
			"the instance metadata service answered with HTTP status %d for the role %s",
			imds->status, role);
	return provider_read_keys(&imds->body, "Token", "the instance metadata service", out, err);
}

int provider_imds(struct provider *provider, struct aws_credentials *out, struct err *err)
{
	const char *disabled =
		client_setting(&provider->aws->settings, "AWS_EC2_METADATA_DISABLED", NULL);
	struct imds imds = { .aws = provider->aws, .endpoint = endpoint(&provider->aws->settings) };
	int result;

	if (disabled != NULL && strcasecmp(disabled, "true") == 0)
		return provider_absent(provider, "AWS_EC2_METADATA_DISABLED is set");
	buf_init(&imds.token, 4096);
	buf_init(&imds.body, MAX_DOCUMENT_BYTES);
	result = get_token(provider, &imds, err);
	if (result == 0)
		result = get_keys(provider, &imds, out, err);
	buf_release_secret(&imds.token);
	buf_release_secret(&imds.body);
	return result;
}
