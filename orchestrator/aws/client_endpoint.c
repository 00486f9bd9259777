/*
 * Endpoints and limits are looked up once and kept: a sweep needs the same few of them hundreds of
 * times a second.
 */
#include "aws/client_endpoint.h"

#include "aws/client_private.h"
#include "aws/client_settings.h"

#include "base/banned.h"

#include <arpa/inet.h>
#include <strings.h>

static bool is_ipv4(const char *host)
{
	struct in_addr address;

	return inet_pton(AF_INET, host, &address) == 1;
}

/* Copies the host name of an authority without its port; an IPv6 address keeps its brackets. */
static void strip_port(const char *authority, char *out, size_t size)
{
	const char *end = *authority == '[' ? strchr(authority, ']') : strchr(authority, ':');
	size_t length = end == NULL ? strlen(authority)
								: (size_t)(end - authority) + (*authority == '[');

	snprintf(out, size, "%.*s", (int)length, authority);
}

bool client_host_is_loopback(const char *host)
{
	char name[256];
	size_t length;

	strip_port(host, name, sizeof name);
	if (is_ipv4(name))
		return strncmp(name, "127.", 4) == 0;
	if (strcmp(name, "[::1]") == 0 || strcasecmp(name, "localhost") == 0)
		return true;
	length = strlen(name);
	return length > 10 && strcasecmp(name + length - 10, ".localhost") == 0;
}

bool client_host_is_address(const char *host)
{
	char name[256];

	strip_port(host, name, sizeof name);
	return name[0] == '[' || is_ipv4(name);
}

static int resolve(struct aws *aws, const struct client_endpoint_key *key, struct aws_endpoint *out,
	struct err *err)
{
	struct aws_endpoint_options options = {
		.region = key->region,
		.use_fips = aws->settings.use_fips,
		.use_dualstack = aws->settings.use_dualstack,
		.custom_url = client_settings_endpoint_url(&aws->settings, key->service),
		/* One host for all buckets, so that connections are shared. */
		.force_path_style = true,
		.sts_global = key->sts_global,
	};

	return aws_endpoint_resolve(key->service, &options, out, err);
}

int client_endpoint_get(struct aws *aws, const struct aws_service *service, const char *region,
	bool sts_global, struct client_endpoint **out, struct err *err)
{
	struct client_endpoint_key key;
	struct client_endpoint *entry;
	struct aws_endpoint at;
	const char *authority;

	if (strlen(region) >= sizeof key.region)
		return err_set(err, ERR_CONFIG, "InvalidRegion", "\"%s\" is not the name of a region",
			region);
	memset(&key, 0, sizeof key); /* hashed whole, padding too */
	key.service = service;
	key.sts_global = sts_global;
	memcpy(key.region, region, strlen(region));
	HASH_FIND(hh, aws->endpoints, &key, sizeof key, entry);
	if (entry != NULL) {
		*out = entry;
		return 0;
	}
	if (resolve(aws, &key, &at, err) < 0)
		return -1;
	entry = xcalloc(1, sizeof *entry);
	entry->key = key;
	entry->at = at;
	entry->quota.tokens = RETRY_QUOTA_TOKENS;
	authority = strstr(at.url, "://");
	entry->scheme_length = authority != NULL ? (size_t)(authority - at.url) + 3 : 0;
	entry->host_prefix_allowed = !client_host_is_address(at.host) &&
		!client_host_is_loopback(at.host);
	HASH_ADD(hh, aws->endpoints, key, sizeof entry->key, entry);
	entry->canonical = entry;
	*out = entry;
	if (strcmp(at.signing_region, region) == 0)
		return 0;

	struct client_endpoint *home;
	if (client_endpoint_get(aws, service, at.signing_region, sts_global, &home, NULL) == 0 &&
		strcmp(home->at.url, at.url) == 0)
		entry->canonical = home->canonical;
	return 0;
}

void client_endpoints_free(struct aws *aws)
{
	struct client_endpoint *endpoint = aws->endpoints;
	struct client_operation *operation = aws->operations;

	HASH_CLEAR(hh, aws->endpoints);
	while (endpoint != NULL) {
		struct client_endpoint *next = endpoint->hh.next;

		free(endpoint);
		endpoint = next;
	}
	HASH_CLEAR(hh, aws->operations);
	while (operation != NULL) {
		struct client_operation *next = operation->hh.next;

		free(operation);
		operation = next;
	}
}

const struct limit *client_limit_of(struct aws *aws, const struct aws_operation *operation)
{
	struct client_operation *entry;

	HASH_FIND_PTR(aws->operations, &operation, entry);
	if (entry == NULL) {
		entry = xcalloc(1, sizeof *entry);
		entry->operation = operation;
		entry->limit = limits_find(operation);
		HASH_ADD_PTR(aws->operations, operation, entry);
	}
	return entry->limit;
}
