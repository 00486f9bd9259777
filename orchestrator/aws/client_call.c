/* Makes one call: tries until it has an answer or another attempt makes no sense. */
#include "aws/client_call.h"

#include "aws/client_endpoint.h"
#include "aws/client_private.h"
#include "aws/client_retry.h"
#include "aws/client_send.h"
#include "aws/errors.h"
#include "aws/session.h"
#include "io/http/response.h"

#include "base/banned.h"
#include "base/metrics.h"
#include "io/fiber.h"

enum { MAX_URL_BYTES = 64 * 1024 };

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

static void drop_credentials(struct client_exchange *exchange)
{
	if (exchange->credentials != NULL)
		session_credentials_release(exchange->credentials);
	exchange->credentials = NULL;
}

/* Gets the rate limit's token, the credentials and the permit, in this order: the first two may
 * take long, and the kill switch must be asked last. */
MAY_YIELD static int attempt(struct client_exchange *exchange, struct client_progress *progress,
	struct err *err)
{
	struct client_call *call = exchange->call;
	const struct aws_credentials *credentials;

	progress->delivered = false;
	/* A call that never waits would not notice that the run is stopping, so it is asked here. */
	if (fiber_stopping())
		return errors_cancelled(err);
	if (ratelimit_take(exchange->bucket) == FIBER_CANCELLED)
		return errors_cancelled(err);
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

/* Keeps the first failure after which a mutation may have taken effect, to report it in the end. */
static void note_uncertainty(struct client_exchange *exchange, struct client_progress *progress,
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
static void settle_uncertainty(struct client_progress *progress, struct err *err)
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
	struct client_progress progress = { .quota_taken = 0 };
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
				client_named_wait_ms(exchange));
		if (result == 0)
			break;
		if (!progress.delivered) {
			if (exchange->call->operation->mutating && err->kind != ERR_CANCELLED)
				errors_mark_not_sent(err);
			break;
		}
		note_uncertainty(exchange, &progress, err);
		if (!client_retry(exchange, &progress, err))
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
		result = client_exchange_aim(&exchange, call->endpoint, err);
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
