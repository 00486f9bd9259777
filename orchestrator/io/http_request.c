/* What a request must be like, and its bytes. */
#include "io/http_private.h"

#include "base/banned.h"
#include "base/mem.h"

#include <strings.h>
#include <sys/un.h>

/* Of the request line and the headers. AWS takes 16 KiB or so of them. */
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

/* Splits "https://Host:443/path?query#part" into the endpoint "https://host:443", the host as it was given and what
 * follows it. A user name has no place in it: it would end up in logs. */
static int take_url(struct http_transfer *transfer, const char *url)
{
	size_t scheme_length = strncasecmp(url, "https://", 8) == 0 ? 8 : strncasecmp(url, "http://", 7) == 0 ? 7 : 0;
	const char *authority = url + scheme_length;
	size_t authority_length = strcspn(authority, "/?#"), length = scheme_length + authority_length;

	if (scheme_length == 0 || authority_length == 0 || !printable(url) || memchr(authority, '@', authority_length) != NULL ||
	    length >= sizeof transfer->endpoint_url)
		return -1;
	for (size_t i = 0; i < length; i++)
		transfer->endpoint_url[i] = (char)(url[i] >= 'A' && url[i] <= 'Z' ? url[i] - 'A' + 'a' : url[i]);
	transfer->endpoint_url[length] = '\0';
	transfer->authority = authority;
	transfer->authority_length = authority_length;
	transfer->target = authority + authority_length;
	transfer->target_length = strcspn(transfer->target, "#");
	return 0;
}

static int check_header(const struct http_header *header, size_t index, struct err *err)
{
	if (*header->name == '\0' || !printable(header->name) || strchr(header->name, ':') != NULL)
		return err_set(err, ERR_USAGE, "BadHeader", "header %zu of a request has a name that isn't one", index);
	/* The value may be a secret, and isn't shown. */
	if (strpbrk(header->value, "\r\n") != NULL)
		return err_set(err, ERR_USAGE, "BadHeader", "the value of header %s holds a line break", header->name);
	return 0;
}

static int check(struct http_transfer *transfer, const struct http_request *request, struct err *err)
{
	const char *socket = request->unix_socket;

	if (take_url(transfer, request->url) < 0)
		return err_set(err, ERR_USAGE, "BadUrl",
		               "the URL of a request must be absolute, http or https, already encoded, and without a user name");
	if (*request->method == '\0' || !printable(request->method))
		return err_set(err, ERR_USAGE, "BadMethod", "the method of a request must be one word");
	if (socket != NULL && strlen(socket) >= sizeof ((struct sockaddr_un *)NULL)->sun_path)
		return err_set(err, ERR_USAGE, "BadSocketPath", "the path of a UNIX socket may have %zu bytes: %s",
		               sizeof ((struct sockaddr_un *)NULL)->sun_path - 1, socket);
	for (size_t i = 0; i < request->header_count; i++)
		if (check_header(&request->headers[i], i, err) < 0)
			return -1;
	return 0;
}

/* --- bytes --- */

static void add_header(struct buf *out, const char *name, const char *value, size_t value_length)
{
	buf_add_string(out, name);
	buf_add(out, value_length > 0 ? ": " : ":", value_length > 0 ? 2 : 1);
	buf_add(out, value, value_length);
	buf_add(out, "\r\n", 2);
}

static bool gives(const struct http_request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (strcasecmp(request->headers[i].name, name) == 0)
			return true;
	return false;
}

/* The host as the URL has it, without the port that is its scheme's own. */
static size_t host_length(const struct http_transfer *transfer)
{
	const char *port = strncmp(transfer->endpoint_url, "https", 5) == 0 ? ":443" : ":80";
	size_t length = transfer->authority_length, port_length = strlen(port);

	return length > port_length && memcmp(transfer->authority + length - port_length, port, port_length) == 0 ?
	               length - port_length : length;
}

/* These have a length even without a body (RFC 9110 section 8.6). */
static bool has_length(const struct http_request *request)
{
	static const char *const methods[] = { "POST", "PUT", "PATCH" };

	for (size_t i = 0; i < ARRAY_LENGTH(methods); i++)
		if (strcmp(request->method, methods[i]) == 0)
			return true;
	return request->body != NULL;
}

static void add_request_line(const struct http_transfer *transfer, const struct http_request *request, struct buf *out)
{
	buf_add_string(out, request->method);
	buf_add_char(out, ' ');
	if (transfer->target_length == 0 || transfer->target[0] != '/')
		buf_add_char(out, '/');
	buf_add(out, transfer->target, transfer->target_length);
	buf_add_string(out, " HTTP/1.1\r\n");
}

static void add_headers(const struct http_transfer *transfer, const struct http_request *request, struct buf *out)
{
	const char *user_agent = transfer->client->user_agent;
	char digits[24];

	if (!gives(request, "host"))
		add_header(out, "Host", transfer->authority, host_length(transfer));
	if (!gives(request, "user-agent"))
		add_header(out, "User-Agent", user_agent, strlen(user_agent));
	if (!gives(request, "accept"))
		add_header(out, "Accept", "*/*", 3);
	for (size_t i = 0; i < request->header_count; i++)
		add_header(out, request->headers[i].name, request->headers[i].value, strlen(request->headers[i].value));
	if (has_length(request) && !gives(request, "content-length")) {
		int length = snprintf(digits, sizeof digits, "%zu", request->body != NULL ? request->body_length : 0);

		add_header(out, "Content-Length", digits, (size_t)length);
	}
}

int http_request_write(struct http_transfer *transfer, const struct http_request *request, struct err *err)
{
	struct buf *head = &transfer->head;

	if (check(transfer, request, err) < 0)
		return -1;
	buf_reset(head);
	add_request_line(transfer, request, head);
	add_headers(transfer, request, head);
	buf_add(head, "\r\n", 2);
	transfer->body = request->body;
	transfer->body_length = request->body != NULL ? request->body_length : 0;
	if (transfer->body_length <= MAX_JOINED_BODY_BYTES) {
		buf_add(head, transfer->body, transfer->body_length);
		transfer->body_length = 0;
	}
	if (!buf_ok(head))
		return err_set(err, ERR_USAGE, "BadHeader", "the headers of a request are larger than %zu bytes", MAX_HEAD_BYTES);
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
