/* Options and headers of a request on curl's easy handle. */
#include "io/http_private.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/mem.h"

#include <strings.h>
#include <sys/un.h>

static bool may_repeat(const struct http_request *request)
{
	return strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
}

/* Called just before a request is written, on a new or a kept connection. When a kept connection
 * turns out to be dead, curl sends the request again by itself. Unless that is harmless, it isn't
 * curl's decision: the first one may have been carried out. */
static int before_send(void *argument, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
	struct http_transfer *transfer = argument;

	(void)remote_ip;
	(void)local_ip;
	(void)remote_port;
	(void)local_port;
	http_multi_connected(transfer);
	transfer->activity_us = loop_turn_us(transfer->client->loop);
	if (transfer->send_attempts++ > 0 && !may_repeat(transfer->request)) {
		transfer->problem = PROBLEM_RESEND;
		return CURL_PREREQFUNC_ABORT;
	}
	return CURL_PREREQFUNC_OK;
}

/* Sets an option of the `easy` in scope and remembers a failure in `result`. */
#define SET(option, value)                                                \
	do {                                                              \
		CURLcode set_result_ = curl_easy_setopt(easy, option, value); \
		if (set_result_ != CURLE_OK)                              \
			result = set_result_;                             \
	} while (0)

static CURLcode set_constant_options(struct http_transfer *transfer)
{
	struct http_client *client = transfer->client;
	CURL *easy = transfer->easy;
	CURLcode result = CURLE_OK;

	SET(CURLOPT_PRIVATE, transfer);
	SET(CURLOPT_SHARE, client->share);
	SET(CURLOPT_ERRORBUFFER, transfer->error_text);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
#if LIBCURL_VERSION_NUM >= 0x075500
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
	SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(CURLOPT_USERAGENT, client->user_agent);
	SET(CURLOPT_TCP_NODELAY, 1L);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)client->connect_timeout_ms);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* A name lookup that is given up goes on in its thread; the loop must not wait for it. */
	SET(CURLOPT_QUICK_EXIT, 1L);
#endif

	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	/* Without this, the whole folder of certificates is read for every connection: 25 ms each. */
	SET(CURLOPT_CAPATH, NULL);
	if (client->ca_bundle != NULL)
		SET(CURLOPT_CAINFO, client->ca_bundle);

	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (!client->proxy_in_environment) {
		/* Saves five looks into the environment for every request. */
		SET(CURLOPT_PROXY, "");
		SET(CURLOPT_NOPROXY, "*");
	}

	SET(CURLOPT_WRITEFUNCTION, http_response_on_body);
	SET(CURLOPT_WRITEDATA, transfer);
	SET(CURLOPT_HEADERFUNCTION, http_response_on_header);
	SET(CURLOPT_HEADERDATA, transfer);
	SET(CURLOPT_PREREQFUNCTION, before_send);
	SET(CURLOPT_PREREQDATA, transfer);
	SET(CURLOPT_OPENSOCKETFUNCTION, http_socket_open);
	SET(CURLOPT_OPENSOCKETDATA, transfer);
	SET(CURLOPT_CLOSESOCKETFUNCTION, http_socket_close);
	SET(CURLOPT_CLOSESOCKETDATA, client); /* outlives the transfer, with the connection */
	return result;
}

int http_easy_new(struct http_transfer *transfer)
{
	transfer->easy = curl_easy_init();
	if (transfer->easy != NULL && set_constant_options(transfer) == CURLE_OK)
		return 0;
	curl_easy_cleanup(transfer->easy);
	transfer->easy = NULL;
	return -1;
}

void http_easy_free(struct http_transfer *transfer)
{
	curl_easy_cleanup(transfer->easy);
	free(transfer->header_nodes);
	free(transfer->header_lines);
}

/* --- headers --- */

static bool printable(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return false;
	return true;
}

int http_easy_check(const struct http_request *request, struct err *err)
{
	if ((strncasecmp(request->url, "https://", 8) != 0 && strncasecmp(request->url, "http://", 7) != 0) ||
	    !printable(request->url))
		return err_set(err, ERR_USAGE, "BadUrl",
		               "the URL of a request must be absolute, http or https, and already encoded");
	if (*request->method == '\0' || !printable(request->method))
		return err_set(err, ERR_USAGE, "BadMethod", "the method of a request must be one word");
	if (request->unix_socket != NULL && strlen(request->unix_socket) >= sizeof ((struct sockaddr_un *)NULL)->sun_path)
		return err_set(err, ERR_USAGE, "BadSocketPath", "the path of a UNIX socket may have %zu bytes: %s",
		               sizeof ((struct sockaddr_un *)NULL)->sun_path - 1, request->unix_socket);
	for (size_t i = 0; i < request->header_count; i++) {
		const struct http_header *header = &request->headers[i];

		if (*header->name == '\0' || !printable(header->name) || strchr(header->name, ':') != NULL)
			return err_set(err, ERR_USAGE, "BadHeader", "header %zu of a request has a name that isn't one", i);
		/* The value may be a secret, and isn't shown. */
		if (strpbrk(header->value, "\r\n") != NULL)
			return err_set(err, ERR_USAGE, "BadHeader", "the value of header %s holds a line break",
			               header->name);
	}
	return 0;
}

