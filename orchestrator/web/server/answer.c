/* Makes the bytes of an answer: the head, and as body {"error": {"code", "message"}} after a
 * refusal or failure, else the handler's document. */
#include "web/server/answer.h"

#include "base/json_write.h"
#include "web/server/internal.h"

#include "base/banned.h"
#include "base/json.h"

#include <time.h>

#define JSON_TYPE "application/json"
#define TEXT_TYPE "text/plain; charset=utf-8"

/* --- the status --- */

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 411, "Length Required" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
};

static const char *reason_of(int status)
{
	for (size_t i = 0; i < ARRAY_LENGTH(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return status < 400 ? "OK" : status < 500 ? "Refused" : "Failed";
}

int answer_status(const struct err *err)
{
	switch (err->kind) {
	case ERR_USAGE:
		return strcmp(err->code, "NotFound") == 0 ? 404 : 400;
	case ERR_LIMIT:
		return strcmp(err->code, "TooMany") == 0 ? 429 : 409;
	/* These kinds of error may be temporary, so the client may try again later. */
	case ERR_STORE:
	case ERR_BUSY:
	case ERR_NETWORK:
	case ERR_TIMEOUT:
	case ERR_CANCELLED:
		return 503;
	default:
		return 500;
	}
}

/* --- the body --- */

static int error_body(struct exchange *exchange, int status, const char *code, const char *message)
{
	CLEANUP_JSON json_t *error = json_pack("{s:{s:o, s:o}}", "error", "code", json_text(code),
		"message", json_text(message));

	buf_reset(&exchange->response.text);
	exchange->response.content_type = JSON_TYPE;
	json_add_text(&exchange->response.text, error);
	buf_add_char(&exchange->response.text, '\n');
	return status;
}

int answer_body(struct exchange *exchange)
{
	struct api_response *response = &exchange->response;

	if (exchange->refusal.status != 0)
		return error_body(exchange, exchange->refusal.status, exchange->refusal.code,
			exchange->refusal.message);
	if (exchange->failure.kind != ERR_NONE)
		return error_body(exchange, answer_status(&exchange->failure), exchange->failure.code,
			exchange->failure.message);
	if (response->json != NULL) {
		buf_reset(&response->text);
		response->content_type = JSON_TYPE;
		json_add_text(&response->text, response->json);
		buf_add_char(&response->text, '\n');
	}
	if (response->content_type == NULL)
		response->content_type = TEXT_TYPE;
	if (!buf_ok(&response->text))
		return error_body(exchange, 500, "AnswerTooLarge",
			"the answer would be too large; request less at a time, e.g. with a smaller limit");
	return response->status != 0 ? response->status : 200;
}

/* --- the head --- */

/* Adds the Date field (RFC 9110 section 5.6.7). strftime would take the names from the locale. */
static void add_date(struct buf *out)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec" };
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm) != NULL)
		buf_add_format(out, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n", days[tm.tm_wday],
			tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Sends no Server field, so that unauthenticated callers don't learn which program and version this
 * is. */
void answer_add(const struct exchange *exchange, int status, bool close_after, struct buf *out)
{
	const struct api_response *response = &exchange->response;
	bool empty = status == 204,
		 head_only = exchange->head.method != NULL && strcmp(exchange->head.method, "HEAD") == 0;

	buf_add_format(out, "HTTP/1.1 %d %s\r\n", status, reason_of(status));
	add_date(out);
	if (!empty)
		buf_add_format(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", response->content_type,
			response->text.length);
	buf_add_string(out,
		"X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"
		"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n");
	if (exchange->allow[0] != '\0')
		buf_add_format(out, "Allow: %s\r\n", exchange->allow);
	if (exchange->retry_after_s > 0)
		buf_add_format(out, "Retry-After: %d\r\n", exchange->retry_after_s);
	if (exchange->challenge)
		buf_add_format(out, "WWW-Authenticate: Bearer realm=\"reeve\"%s\r\n",
			exchange->wrong_token ? ", error=\"invalid_token\"" : "");
	if (exchange->replayed)
		buf_add_string(out, "Idempotency-Replayed: true\r\n");
	if (close_after)
		buf_add_string(out, "Connection: close\r\n");
	buf_add_string(out, "\r\n");
	if (!empty && !head_only)
		buf_add(out, response->text.data, response->text.length);
}
