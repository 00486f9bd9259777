/* One attempt to deliver one message. */
#include "notify/send.h"

#include "aws/client_view.h"
#include "aws/credentials/credentials.h"
#include "io/http/response.h"
#include "notify/format.h"
#include "notify/internal.h"
#include "notify/schedule.h"
#include "notify/sign.h"

#include "base/banned.h"
#include "base/clock.h"

#define ANSWER_MAX_BYTES (64 * 1024) /* only its status is used */
#define WEBHOOKS_IN_FLIGHT 4

static MAY_YIELD int post(struct notify_channel *channel, const struct message_record *message,
	const struct buf *body, struct http_response *response, struct err *err)
{
	struct notifier *notifier = channel->notifier;
	struct http_options options = { .in_flight = WEBHOOKS_IN_FLIGHT };
	char timestamp[24], signature[NOTIFY_SIGNATURE_SIZE];
	struct http_header headers[4] = {
		{ "Content-Type", "application/json" },
		{ "X-Reeve-Id", message->id },
		{ "X-Reeve-Timestamp", timestamp },
		{ "X-Reeve-Signature", signature },
	};

	if (notifier->http == NULL &&
		http_client_new(notifier->loop, &options, &notifier->http, err) < 0)
		return -1;
	snprintf(timestamp, sizeof timestamp, "%lld", (long long)(clock_now_ms() / 1000));
	if (channel->secret != NULL)
		notify_sign(channel->secret, timestamp, body->data, body->length, signature);
	struct http_request request = {
		.method = "POST",
		.url = channel->url,
		.headers = headers,
		.header_count = channel->secret != NULL ? 4 : 3,
		.body = body->data,
		.body_length = body->length,
		.timeout_ms = NOTIFY_EXCHANGE_MS,
		.max_body_bytes = ANSWER_MAX_BYTES,
	};
	return http_send(notifier->http, &request, response, err);
}

static MAY_YIELD void send_webhook(struct notify_channel *channel,
	const struct message_record *message, struct notify_result *result)
{
	CLEANUP_BUF struct buf body = BUF_INIT(8 * NOTIFY_BODY_MAX);
	struct http_response response;
	struct err err = ERR_INIT;

	notify_format(message, channel->format, &body);
	http_response_init(&response);
	if (post(channel, message, &body, &response, &err) < 0) {
		result->verdict = notify_judge_error(&err);
		result->interrupted = err.kind == ERR_CANCELLED;
		snprintf(result->error, sizeof result->error, "%.255s", err.message);
	} else {
		const char *retry_after = http_response_header(&response, "retry-after");

		result->verdict = notify_judge_status(response.status);
		if (result->verdict == NOTIFY_AGAIN && retry_after != NULL &&
			notify_retry_after(retry_after, clock_now_ms(), &result->retry_after_ms) < 0)
			result->retry_after_ms = 0;
		snprintf(result->error, sizeof result->error, "the receiver answered with status %d%s",
			response.status, response.status / 100 == 3 ? "; redirects are not followed" : "");
	}
	http_response_release(&response);
}

/* --- SNS --- */

static MAY_YIELD int publish(struct notify_channel *channel, const struct message_record *message,
	struct err *err)
{
	struct notifier *notifier = channel->notifier;
	/* The outbox repeats failed attempts. */
	struct aws_options options = { .in_flight = WEBHOOKS_IN_FLIGHT,
		.default_region = channel->region,
		.max_attempts = 1,
		.attempt_timeout_ms = NOTIFY_EXCHANGE_MS };

	if (notifier->aws == NULL &&
		aws_new(notifier->loop, &options, credentials_resolve, &notifier->aws, err) < 0)
		return -1;
	struct aws_writer writer = {
		.aws = notifier->aws,
		.session = aws_session_default(notifier->aws),
		.account_id = channel->topic_account,
		.declared = notifier->permissions,
	};
	struct aws_call call = { .operation = &aws_sns_Publish,
		.region = channel->region,
		.params = notify_sns_params(message, channel->topic_arn) };
	return aws_write(&writer, &call, NULL, err);
}

void notify_send(struct notify_channel *channel, const struct message_record *message,
	struct notify_result *result)
{
	struct err err = ERR_INIT;

	*result = (struct notify_result){ .verdict = NOTIFY_DELIVERED };
	if (channel->topic_arn == NULL) {
		send_webhook(channel, message, result);
	} else if (publish(channel, message, &err) < 0) {
		result->verdict = notify_judge_error(&err);
		result->interrupted = err.kind == ERR_CANCELLED;
		snprintf(result->error, sizeof result->error, "%.255s", err.message);
	}
}