static size_t lines_bytes(const struct http_request *request)
{
	size_t bytes = 0;

	for (size_t i = 0; i < request->header_count; i++)
		bytes += strlen(request->headers[i].name) + strlen(request->headers[i].value) + sizeof ": ";
	return bytes;
}

/* Adds "name: value", or "name;" for an empty value, which is how curl wants to be asked for one. */
static char *add_line(char *line, const struct http_header *header)
{
	size_t name_length = strlen(header->name), value_length = strlen(header->value);

	memcpy(line, header->name, name_length);
	line += name_length;
	if (value_length == 0) {
		memcpy(line, ";", 2);
		return line + 2;
	}
	memcpy(line, ": ", 2);
	memcpy(line + 2, header->value, value_length + 1);
	return line + 2 + value_length + 1;
}

/* The list is built in two blocks that are kept, not by curl_slist_append, which allocates twice a
 * header and leaves the secrets in freed memory. */
static struct curl_slist *build_headers(struct http_transfer *transfer, bool with_body)
{
	/* curl adds "Expect: 100-continue" and a Content-Type of its own unless these say not to. */
	static char no_expect[] = "Expect:", no_type[] = "Content-Type:";
	const struct http_request *request = transfer->request;
	size_t bytes = lines_bytes(request), nodes = 0;
	bool typed = false;

	if (transfer->header_lines_bytes < bytes) {
		free(transfer->header_lines);
		transfer->header_lines = xmalloc(bytes);
		transfer->header_lines_bytes = bytes;
	}
	if (transfer->header_node_capacity < request->header_count + 2) {
		free(transfer->header_nodes);
		transfer->header_node_capacity = request->header_count + 8;
		transfer->header_nodes = xcalloc(transfer->header_node_capacity, sizeof *transfer->header_nodes);
	}
	char *line = transfer->header_lines;
	for (size_t i = 0; i < request->header_count; i++) {
		transfer->header_nodes[nodes++].data = line;
		line = add_line(line, &request->headers[i]);
		typed = typed || strcasecmp(request->headers[i].name, "content-type") == 0;
	}
	if (with_body) {
		transfer->header_nodes[nodes++].data = no_expect;
		if (!typed)
			transfer->header_nodes[nodes++].data = no_type;
	}
	if (nodes == 0)
		return NULL;
	for (size_t i = 0; i + 1 < nodes; i++)
		transfer->header_nodes[i].next = &transfer->header_nodes[i + 1];
	transfer->header_nodes[nodes - 1].next = NULL;
	return transfer->header_nodes;
}

void http_easy_wipe(struct http_transfer *transfer)
{
	if (transfer->header_lines_bytes > 0)
		mem_wipe(transfer->header_lines, transfer->header_lines_bytes);
}

/* --- the request --- */

static enum http_form form_of(const struct http_request *request)
{
	if (strcmp(request->method, "HEAD") == 0)
		return FORM_HEAD;
	/* These are sent with "Content-Length: 0" when there is no body. */
	if (request->body != NULL || strcmp(request->method, "POST") == 0 || strcmp(request->method, "PUT") == 0 ||
	    strcmp(request->method, "PATCH") == 0)
		return FORM_BODY;
	return FORM_GET;
}

/* The options that differ between requests; those that stay as they were are left alone. */
CURLcode http_easy_prepare(struct http_transfer *transfer)
{
	const struct http_request *request = transfer->request;
	CURL *easy = transfer->easy;
	CURLcode result = CURLE_OK;
	enum http_form form = form_of(request);
	const char *usual = form == FORM_BODY ? "POST" : form == FORM_HEAD ? "HEAD" : "GET";
	bool custom_method = strcmp(request->method, usual) != 0;

	if (form == FORM_BODY) {
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(request->body ? request->body_length : 0));
		SET(CURLOPT_POSTFIELDS, request->body ? request->body : "");
	} else if (transfer->form == FORM_BODY) {
		SET(CURLOPT_POSTFIELDS, NULL);
	}
	if (form != transfer->form) {
		if (form == FORM_GET)
			SET(CURLOPT_HTTPGET, 1L);
		else if (form == FORM_HEAD)
			SET(CURLOPT_NOBODY, 1L);
		else
			SET(CURLOPT_POST, 1L);
		transfer->form = form;
	}
	if (custom_method || transfer->custom_method)
		SET(CURLOPT_CUSTOMREQUEST, custom_method ? request->method : NULL);
	transfer->custom_method = custom_method;
	if (request->unix_socket != NULL || transfer->unix_socket)
		SET(CURLOPT_UNIX_SOCKET_PATH, request->unix_socket);
	transfer->unix_socket = request->unix_socket != NULL;
	SET(CURLOPT_URL, request->url);
	SET(CURLOPT_HTTPHEADER, build_headers(transfer, form == FORM_BODY));
	return result;
}
