#include "aws/endpoint/endpoint_url.h"

#include "base/banned.h"

#include <arpa/inet.h>
#include <ctype.h>

static bool is_label(const char *text, size_t length)
{
	if (length == 0 || length > 63 || text[0] == '-' || text[length - 1] == '-')
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x80 || (!isalnum(c) && c != '-'))
			return false;
	}
	return true;
}

bool endpoint_is_host_label(const char *text, bool dots_allowed)
{
	if (!dots_allowed)
		return is_label(text, strlen(text));
	for (;;) {
		size_t length = strcspn(text, ".");

		if (!is_label(text, length))
			return false;
		if (text[length] == '\0')
			return true;
		text += length + 1;
	}
}

static bool is_ipv4(const char *text)
{
	struct in_addr address;

	return inet_pton(AF_INET, text, &address) == 1;
}

/* The rules are those of
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
bool endpoint_is_virtual_hostable(const char *bucket, bool dots_allowed)
{
	size_t length = strlen(bucket);

	if (length < 3 || length > 63 || is_ipv4(bucket))
		return false;
	for (size_t i = 0; i < length; i++) {
		if (isupper((unsigned char)bucket[i]))
			return false;
	}
	return endpoint_is_host_label(bucket, dots_allowed);
}

static bool is_ipv6_literal(const char *host)
{
	struct in6_addr address;
	char inner[INET6_ADDRSTRLEN];
	size_t length = strlen(host);

	if (length < 4 || length - 2 >= sizeof inner || host[0] != '[' || host[length - 1] != ']')
		return false;
	memcpy(inner, host + 1, length - 2);
	inner[length - 2] = '\0';
	return inet_pton(AF_INET6, inner, &address) == 1;
}

/* Returns whether the host is "localhost" or a name below it, which always mean this machine (RFC
 * 6761, section 6.3). */
static bool is_loopback_name(const char *host)
{
	static const char name[] = "localhost";
	size_t length = strlen(host);

	if (length < sizeof name - 1 || strcasecmp(host + length - (sizeof name - 1), name) != 0)
		return false;
	return length == sizeof name - 1 || host[length - sizeof name] == '.';
}

/* Finds the end of the host: behind the bracket of an IPv6 address, else at the port or the path.
 */
static size_t host_length(const char *text)
{
	if (*text == '[') {
		size_t inside = strcspn(text, "]/?#");

		return text[inside] == ']' ? inside + 1 : inside;
	}
	return strcspn(text, ":/?#");
}

static int parse_port(const char *text, size_t length, struct endpoint_url *out)
{
	unsigned long port = 0;

	if (length == 0 || length > 5)
		return -1;
	for (size_t i = 0; i < length; i++) {
		if (!isdigit((unsigned char)text[i]))
			return -1;
		port = port * 10 + (unsigned long)(text[i] - '0');
	}
	if (port == 0 || port > 65535)
		return -1;
	if (port != (out->https ? 443 : 80))
		snprintf(out->port, sizeof out->port, ":%lu", port);
	return 0;
}

static int parse_path(const char *text, struct endpoint_url *out)
{
	size_t length = strlen(text);

	while (length > 0 && text[length - 1] == '/')
		length--;
	if (length >= sizeof out->path)
		return -1;
	for (size_t i = 0; i < length; i++) {
		if (text[i] <= ' ' || text[i] >= 0x7f || strchr("?#\\\"<>^`{|}", text[i]) != NULL)
			return -1;
	}
	memcpy(out->path, text, length);
	out->path[length] = '\0';
	return 0;
}

/* Reports why the URL is refused. A URL with a user in it may hold a password, so it is not
 * repeated. */
static int refuse(const char *text, const char *why, struct err *err)
{
	if (strchr(text, '@') != NULL)
		text = "(not shown)";
	return err_set(err, ERR_CONFIG, "InvalidEndpointUrl", "endpoint URL %.200s: %s", text, why);
}

int endpoint_url_parse(const char *text, struct endpoint_url *out, struct err *err)
{
	const char *rest;
	size_t length;

	*out = (struct endpoint_url){ .https = strncasecmp(text, "https://", 8) == 0 };
	if (!out->https && strncasecmp(text, "http://", 7) != 0)
		return refuse(text, "does not begin with http:// or https://", err);
	rest = text + (out->https ? 8 : 7);
	length = host_length(rest);
	if (length >= sizeof out->host)
		return refuse(text, "the host name is too long", err);
	memcpy(out->host, rest, length);
	out->is_ip = is_ipv4(out->host) || is_ipv6_literal(out->host);
	out->is_loopback = is_loopback_name(out->host);
	if (!out->is_ip && !endpoint_is_host_label(out->host, true))
		return refuse(text, "not a host name or IP address", err);
	rest += length;
	if (*rest == ':') {
		length = strcspn(++rest, "/?#");
		if (parse_port(rest, length, out) < 0)
			return refuse(text, "the port is not a number from 1 to 65535", err);
		rest += length;
	}
	if ((*rest != '\0' && *rest != '/') || parse_path(rest, out) < 0)
		return refuse(text, "only a short path may follow the host", err);
	return 0;
}
