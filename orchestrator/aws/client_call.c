/* Makes one call: tries until it has an answer or another attempt makes no sense. */
#include "aws/client_call.h"

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
	MAX_URL_BYTES = 64 * 1024,
	/* One of each is normal. The others are for renewed keys that are refused as well, and for a
	   bucket that S3 redirects back and forth. */
	MAX_RENEWALS = 3,
	MAX_REDIRECTS = 5,
	MAX_CLOCK_CORRECTIONS = 1,
};

/* The attempts so far. */
struct progress {
	bool delivered; /* the last attempt was sent; if not, its failure is final */
	int failures;   /* attempts that failed for a transient cause */
	int throttles;
	int quota_taken; /* taken from the quota for the current retry */
	int clock_corrections, renewals, redirects;
	/* The first failure after which it is unknown whether a mutation took effect; owned; NULL:
	 * none. */
	struct err *uncertain;
};

static const char *region_of(const struct client_call *call)
{
	return call->region != NULL ? call->region : call->aws->settings.region;
}

int client_endpoint_of(struct client_call *call, struct err *err)
{
	if (call->endpoint != NULL)
		return 0;
	return client_endpoint_get(call->aws, call->operation->service, region_of(call),
		call->sts_global, &call->endpoint, err);
}

static int set_endpoint(struct client_exchange *exchange, struct client_endpoint *endpoint,
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

static void drop_credentials(struct client_exchange *exchange)
{
	if (exchange->credentials != NULL)
		session_credentials_release(exchange->credentials);
	exchange->credentials = NULL;
}

static int cancelled(struct err *err)
{
	return err_set(err, ERR_CANCELLED, "Cancelled", "the run is stopping");
}

/* Gets the rate limit's token, the credentials and the permit, in this order: the first two may
 * take long, and the kill switch must be asked last. */
MAY_YIELD static int attempt(struct client_exchange *exchange, struct progress *progress,
	struct err *err)
{
	struct client_call *call = exchange->call;
	const struct aws_credentials *credentials;

	progress->delivered = false;
	/* A call that never waits would not notice that the run is stopping, so it is asked here. */
	if (fiber_stopping())
		return cancelled(err);
	if (ratelimit_take(exchange->bucket) == FIBER_CANCELLED)
		return cancelled(err);
	drop_credentials(exchange);
	if (call->session != NULL && !call->operation->unsigned_call) {
		if (aws_session_get(call->session, call->charged, &credentials, err) < 0)
			return -1;
		exchange->credentials = session_credentials_retain(credentials);
	}
	if (call->writer != NULL && call->operation->mutating && call->writer->permit != NULL &&
		call->writer->permit(call->writer->permit_argument, call->operation, err) < 0)
		return -1;
	progress->delivered = true;
	return client_exchange_send(exchange, err);
}

/* --- after a failure --- */

/* Returns a header of the last answer, or NULL when the answer could not be read completely. */
static const char *answer_header(const struct client_exchange *exchange, const char *name)
{
	return exchange->parsed ? http_response_header(&exchange->response, name) : NULL;
}

/* Returns whether our clock was the cause; its offset is corrected then. */
static bool correct_clock(struct client_exchange *exchange, struct progress *progress)
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

static bool renew(struct client_exchange *exchange, struct progress *progress,
	const struct err *err)
{
	const struct aws_credentials *credentials = exchange->credentials;

	if (progress->renewals == MAX_RENEWALS || credentials == NULL)
		return false;
	/* AWS calls credentials unknown for several causes, e.g. a region that is not enabled. Once
	 * they are past their expiry there is only one cause. */
	if (retry_code_is_unknown_credentials(err->code) &&
		(credentials->expires_ms == 0 ||
			credentials->expires_ms > client_now_ms(exchange->call->aws)))
		return false;
	progress->renewals++;
	aws_session_invalidate(exchange->call->session, credentials->access_key_id);
	return true;
}

static bool redirect(struct client_exchange *exchange, struct progress *progress)
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
		set_endpoint(exchange, there, NULL) == 0;
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

/* Returns the wait that the answer's Retry-After asks for, in ms; -1: none. */
static int64_t named_wait_ms(const struct client_exchange *exchange)
{
	return retry_after_ms(answer_header(exchange, "retry-after"),
		client_now_ms(exchange->call->aws));
}

/* Waits before the next attempt; returns false when this was the last one. A cancellation reports
 * its own error, unless a more telling one was seen before. */
MAY_YIELD static bool retry_later(struct client_exchange *exchange, struct progress *progress,
	enum retry_kind kind, struct err *err)
{
	const struct aws_operation *operation = exchange->call->operation;
	int64_t named_ms = named_wait_ms(exchange);
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
		cancelled(err);
	return false;
}

MAY_YIELD static bool again(struct client_exchange *exchange, struct progress *progress,
	struct err *err)
{
	enum retry_kind kind = retry_classify(err, exchange->call->operation->service->is_s3);
	bool at_once = false;

	/* Returns whether the request was sent: it was if there is an answer; if there is none,
	 * http_send knows. */
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

/* Keeps the first failure after which a mutation may have taken effect, to report it in the end. */
static void note_uncertainty(struct client_exchange *exchange, struct progress *progress,
	struct err *err)
{
	if (!exchange->call->operation->mutating || !progress->delivered)
		return;
	if (!exchange->parsed && !exchange->response.sent) {
		errors_mark_not_sent(err);
		return;
	}
	/* An answer that is larger than our bounds is still an answer: the mutation may have taken
	 * effect. */
	if (err->kind == ERR_LIMIT)
		err->kind = ERR_PROTOCOL;
	if (progress->uncertain == NULL && !aws_error_had_no_effect(err)) {
		progress->uncertain = xmalloc(sizeof *err);
		*progress->uncertain = *err;
	}
}

/* Chooses the error to report: the refusal of a later attempt must not hide that an earlier one may
 * have taken effect. */
static void settle_uncertainty(struct progress *progress, struct err *err)
{
	if (progress->uncertain == NULL)
		return;
	if (err->kind != ERR_AWS && aws_error_had_no_effect(err))
		*err = *progress->uncertain;
	else if (aws_error_had_no_effect(err))
		errors_mark_uncertain(err);
	free(progress->uncertain);
	progress->uncertain = NULL;
}

/* Returns the word for the outcome of a call; NULL when we stopped the call ourselves, which says
 * nothing about AWS. */
static const char *outcome_word(int result, const struct err *err)
{
	if (result == 0)
		return "ok";
	if (err->kind == ERR_CANCELLED)
		return NULL;
	if (aws_error_is_throttle(err))
		return "throttled";
	return err->kind == ERR_AWS && err->http_status < 500 ? "refused" : "failed";
}

static void count_outcome(const struct client_call *call, int result, const struct err *err)
{
	const char *word = outcome_word(result, err);

	if (word != NULL)
		metric_add(METRIC_AWS_CALLS, METRIC_LABELS(call->operation->service->id, word), 1);
}

MAY_YIELD static int run(struct client_exchange *exchange, struct err *err)
{
	struct progress progress = { .quota_taken = 0 };
	struct retry_quota *quota;
	bool counted = false;
	int result;

	for (;;) {
		result = attempt(exchange, &progress, err);
		if (progress.delivered && !counted) {
			CLIENT_COUNT(exchange->call, api_calls, 1);
			CLIENT_COUNT(exchange->call, mutating_calls, exchange->call->operation->mutating);
			counted = true;
		}
		if (progress.delivered && result < 0 && aws_error_is_throttle(err))
			ratelimit_throttled(exchange->bucket, exchange->sent_us, fiber_now_us(),
				named_wait_ms(exchange));
		if (result == 0)
			break;
		if (!progress.delivered) {
			if (exchange->call->operation->mutating && err->kind != ERR_CANCELLED)
				errors_mark_not_sent(err);
			break;
		}
		note_uncertainty(exchange, &progress, err);
		if (!again(exchange, &progress, err))
			break;
	}
	if (counted)
		count_outcome(exchange->call, result, err);
	quota = &exchange->endpoint->canonical->quota;
	if (result == 0) {
		retry_quota_refund(quota,
			progress.quota_taken > 0 ? progress.quota_taken : RETRY_REFUND_SUCCESS);
		free(progress.uncertain);
		if (err->kind != ERR_NONE)
			err_clear(err); /* earlier attempts may have filled it */
		return 0;
	}
	settle_uncertainty(&progress, err);
	return -1;
}

static void release(struct client_exchange *exchange)
{
	drop_credentials(exchange);
	if (exchange->bucket != NULL)
		ratelimit_release(exchange->call->aws->ratelimit, exchange->bucket);
	if (exchange->call->secret) {
		buf_release_secret(&exchange->request.body);
		buf_release_secret(&exchange->response.body);
	}
	aws_request_release(&exchange->request);
	http_response_release(&exchange->response);
	buf_release(&exchange->url);
	buf_release(&exchange->path);
}

static void name_call(const struct client_exchange *exchange, struct err *err)
{
	const struct client_call *call = exchange->call;
	const char *service = call->operation->service->id;
	const char *region = exchange->endpoint != NULL ? exchange->endpoint->key.region
													: region_of(call);

	if (call->account_id != NULL && call->account_id[0] != '\0') /* an error of ours, before STS was
																	called */
		err_prefix(err, "%s %s in %s (account %s)", service, call->operation->name, region,
			call->account_id);
	else
		err_prefix(err, "%s %s in %s", service, call->operation->name, region);
}

static void exchange_init(struct client_exchange *exchange, struct client_call *call)
{
	memset(exchange, 0, offsetof(struct client_exchange, request));
	exchange->call = call;
	aws_request_init(&exchange->request);
	http_response_init(&exchange->response);
	buf_init(&exchange->url, MAX_URL_BYTES);
	buf_init(&exchange->path, MAX_URL_BYTES);
}

int client_call(struct client_call *call, json_t **out, struct err *err)
{
	struct client_exchange exchange;
	struct err own;
	int result;

	if (err == NULL) {
		own = (struct err)ERR_INIT;
		err = &own; /* the error is read to decide what to do next */
	}
	call->request_id[0] = '\0';
	exchange_init(&exchange, call);
	result = aws_serialize(call->operation, call->params, &exchange.request, err);
	if (result == 0)
		result = client_endpoint_of(call, err);
	if (result == 0)
		result = set_endpoint(&exchange, call->endpoint, err);
	if (result == 0)
		result = run(&exchange, err);
	if (result < 0)
		name_call(&exchange, err);
	else if (out != NULL)
		*out = exchange.output;
	else
		json_decref(exchange.output);
	release(&exchange);
	return result;
}
