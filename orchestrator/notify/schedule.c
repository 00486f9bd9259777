/* Decides when a message is sent, sent again, or given up. No I/O. */
#include "notify/schedule.h"

#include "aws/errors.h"
#include "notify/internal.h"

#include "base/banned.h"

#define HOUR_MS (INT64_C(60) * 60 * 1000)

int64_t notify_backoff_ms(int attempts, int64_t base_ms, uint32_t random)
{
	int64_t wait_ms = base_ms;

	for (int i = 1; i < attempts && wait_ms < NOTIFY_BACKOFF_MAX_MS; i++)
		wait_ms *= 2;
	if (wait_ms > NOTIFY_BACKOFF_MAX_MS)
		wait_ms = NOTIFY_BACKOFF_MAX_MS;
	return wait_ms - (int64_t)((double)wait_ms / 2 * random / 4294967296.0);
}

int notify_retry_after(const char *value, int64_t now_ms, int64_t *wait_ms)
{
	size_t digits = strspn(value, "0123456789");

	if (digits > 0 && digits < 10 && value[digits] == '\0') {
		*wait_ms = (int64_t)strtol(value, NULL, 10) * 1000;
	} else {
		/* RFC 9110, 5.6.7: the only form of a date that may be sent. */
		struct tm date = { 0 };
		const char *end = strptime(value, "%a, %d %b %Y %H:%M:%S GMT", &date);

		if (end == NULL || *end != '\0')
			return -1;
		*wait_ms = (int64_t)timegm(&date) * 1000 - now_ms;
	}
	if (*wait_ms < 0)
		*wait_ms = 0;
	if (*wait_ms > NOTIFY_RETRY_AFTER_MAX_MS)
		*wait_ms = NOTIFY_RETRY_AFTER_MAX_MS;
	return 0;
}

enum notify_verdict notify_judge_status(int status)
{
	if (status >= 200 && status < 300)
		return NOTIFY_DELIVERED;
	/* Timeout, too early and too many requests mean that a later attempt may succeed. A redirect
	 * is not followed. */
	if (status == 408 || status == 425 || status == 429 || status >= 500)
		return NOTIFY_AGAIN;
	return NOTIFY_REJECTED;
}

enum notify_verdict notify_judge_error(const struct err *err)
{
	if (err->kind == ERR_USAGE || err->kind == ERR_UNDECLARED || err->kind == ERR_CONFIG)
		return NOTIFY_REJECTED;
	if (err->kind != ERR_AWS || aws_error_is_throttle(err))
		return NOTIFY_AGAIN;
	/* Expired credentials are renewed before the next attempt. */
	if (strstr(err->code, "Expired") != NULL || strstr(err->code, "InvalidClientTokenId") != NULL)
		return NOTIFY_AGAIN;
	enum notify_verdict verdict = notify_judge_status(err->http_status);
	return verdict == NOTIFY_DELIVERED ? NOTIFY_AGAIN : verdict;
}

/* --- the bound of messages per hour --- */

static double capacity(const struct notify_rate *rate)
{
	return rate->per_hour > 1 ? rate->per_hour / 2 : 1;
}

/* Together with the messages that may be sent at once, no hour has more than per_hour. */
static double per_ms(const struct notify_rate *rate)
{
	double refill = rate->per_hour - capacity(rate);

	return (refill > 1 ? refill : 1) / (double)HOUR_MS;
}

static void refill(struct notify_rate *rate, int64_t now_ms)
{
	if (rate->at_ms == 0)
		rate->tokens = capacity(rate);
	else if (now_ms > rate->at_ms) /* otherwise the clock was set back */
		rate->tokens += (double)(now_ms - rate->at_ms) * per_ms(rate);
	if (rate->tokens > capacity(rate))
		rate->tokens = capacity(rate);
	rate->at_ms = now_ms;
}

static double kept_back(const struct notify_rate *rate, bool urgent)
{
	return urgent || capacity(rate) < 2 ? 0 : 1;
}

size_t notify_rate_available(struct notify_rate *rate, bool urgent, int64_t now_ms)
{
	refill(rate, now_ms);
	double free_tokens = rate->tokens - kept_back(rate, urgent) + 1e-6;
	return free_tokens > 0 ? (size_t)free_tokens : 0;
}

void notify_rate_take(struct notify_rate *rate)
{
	rate->tokens -= 1;
}

int64_t notify_rate_next(struct notify_rate *rate, bool urgent, int64_t now_ms)
{
	refill(rate, now_ms);
	double missing = 1 + kept_back(rate, urgent) - rate->tokens;
	return missing <= 1e-6 ? now_ms : now_ms + 1 + (int64_t)(missing / per_ms(rate));
}
