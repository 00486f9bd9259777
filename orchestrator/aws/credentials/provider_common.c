/* Shared by several providers of the credential chain. */
#include "aws/credentials/provider_common.h"

#include "aws/credentials/provider_private.h"
#include "aws/errors.h"
#include "base/json_read.h"
#include "io/http/response.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "io/fiber.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum {
	MAX_DOCUMENT_BYTES = 64 * 1024,
	BETWEEN_TRIES_MS = 100,
};

void provider_session_name(char out[64])
{
	snprintf(out, 64, "reeve-%lld", (long long)clock_now_ms());
}

int provider_read_file(const char *path, const char *what, struct buf *out, struct err *err)
{
	char chunk[4096];
	ssize_t got;
	int problem;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(err, ERR_CREDENTIALS, "UnreadableFile", "cannot open %s, %s: %s", path, what,
			strerror(errno));
	while ((got = read(fd, chunk, sizeof chunk)) > 0 && buf_ok(out))
		buf_add(out, chunk, (size_t)got);
	problem = got < 0 ? errno : 0;
	close(fd);
	mem_wipe(chunk, sizeof chunk);
	if (problem != 0)
		return err_set(err, ERR_CREDENTIALS, "UnreadableFile", "cannot read %s, %s: %s", path, what,
			strerror(problem));
	while (out->length > 0 && strchr(" \t\r\n", out->data[out->length - 1]) != NULL)
		out->data[--out->length] = '\0';
	if (!buf_ok(out) || out->length == 0 || strlen(out->data) != out->length)
		return err_set(err, ERR_CREDENTIALS, "UnreadableFile",
			"%s, %s, is empty, too large or not text", path, what);
	return 0;
}

MAY_YIELD static int fetch_once(struct aws *aws, const struct provider_request *request,
	struct buf *body, int *status, struct err *err)
{
	struct http_response response;
	struct http_request http = {
		.method = request->method,
		.url = request->url,
		.headers = request->headers,
		.header_count = request->header_count,
		.timeout_ms = request->timeout_ms,
		.max_body_bytes = MAX_DOCUMENT_BYTES,
	};
	int result;

	http_response_init(&response);
	result = http_send(aws->http, &http, &response, err);
	if (result == 0) {
		*status = response.status;
		buf_reset(body);
		buf_add(body, response.body.data, response.body.length);
	}
	buf_release_secret(&response.body);
	http_response_release(&response);
	return result;
}

int provider_fetch(struct aws *aws, const struct provider_request *request, struct buf *body,
	int *status, struct err *err)
{
	int result = 0;

	for (int i = 1; i <= request->tries; i++) {
		result = fetch_once(aws, request, body, status, err);
		if ((result == 0 && *status < 500) || (result < 0 && err->kind == ERR_CANCELLED) ||
			i == request->tries)
			break;
		if (fiber_sleep(BETWEEN_TRIES_MS * i) == FIBER_CANCELLED)
			return errors_cancelled(err);
	}
	if (result < 0)
		return err_prefix(err, "%s", request->what);
	return 0;
}

int provider_read_keys(const struct buf *body, const char *token_key, const char *what,
	struct aws_credentials *out, struct err *err)
{
	json_t *document CLEANUP_JSON = NULL;
	struct err problem = ERR_INIT;

	/* The parser's message is left out, since it may quote a secret. */
	if (json_parse(body->data, body->length, what, &document, &problem) < 0 ||
		!json_is_object(document))
		return err_set(err, ERR_CREDENTIALS, "InvalidDocument", "%s returned no JSON object", what);
	return session_keys_read(document, token_key, what, out, err);
}
