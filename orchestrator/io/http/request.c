/* Checks a request and writes its bytes. */
#include "io/http/request.h"

#include "io/http/private.h"

#include "base/banned.h"
#include "base/mem.h"

#include <strings.h>
#include <sys/un.h>

/* The most for the request line and the headers. AWS accepts about 16 KiB. */
#define MAX_HEAD_BYTES ((size_t)64 * 1024)

/* A body up to this is sent with the head, in one system call and one packet. */
#define MAX_JOINED_BODY_BYTES ((size_t)16 * 1024)

/* --- checks --- */

static bool printable(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7f)
			return false;
	return true;
}

/* Splits "https://Host:443/path?query#part" into the endpoint "https://host:443", the host as it
 * was given, and what follows it. A user name is refused, since it would end up in logs. */
static int take_url(struct http_transfer *transfer, const char *url)
{
	size_t scheme_length = strncasecmp(url, "https://", 8) == 0 ? 8
		: strncasecmp(url, "http://", 7) == 0                   ? 7
																: 0;
	const char *authority = url + scheme_length;
	size_t authority_length = strcspn(authority, "/?#"), length = scheme_length + authority_length;

	if (scheme_length == 0 || authority_length == 0 || !printable(url) ||
		memchr(authority, '@', authority_length) != NULL || length >= sizeof transfer->endpoint_url)
		return -1;
	for (size_t i = 0; i < length; i++)
		transfer->endpoint_url[i] =
			(char)(url[i] >= 'A' && url[i] <= 'Z' ? url[i] - 'A' + 'a' : url[i]);
	transfer->endpoint_url[length] = '\0';
	transfer->authority = authority;
	transfer->authority_length = authority_length;
	transfer->target = authority + authority_length;
	transfer->target_length = strcspn(transfer->target, "#");
	return 0;
}

static int check(struct http_transfer *transfer, const struct http_request *request,
	struct err *err)
{
	const char *socket = request->unix_socket;

	if (take_url(transfer, request->url) < 0)
		return err_set(err, ERR_USAGE, "BadUrl",
			"the URL of a request must be absolute, http or https, already encoded, and without a "
			"user name");
	if (*request->method == '\0' || !printable(request->method))
		return err_set(err, ERR_USAGE, "BadMethod", "the method of a request must be one word");
	if (socket != NULL && strlen(socket) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
		return err_set(err, ERR_USAGE, "BadSocketPath",
			"the path of a UNIX socket may have %zu bytes: %s",
			sizeof((struct sockaddr_un *)NULL)->sun_path - 1, socket);
	return 0;
}

/* --- bytes --- */

static void add_header(struct buf *out, const char *name, size_t name_length, const char *value,
	size_t value_length)
{
	size_t separator_length = value_length > 0 ? 2 : 1,
		   length = name_length + separator_length + value_length + 2;
	char *room = buf_room(out, length);

	if (room == NULL)
		return;
	memcpy(room, name, name_length);
	memcpy(room + name_length, ": ", separator_length);
	memcpy(room + name_length + separator_length, value, value_length);
	memcpy(room + length - 2, "\r\n", 2);
	buf_wrote(out, length);
}

/* The headers that are added unless the caller gives them. */
struct given {
	bool host, user_agent, accept, content_length;
};

static void note_given(struct given *given, const char *name, size_t length)
{
	switch (length) {
	case sizeof "host" - 1:
		given->host = given->host || strcasecmp(name, "host") == 0;
		break;
	case sizeof "accept" - 1:
		given->accept = given->accept || strcasecmp(name, "accept") == 0;
		break;
	case sizeof "user-agent" - 1:
		given->user_agent = given->user_agent || strcasecmp(name, "user-agent") == 0;
		break;
	case sizeof "content-length" - 1:
		given->content_length = given->content_length || strcasecmp(name, "content-length") == 0;
		break;
	default:
		break;
	}
}

static int add_given_headers(const struct http_request *request, struct given *given,
	struct buf *out, struct err *err)
{
	for (size_t i = 0; i < request->header_count; i++) {
		const char *name = request->headers[i].name, *value = request->headers[i].value;
		size_t name_length = strlen(name), value_length = strcspn(value, "\r\n");

		if (name_length == 0 || !printable(name) || memchr(name, ':', name_length) != NULL)
			return err_set(err, ERR_USAGE, "BadHeader",
				"header %zu of a request has an invalid name", i);
		/* The value may be a secret and is not shown. */
		if (value[value_length] != '\0')
			return err_set(err, ERR_USAGE, "BadHeader", "the value of header %s holds a line break",
				name);
		note_given(given, name, name_length);
		add_header(out, name, name_length, value, value_length);
	}
	return 0;
}

/* The length of the URL's host without its scheme's default port. */
static size_t host_length(const struct http_transfer *transfer)
{
	const char *port = strncmp(transfer->endpoint_url, "https", 5) == 0 ? ":443" : ":80";
	size_t length = transfer->authority_length, port_length = strlen(port);

	return length > port_length &&
			memcmp(transfer->authority + length - port_length, port, port_length) == 0
		? length - port_length
		: length;
}

/* Returns whether Content-Length is sent, which these methods have even without a body (RFC 9110
 * section 8.6). */
static bool has_length(const struct http_request *request)
{
	static const char *const methods[] = { "POST", "PUT", "PATCH" };

	for (size_t i = 0; i < ARRAY_LENGTH(methods); i++)
		if (strcmp(request->method, methods[i]) == 0)
			return true;
	return request->body != NULL;
}

static void add_request_line(const struct http_transfer *transfer,
	const struct http_request *request, struct buf *out)
{
	buf_add_string(out, request->method);
	buf_add_char(out, ' ');
	if (transfer->target_length == 0 || transfer->target[0] != '/')
		buf_add_char(out, '/');
	buf_add(out, transfer->target, transfer->target_length);
	buf_add_string(out, " HTTP/1.1\r\n");
}

#define ADD_HEADER(out, name, value, value_length) \
	add_header(out, name, sizeof(name) - 1, value, value_length)

static int add_headers(const struct http_transfer *transfer, const struct http_request *request,
	struct buf *out, struct err *err)
{
	const char *user_agent = transfer->client->user_agent;
	struct given given = { .host = false };
	char digits[24];

