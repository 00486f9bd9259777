/* Decides after a failed attempt whether another one makes sense, and waits until its time. */
#include "aws/client_retry.h"

#include "aws/client_endpoint.h"
#include "aws/client_private.h"
#include "aws/client_redirect.h"
#include "aws/client_send.h"
#include "aws/errors.h"
#include "aws/session.h"
#include "io/http/response.h"

#include "base/banned.h"
#include "base/log.h"
#include "base/metrics.h"
#include "io/fiber.h"

enum {
	/* One of each is normal. The others are for renewed keys that are refused as well, and for a
	   bucket that S3 redirects back and forth. */
	MAX_RENEWALS = 3,
	MAX_REDIRECTS = 5,
	MAX_CLOCK_CORRECTIONS = 1,
};

/* Returns a header of the last answer, or NULL when the answer could not be read completely. */
static const char *answer_header(const struct client_exchange *exchange, const char *name)
{
	return exchange->parsed ? http_response_header(&exchange->response, name) : NULL;
}

/* Corrects the clock's offset if our clock caused the refusal; returns whether it did. */
static bool correct_clock(struct client_exchange *exchange, struct client_progress *progress)
{
	struct aws *aws = exchange->call->aws;
	int64_t server_ms = retry_parse_http_date(answer_header(exchange, "date"));
	int64_t off_ms = server_ms - client_now_ms(aws);

	if (progress->clock_corrections == MAX_CLOCK_CORRECTIONS || server_ms == 0 ||
		(off_ms < RETRY_SKEW_MIN_MS && off_ms > -RETRY_SKEW_MIN_MS))
		return false;
	progress->clock_corrections++;
	aws->clock_offset_ms += off_ms;
	log_warning("this machine's clock is off by %lld s; requests are signed with AWS's time",
		(long long)(aws->clock_offset_ms / 1000));
	return true;
}

static bool renew(struct client_exchange *exchange, struct client_progress *progress,
	const struct err *err)
{
	const struct aws_credentials *credentials = exchange->credentials;

	if (progress->renewals == MAX_RENEWALS || credentials == NULL)
		return false;
	/* AWS calls credentials unknown for several causes, e.g. a region that is not enabled. Once
	 * they have expired, their expiry is the cause. */
	if (retry_code_is_unknown_credentials(err->code) &&
		(credentials->expires_ms == 0 ||
			credentials->expires_ms > client_now_ms(exchange->call->aws)))
		return false;
	progress->renewals++;
	aws_session_invalidate(exchange->call->session, credentials->access_key_id);
	return true;
}

static bool redirect(struct client_exchange *exchange, struct client_progress *progress)
{
	const struct client_call *call = exchange->call;
	struct client_endpoint *there;
	char region[CLIENT_REGION_SIZE];

	if (progress->redirects == MAX_REDIRECTS ||
		!client_redirect_region(&exchange->response, region) ||
		strcmp(region, exchange->endpoint->key.region) == 0)
		return false;
	progress->redirects++;
	return client_endpoint_get(call->aws, call->operation->service, region, call->sts_global,
			   &there, NULL) == 0 &&
		client_exchange_aim(exchange, there, NULL) == 0;
}

static void count_retry(const struct client_call *call)
{
	CLIENT_COUNT(call, retries, 1);
	metric_add(METRIC_AWS_RETRIES, METRIC_LABELS(call->operation->service->id), 1);
}

MAY_YIELD static bool wait_before_retry(struct client_exchange *exchange, enum retry_kind kind,
	int retry, int64_t named_ms)
{
	int64_t ms = retry_backoff_ms(kind, retry, &exchange->call->aws->random);

	if (named_ms > ms)
		ms = named_ms;
	count_retry(exchange->call);
	return fiber_sleep(ms) == 0;
}

int64_t client_named_wait_ms(const struct client_exchange *exchange)
{
	return retry_after_ms(answer_header(exchange, "retry-after"),
		client_now_ms(exchange->call->aws));
}

/* Waits before the next attempt; returns false when this was the last one. A cancellation reports
 * its own error, unless a more telling one was seen before. */
MAY_YIELD static bool retry_later(struct client_exchange *exchange,
	struct client_progress *progress, enum retry_kind kind, struct err *err)
{
	const struct aws_operation *operation = exchange->call->operation;
	int64_t named_ms = client_named_wait_ms(exchange);
	int max_attempts = exchange->call->max_attempts > 0
		? exchange->call->max_attempts
		: exchange->call->aws->settings.max_attempts;
	int retry;

	if (kind == RETRY_THROTTLE) {
		int allowed = max_attempts > RETRY_THROTTLE_ATTEMPTS || max_attempts == 1
			? max_attempts
			: RETRY_THROTTLE_ATTEMPTS;

		retry = ++progress->throttles;
		if (retry >= allowed)
			return false;
	} else {
		bool safe = !operation->mutating || operation->repeatable || !exchange->response.sent ||
			aws_error_had_no_effect(err);

		retry = ++progress->failures;
		if (!safe || retry >= max_attempts)
			return false;
		progress->quota_taken = retry_quota_take(&exchange->endpoint->canonical->quota, kind);
		if (progress->quota_taken < 0)
			return false;
	}
	if (wait_before_retry(exchange, kind, retry, named_ms))
		return true;
	if (!operation->mutating || progress->uncertain == NULL)
		errors_cancelled(err);
	return false;
}

bool client_retry(struct client_exchange *exchange, struct client_progress *progress,
	struct err *err)
{
	enum retry_kind kind = retry_classify(err, exchange->call->operation->service->is_s3);
	bool at_once = false;

	/* An answer shows that the request was sent. Without one, http_send has set the flag. */
	if (exchange->parsed)
		exchange->response.sent = true;
	switch (kind) {
	case RETRY_NEVER:
		return false;
	case RETRY_SKEW:
		at_once = correct_clock(exchange, progress) ||
			(retry_code_is_unknown_credentials(err->code) && renew(exchange, progress, err));
		/* The clocks agree, so the request arrived late; it may have waited in a queue. EC2 does
		 * not tell this from other causes, so it is called once more. */
		if (!at_once &&
			(retry_blames_time(err) ||
				(strcmp(err->code, "AuthFailure") == 0 && progress->failures == 0)))
			return retry_later(exchange, progress, RETRY_TRANSIENT, err);
		break;
	case RETRY_EXPIRED:
		at_once = renew(exchange, progress, err);
		break;
	case RETRY_REDIRECT:
		at_once = redirect(exchange, progress);
		break;
	case RETRY_THROTTLE:
		CLIENT_COUNT(exchange->call, throttled, 1);
		metric_add(METRIC_THROTTLES, METRIC_LABELS(exchange->call->operation->service->id), 1);
		return retry_later(exchange, progress, kind, err);
	default:
		return retry_later(exchange, progress, kind, err);
	}
	if (at_once)
		count_retry(exchange->call);
	return at_once;
}
