/* One attempt: sign, send, parse. */
#include "aws/client_send.h"

#include "aws/client_endpoint.h"
#include "aws/client_private.h"
#include "aws/protocol/parse_answer.h"
#include "aws/session.h"
#include "io/http/response.h"

#include "base/banned.h"
#include "io/fiber.h"

enum {
	/* host, x-amz-date, x-amz-content-sha256, x-amz-security-token, authorization */
	OWN_HEADERS = 5,
};

int client_exchange_prepare(struct client_exchange *exchange, struct err *err)
{
	const struct aws_endpoint *at = &exchange->endpoint->at;
	const struct aws_request *request = &exchange->request;
	const char *prefix = exchange->endpoint->host_prefix_allowed ? request->host_prefix.data : "";
	size_t scheme = exchange->endpoint->scheme_length;

	buf_reset(&exchange->url);
	buf_add(&exchange->url, at->url, scheme);
	buf_add_string(&exchange->url, prefix);
	buf_add_string(&exchange->url, at->url + scheme);
	buf_add(&exchange->url, request->path.data, request->path.length);
	if (request->query.length > 0) {
		buf_add_char(&exchange->url, '?');
		buf_add(&exchange->url, request->query.data, request->query.length);
	}
	exchange->host = at->host;
	if (*prefix != '\0') {
		snprintf(exchange->prefixed_host, sizeof exchange->prefixed_host, "%s%s", prefix, at->host);
		exchange->host = exchange->prefixed_host;
	}
	exchange->signed_path = request->path.data;
	if (at->base_path[0] != '\0') {
		buf_reset(&exchange->path);
		buf_add_string(&exchange->path, at->base_path);
		buf_add(&exchange->path, request->path.data, request->path.length);
		exchange->signed_path = exchange->path.data;
	}
	if (!buf_ok(&exchange->url) || !buf_ok(&exchange->path) || !buf_ok(&request->path) ||
		!buf_ok(&request->query) || !buf_ok(&request->body))
		return err_set(err, ERR_UNDECLARED, "RequestTooLarge", "the request is too large");
	if (request->body.length == 0)
		memcpy(exchange->body_sha256, SIGV4_EMPTY_SHA256, sizeof exchange->body_sha256);
	else if (exchange->body_sha256[0] == '\0')
		sigv4_sha256_hex(request->body.data, request->body.length, exchange->body_sha256);
	return 0;
}

int client_exchange_aim(struct client_exchange *exchange, struct client_endpoint *endpoint,
	struct err *err)
{
	struct client_call *call = exchange->call;

	exchange->endpoint = endpoint;
	if (exchange->bucket != NULL)
		ratelimit_release(call->aws->ratelimit, exchange->bucket);
	exchange->bucket = ratelimit_get(call->aws->ratelimit,
		client_limit_of(call->aws, call->operation), exchange->endpoint->canonical,
		call->account_id != NULL ? call->account_id : "");
	return client_exchange_prepare(exchange, err);
}

/* Returns the date for signatures; it is formatted once a second. */
static const char *signing_date(struct aws *aws)
{
	int64_t now_ms = client_now_ms(aws);

	if (now_ms / 1000 != aws->date_second) {
		aws->date_second = now_ms / 1000;
		sigv4_format_date(now_ms, aws->date);
	}
	return aws->date;
}

/* Writes the Authorization header into *authorization, and adds the headers that it covers to
 * `headers`. */