	if (add_given_headers(request, &given, out, err) < 0)
		return -1;
	if (!given.host)
		ADD_HEADER(out, "Host", transfer->authority, host_length(transfer));
	if (!given.user_agent)
		ADD_HEADER(out, "User-Agent", user_agent, strlen(user_agent));
	if (!given.accept)
		ADD_HEADER(out, "Accept", "*/*", 3);
	if (has_length(request) && !given.content_length) {
		int length = snprintf(digits, sizeof digits, "%zu",
			request->body != NULL ? request->body_length : 0);

		ADD_HEADER(out, "Content-Length", digits, (size_t)length);
	}
	return 0;
}

int http_request_write(struct http_transfer *transfer, const struct http_request *request,
	struct err *err)
{
	struct buf *head = &transfer->head;

	if (check(transfer, request, err) < 0)
		return -1;
	buf_reset(head);
	add_request_line(transfer, request, head);
	if (add_headers(transfer, request, head, err) < 0)
		return -1;
	buf_add(head, "\r\n", 2);
	transfer->body = request->body;
	transfer->body_length = request->body != NULL ? request->body_length : 0;
	if (transfer->body_length <= MAX_JOINED_BODY_BYTES) {
		buf_add(head, transfer->body, transfer->body_length);
		transfer->body_length = 0;
	}
	if (!buf_ok(head))
		return err_set(err, ERR_USAGE, "BadHeader",
			"the headers of a request are larger than %zu bytes", MAX_HEAD_BYTES);
	return 0;
}

void http_request_init(struct http_transfer *transfer)
{
	buf_init_secret(&transfer->head, MAX_HEAD_BYTES + MAX_JOINED_BODY_BYTES);
}

void http_request_wipe(struct http_transfer *transfer)
{
	if (transfer->head.length > 0)
		mem_wipe(transfer->head.data, transfer->head.length);
	buf_reset(&transfer->head);
}

bool http_request_may_repeat(const struct http_request *request)
{
	return strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
}
