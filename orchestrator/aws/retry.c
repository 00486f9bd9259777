#include "aws/retry.h"

#include "base/banned.h"

static bool is_one_of(const char *code, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(code, list[i]) == 0)
			return true;
	return false;
}
#define IS_ONE_OF(code, list) is_one_of((code), (list), ARRAY_LENGTH(list))

/* The throttling codes of the SDKs' standard mode without LimitExceededException, which for most
 * services is a quota of resources that waiting does not raise. */
static const char *const throttle_codes[] = {
	"Throttling",
	"ThrottlingException",
	"ThrottledException",
	"RequestThrottledException",
	"RequestThrottled",
	"TooManyRequestsException",
	"TooManyRequests",
	"ProvisionedThroughputExceededException",
	"TransactionInProgressException",
	"RequestLimitExceeded",
	"BandwidthLimitExceeded",
	"SlowDown",
	"PriorRequestNotComplete",
	"EC2ThrottledException",
};

static const char *const transient_codes[] = {
	"RequestTimeout",
	"RequestTimeoutException",
	"InternalError",
	"InternalFailure",
	"InternalServerError",
	"ServiceUnavailable",
	"ServiceUnavailableException",
	"Unavailable",
	"IDPCommunicationError",
};

/* EC2 says AuthFailure for many causes; the Date header of the answer tells whether it was the
 * clock. */
static const char *const skew_codes[] = {
	"RequestTimeTooSkewed",
	"RequestExpired",
	"RequestInTheFuture",
	"InvalidSignatureException",
	"SignatureDoesNotMatch",
	"AuthFailure",
	"InvalidSignature",
};

static const char *const expired_codes[] = {
	"ExpiredToken",
	"ExpiredTokenException",
	"TokenRefreshRequired",
};

static const char *const unknown_credentials_codes[] = {
	"InvalidClientTokenId",
	"UnrecognizedClientException",
	"InvalidAccessKeyId",
	"InvalidToken",
	"AuthFailure",
	"RequestExpired",
};

static const char *const redirect_codes[] = {
	"PermanentRedirect",
	"TemporaryRedirect",
	"Redirect",
	"AuthorizationHeaderMalformed",
	"IllegalLocationConstraintException",
};

bool retry_code_is_unknown_credentials(const char *code)
{
	return IS_ONE_OF(code, unknown_credentials_codes);
}

bool retry_blames_time(const struct err *err)
{
	static const char *const codes[] = { "RequestTimeTooSkewed", "RequestExpired",
		"RequestInTheFuture" };

	return IS_ONE_OF(err->code, codes) || strstr(err->message, "Signature expired") != NULL ||
		strstr(err->message, "not yet current") != NULL;
}

static enum retry_kind classify_aws(const struct err *err, bool is_s3)
{
	if (err->http_status == 429 || IS_ONE_OF(err->code, throttle_codes))
		return RETRY_THROTTLE;
	if (is_s3 &&
		(err->http_status == 301 || err->http_status == 307 ||
			IS_ONE_OF(err->code, redirect_codes)))
		return RETRY_REDIRECT;
	if (IS_ONE_OF(err->code, expired_codes))
		return RETRY_EXPIRED;
	if (IS_ONE_OF(err->code, skew_codes))
		return RETRY_SKEW;
	if (IS_ONE_OF(err->code, unknown_credentials_codes))
		return RETRY_EXPIRED;
	if (IS_ONE_OF(err->code, transient_codes) || err->http_status == 500 ||
		err->http_status == 502 || err->http_status == 503 || err->http_status == 504)
		return RETRY_TRANSIENT;
	return RETRY_NEVER;
}

enum retry_kind retry_classify(const struct err *err, bool is_s3)
{
	switch (err->kind) {
	case ERR_AWS:
		return classify_aws(err, is_s3);
	case ERR_PROTOCOL: /* something between us and AWS answered */
	case ERR_NETWORK:
		return RETRY_TRANSIENT;
	case ERR_TIMEOUT:
		return RETRY_TIMEOUT;
	default:
		return RETRY_NEVER;
	}
}

/* --- quota --- */

int retry_quota_take(struct retry_quota *quota, enum retry_kind kind)
{
	int cost = kind == RETRY_TRANSIENT ? RETRY_COST_TRANSIENT
		: kind == RETRY_TIMEOUT        ? RETRY_COST_TIMEOUT
									   : 0;

	if (cost > quota->tokens)
		return -1;
	quota->tokens -= cost;
	return cost;
}

void retry_quota_refund(struct retry_quota *quota, int cost)
{
	quota->tokens += cost;
	if (quota->tokens > RETRY_QUOTA_TOKENS)
		quota->tokens = RETRY_QUOTA_TOKENS;
}

/* --- waiting --- */

uint64_t retry_random(uint64_t *state)
{
	/* xorshift64*: jitter must be spread evenly, but needn't be secret. */
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * 2685821657736338717ULL;
}

int64_t retry_backoff_ms(enum retry_kind kind, int retry, uint64_t *random)
{
	int64_t limit_ms = kind == RETRY_THROTTLE ? 500 : 100;

	for (int i = 1; i < retry && limit_ms < RETRY_MAX_WAIT_MS; i++)
		limit_ms *= 2;
	if (limit_ms > RETRY_MAX_WAIT_MS)
		limit_ms = RETRY_MAX_WAIT_MS;
	return (int64_t)(retry_random(random) % (uint64_t)(limit_ms + 1));
}

int64_t retry_parse_http_date(const char *text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char month[4];
	int day, year, hour, minute, second;

	if (text == NULL ||
		sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT", &day, month, &year, &hour,
			&minute, &second) != 6)
		return 0;
	const char *found = strlen(month) == 3 ? strstr(months, month) : NULL;
	if (found == NULL || (found - months) % 3 != 0 || year < 1970)
		return 0;
	struct tm utc = { .tm_year = year - 1900,
		.tm_mon = (int)(found - months) / 3,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_min = minute,
		.tm_sec = second };
	return (int64_t)timegm(&utc) * 1000;
}

int64_t retry_after_ms(const char *header, int64_t now_ms)
{
	char *end;
	int64_t ms;

	if (header == NULL || *header == '\0')
		return -1;
	if (*header >= '0' && *header <= '9') {
		long long seconds = strtoll(header, &end, 10);

		if (*end != '\0')
			return -1;
		ms = seconds > RETRY_MAX_WAIT_MS / 1000 ? RETRY_MAX_WAIT_MS : seconds * 1000;
	} else {
		int64_t then_ms = retry_parse_http_date(header);

		if (then_ms == 0)
			return -1;
		ms = then_ms - now_ms;
	}
	if (ms < 0)
		ms = 0;
	return ms > RETRY_MAX_WAIT_MS ? RETRY_MAX_WAIT_MS : ms;
}
