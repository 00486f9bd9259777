/* The HTTP client for the daemon's UNIX sockets. */
#include "cmd/socket_http.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "io/fiber.h"
#include "io/http/http.h"
#include "io/http/response.h"
#include "io/loop.h"

#include <errno.h>
#include <sys/stat.h>

/* The daemon answers an approval or a rollback only after the changes are verified, which takes
 * long when AWS throttles. */
#define ASK_TIMEOUT_MS (INT64_C(3600) * 1000)
#define ASK_MAX_ANSWER ((size_t)32 * 1024 * 1024)

struct question {
	struct loop *loop;
	const struct http_request *request;
	const char *socket;
	json_t **answer;
	struct err *err;
	int result;
};

static int no_daemon(const char *socket, struct err *err)
{
	return err_set(err, ERR_NETWORK, "NoDaemon", "no daemon answers on %s", socket);
}

static enum err_kind kind_of(int status)
{
	switch (status) {
	case 409:
	case 413:
	case 429:
		return ERR_LIMIT;
	case 401:
	case 403:
		return ERR_CONFIG;
	case 503:
		return ERR_BUSY;
	}
	return status < 500 ? ERR_USAGE : ERR_SYSTEM;
}

/* Sets *err from the answer {"error": {"code", "message"}}. */
static int refused(const struct http_response *response, const json_t *answer, const char *socket,
	struct err *err)
{
	const json_t *error = json_object_get(answer, "error");
	const char *code = json_get_string(error, "code"), *message = json_get_string(error, "message");

	if (code == NULL || message == NULL || code[0] == '\0') {
		err_set(err, ERR_PROTOCOL, "BadAnswer",
			"the daemon on %s answered with status %d and without a message", socket,
			response->status);
	} else {
		err_set(err, kind_of(response->status), "Refused", "%s", message);
		snprintf(err->code, sizeof err->code, "%s", code);
	}
	err->http_status = response->status;
	return -1;
}

/* Reads the body as JSON; text that isn't JSON (metrics, "ok") becomes a JSON string. */
static int read_answer(const struct question *question, const struct http_response *response)
{
	const char *type = http_response_header(response, "content-type");
	CLEANUP_JSON json_t *answer = NULL;

	if (type == NULL || strncmp(type, "application/json", 16) != 0)
		answer = json_text(response->body.data);
	else if (json_parse(response->body.data, response->body.length, "the daemon's answer", &answer,
				 question->err) < 0)
		return -1;
	if (response->status >= 400)
		return refused(response, answer, question->socket, question->err);
	*question->answer = json_incref(answer);
	return 0;
}

static MAY_YIELD int exchange(struct question *question)
{
	struct http_client *client = NULL;
	struct http_response response;
	int result;

	if (http_client_new(question->loop, NULL, &client, question->err) < 0)
		return -1;
	http_response_init(&response);
	result = http_send(client, question->request, &response, question->err);
	if (result == 0)
		result = read_answer(question, &response);
	else if (err_is(question->err, ERR_NETWORK, "ConnectionRefused") ||
		err_is(question->err, ERR_NETWORK, "ConnectionFailed"))
		no_daemon(question->socket, question->err);
	http_response_release(&response);
	http_client_free(client);
	return result;
}

static MAY_YIELD void ask(void *argument)
{
	struct question *question = argument;

	question->result = exchange(question);
}

static int run(struct question *question, struct err *err)
{
	if (loop_new(NULL, &question->loop, err) < 0)
		return -1;
	if (fiber_spawn(question->loop, "ask", ask, question, err) == 0)
		loop_run(question->loop);
	loop_free(question->loop);
	return question->result;
}

int socket_http_ask(const char *socket, const char *method, const char *path, const json_t *body,
	json_t **answer, struct err *err)
{
	static const struct http_header headers[] = { { "Content-Type", "application/json" } };
	CLEANUP_FREE char *url = xasprintf("http://localhost%s", path);
	CLEANUP_FREE char *text = body != NULL ? json_to_text(body) : NULL;
	const struct http_request request = {
		.method = method,
		.url = url,
		.unix_socket = socket,
		.headers = headers,
		.header_count = text != NULL ? 1 : 0,
		.body = text,
		.body_length = text != NULL ? strlen(text) : 0,
		.timeout_ms = ASK_TIMEOUT_MS,
		.idle_timeout_ms = ASK_TIMEOUT_MS,
		.max_body_bytes = ASK_MAX_ANSWER,
	};
	struct question question = {
		.request = &request, .socket = socket, .answer = answer, .err = err, .result = -1
	};
	struct stat status;

	*answer = NULL;
	if (lstat(socket, &status) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return no_daemon(socket, err);
	return run(&question, err);
}
