#include "web/http/target.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"
#include "web/http/head.h"

#include <arpa/inet.h>
#include <strings.h>

/* The characters that need no encoding in a path or query (RFC 3986), and those that end a name or
 * value of the query. */
#define UNRESERVED "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
#define PATH_CHARACTERS UNRESERVED "%!$&'()*+,;=:@/"
#define QUERY_CHARACTERS PATH_CHARACTERS "?"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes in place, once. Returns -1 where a % is not followed by two hexadecimal digits, or where
 * the result is not plain text. */
static int decode(char *text, bool plus_is_blank)
{
	char *out = text;

	for (const char *in = text; *in != '\0'; in++) {
		int c = (unsigned char)*in;

		if (c == '+' && plus_is_blank) {
			c = ' ';
		} else if (c == '%') {
			int high = hex_value(in[1]), low = high < 0 ? -1 : hex_value(in[2]);

			if (low < 0)
				return -1;
			c = high << 4 | low;
			in += 2;
		}
		if (c < ' ' || c == 0x7f)
			return -1;
		*out++ = (char)c;
	}
	*out = '\0';
	/* jansson refuses invalid UTF-8, including overlong forms and surrogates. */
	CLEANUP_JSON json_t *valid = json_string(text);
	return valid != NULL ? 0 : -1;
}

/* --- the path --- */

/* Refuses an encoded slash, since a proxy that decodes it would see another path. */
static bool segment_is_plain(const char *segment)
{
	return strpbrk(segment, "/\\") == NULL && strcmp(segment, ".") != 0 &&
		strcmp(segment, "..") != 0 && strlen(segment) <= TARGET_MAX_SEGMENT;
}

static int split_path(char *path, struct target *target, struct refusal *refusal)
{
	if (path[0] != '/' || strspn(path, PATH_CHARACTERS) != strlen(path))
		return refuse(refusal, 400, "BadPath",
			"the path does not begin with a slash, or has a character that is not allowed there");
	if (path[1] == '\0')
		return 0;
	for (char *segment = path + 1, *next; segment != NULL; segment = next) {
		next = strchr(segment, '/');
		if (next != NULL)
			*next++ = '\0';
		/* An empty last segment is a slash at the end of the path, which no route has. */
		if (segment[0] == '\0' && next != NULL)
			return refuse(refusal, 400, "BadPath", "the path has two slashes in a row");
		if (decode(segment, false) < 0 || !segment_is_plain(segment))
			return refuse(refusal, 400, "BadPath",
				"a part of the path is '.' or '..', too long, badly encoded or not plain text");
		if (target->count == TARGET_MAX_SEGMENTS)
			return refuse(refusal, 404, "NoSuchPath", "the path has more parts than any route");
		target->segments[target->count++] = segment;
	}
	return 0;
}

/* --- the query --- */

static int take_parameter(char *text, json_t *query, struct refusal *refusal)
{
	char *value = strchr(text, '=');

	if (value != NULL)
		*value++ = '\0';
	else
		value = text + strlen(text);
	if (text[0] == '\0' || decode(text, true) < 0 || decode(value, true) < 0)
		return refuse(refusal, 400, "BadQuery",
			"a query parameter has no name, is badly encoded or is not plain text");
	if (strlen(value) > TARGET_MAX_VALUE)
		return refuse(refusal, 400, "BadQuery", "the query parameter %.64s has more than %d bytes",
			text, TARGET_MAX_VALUE);
	if (json_object_get(query, text) != NULL)
		return refuse(refusal, 400, "BadQuery", "the query parameter %.64s is given twice", text);
	if (json_object_size(query) == TARGET_MAX_QUERY)
		return refuse(refusal, 400, "BadQuery", "there are more than %d query parameters",
			TARGET_MAX_QUERY);
	json_object_set_new(query, text, json_string(value));
	return 0;
}

static int split_query(char *text, struct target *target, struct refusal *refusal)
{
	if (strspn(text, QUERY_CHARACTERS) != strlen(text))
		return refuse(refusal, 400, "BadQuery",
			"the query has a character that is not allowed there");
	for (char *next; text != NULL && text[0] != '\0'; text = next) {
		next = strchr(text, '&');
		if (next != NULL)
			*next++ = '\0';
		if (take_parameter(text, target->query, refusal) < 0)
			return -1;
	}
	return 0;
}

int target_parse(const char *raw, struct target *target, struct refusal *refusal)
{
	*target = (struct target){ .text = xstrdup(raw), .query = json_object() };
	char *query = strchr(target->text, '?');

	if (query != NULL)
		*query++ = '\0';
	if (split_path(target->text, target, refusal) < 0)
		return -1;
	return query == NULL ? 0 : split_query(query, target, refusal);
}

void target_release(struct target *target)
{
	free(target->text);
	json_decref(target->query);
	*target = (struct target){ .text = NULL };
}

/* --- authorities --- */

static int take_port(const char *text, int *port)
{
	size_t digits = strspn(text, "0123456789");

	if (digits < 1 || digits > 5 || text[digits] != '\0')
		return -1;
	*port = atoi(text);
	return *port >= 1 && *port <= 65535 ? 0 : -1;
}

static int take_ipv6(char *text, char *host, char **rest)
{
	char *bracket = strchr(text, ']'), shortest[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (bracket == NULL)
		return -1;
	*bracket = '\0';
	if (inet_pton(AF_INET6, text + 1, &address) != 1 ||
		inet_ntop(AF_INET6, &address, shortest, sizeof shortest) == NULL)
		return -1;
	snprintf(host, AUTHORITY_HOST_SIZE, "[%s]", shortest);
	*rest = bracket + 1;
	return 0;
}

int authority_parse(const char *text, struct authority *out)
{
	char copy[AUTHORITY_HOST_SIZE + 8], *rest = copy;

	*out = (struct authority){ .port = 0 };
	if (strlen(text) >= sizeof copy)
		return -1;
	snprintf(copy, sizeof copy, "%s", text);
	if (copy[0] == '[') {
		if (take_ipv6(copy, out->host, &rest) < 0)
			return -1;
	} else {
		size_t length =
			strspn(copy, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");

		if (length == 0 || length >= AUTHORITY_HOST_SIZE)
			return -1;
		for (size_t i = 0; i < length; i++)
			out->host[i] = (char)(copy[i] >= 'A' && copy[i] <= 'Z' ? copy[i] | 0x20 : copy[i]);
		rest = copy + length;
	}
	if (rest[0] == '\0')
		return 0;
	return rest[0] == ':' ? take_port(rest + 1, &out->port) : -1;
}

int origin_parse(const char *text, bool *https, struct authority *out)
{
	*https = strncasecmp(text, "https://", 8) == 0;
	if (!*https && strncasecmp(text, "http://", 7) != 0)
		return -1;
	return authority_parse(text + (*https ? 8 : 7), out);
}

bool authority_equal(const struct authority *a, const struct authority *b)
{
	return a->port == b->port && strcmp(a->host, b->host) == 0;
}

bool authority_is_loopback(const struct authority *authority)
{
	struct in_addr address;

	if (inet_pton(AF_INET, authority->host, &address) == 1)
		return ntohl(address.s_addr) >> 24 == 127;
	return strcmp(authority->host, "localhost") == 0 || strcmp(authority->host, "[::1]") == 0;
}