static int sign(struct client_exchange *exchange, const char *date, struct http_header *headers,
	size_t *count, struct buf *authorization, struct err *err)
{
	const struct aws_service *service = exchange->call->operation->service;
	const struct aws_endpoint *at = &exchange->endpoint->at;
	struct sigv4_header covered[AWS_REQUEST_MAX_HEADERS + OWN_HEADERS];
	struct sigv4_scope scope = {
		.date = date, .region = at->signing_region, .service = at->signing_name
	};

	headers[(*count)++] = (struct http_header){ "x-amz-date", date };
	if (service->is_s3)
		headers[(*count)++] = (struct http_header){ "x-amz-content-sha256", exchange->body_sha256 };
	if (exchange->credentials->session_token != NULL)
		headers[(*count)++] =
			(struct http_header){ "x-amz-security-token", exchange->credentials->session_token };
	for (size_t i = 0; i < *count; i++)
		covered[i] = (struct sigv4_header){ headers[i].name, headers[i].value };
	covered[*count] = (struct sigv4_header){ "host", exchange->host };

	struct sigv4_request request = {
		.method = exchange->request.method,
		.path = exchange->signed_path,
		.query = exchange->request.query.data,
		.headers = covered,
		.header_count = *count + 1,
		.body_sha256 = exchange->body_sha256,
		.normalize_path = !service->is_s3,
		.double_encode_path = !service->is_s3,
	};
	if (sigv4_sign(exchange->credentials->signer, &scope, &request, &exchange->call->aws->signing,
			authorization, err) < 0)
		return -1;
	headers[(*count)++] = (struct http_header){ "authorization", authorization->data };
	return 0;
}

/* --- the answer, on the loop's stack --- */

static const char *answer_header(const void *context, const char *name)
{
	return http_response_header(context, name);
}

static bool answer_header_at(const void *context, size_t index, const char **name,
	const char **value)
{
	const struct http_response *response = context;

	if (index >= response->header_count)
		return false;
	*name = response->headers[index].name;
	*value = response->headers[index].value;
	return true;
}

static void parse(void *argument, const struct http_response *response)
{
	struct client_exchange *exchange = argument;
	struct aws_answer answer = {
		.status = response->status,
		.body = response->body.data,
		.body_length = response->body.length,
		.header = answer_header,
		.header_at = answer_header_at,
		.context = response,
	};

	exchange->parsed = true;
	exchange->parse_result = aws_parse(exchange->call->operation, &answer, &exchange->output,
		exchange->call->request_id, exchange->err);
}

/* --- sending --- */

MAY_YIELD static int exchange_bytes(struct client_exchange *exchange,
	const struct http_header *headers, size_t count, struct err *err)
{
	struct aws *aws = exchange->call->aws;
	const struct aws_request *request = &exchange->request;
	bool completed = exchange->call->operation->mutating && !exchange->call->abandonable;
	int64_t timeout_ms = aws->settings.attempt_timeout_ms + exchange->call->hold_ms;
	struct http_request http = {
		.method = request->method,
		.url = exchange->url.data,
		.headers = headers,
		.header_count = count,
		.body = request->body.length > 0 ? request->body.data : NULL,
		.body_length = request->body.length,
		.timeout_ms = timeout_ms,
		.idle_timeout_ms = timeout_ms,
		.max_body_bytes = CLIENT_MAX_BODY_BYTES,
		.parse = parse,
		.parse_argument = exchange,
	};
	int result;

	exchange->parsed = false;
	exchange->err = err;
	exchange->call->request_id[0] = '\0';
	http_response_release(&exchange->response);
	http_response_init(&exchange->response);
	exchange->sent_us = fiber_now_us();
	CLIENT_COUNT(exchange->call, attempts, 1);
	/* We wait for a mutation's answer even when the run stops: not waiting would hide its outcome
	 * without undoing it. */
	if (completed)
		fiber_shield();
	result = http_send(aws->http, &http, &exchange->response, err);
	if (completed)
		fiber_unshield();
	if (result < 0)
		return -1;
	if (!exchange->parsed)
		return err_set(err, ERR_PROTOCOL, "NoAnswer", "the answer could not be read");
	return exchange->parse_result;
}

int client_exchange_send(struct client_exchange *exchange, struct err *err)
{
	const struct aws_request *request = &exchange->request;
	struct http_header headers[AWS_REQUEST_MAX_HEADERS + OWN_HEADERS];
	size_t count = 0;
	char date[SIGV4_DATE_SIZE];
	struct buf authorization CLEANUP_BUF;

	buf_init(&authorization, 4096);
	for (; count < request->header_count; count++)
		headers[count] =
			(struct http_header){ request->headers[count].name, request->headers[count].value };
	if (exchange->credentials != NULL) {
		memcpy(date, signing_date(exchange->call->aws), sizeof date);
		if (sign(exchange, date, headers, &count, &authorization, err) < 0)
			return -1;
	}
	return exchange_bytes(exchange, headers, count, err);
}
