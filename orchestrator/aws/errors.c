/* Decides what a failure means, whatever protocol reported it. */
#include "aws/errors.h"

#include "aws/retry.h"

#include "base/banned.h"

#include <stddef.h>

/* Compares a code. EC2 and awsQueryCompatible services may put "Client." before it; JSON services
 * may put "Exception" behind it. */
static bool code_is(const char *code, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(code, "Client.", 7) == 0)
		code += 7;
	if (strncmp(code, word, length) != 0)
		return false;
	return code[length] == '\0' || strcmp(code + length, "Exception") == 0;
}

static bool code_is_any(const char *code, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (code_is(code, words[i]))
			return true;
	return false;
}

bool aws_error_is_access_denied(const struct err *err)
{
	static const char *const words[] = {
		"AccessDenied", /* most services; JSON ones with "Exception" */
		"AccessDeniedFault", "UnauthorizedOperation", /* EC2 */
		"AuthorizationError",                         /* SNS */
		"NotAuthorized", "UnauthorizedAccess", "Unauthorized", "Forbidden",
		"AllAccessDisabled", /* S3 */
	};

	return err->kind == ERR_AWS && code_is_any(err->code, words, ARRAY_LENGTH(words));
}

bool aws_error_is_throttle(const struct err *err)
{
	return retry_classify(err, false) == RETRY_THROTTLE;
}

bool aws_error_is_not_found(const struct err *err, const char *code)
{
	size_t length = strlen(code);

	if (err->kind != ERR_AWS)
		return false;
	if (code_is(err->code, code))
		return true;
	/* The caller named the code with "Exception", and the service answered without it. */
	return length > 9 && strcmp(code + length - 9, "Exception") == 0 &&
		strlen(err->code) == length - 9 && strncmp(err->code, code, length - 9) == 0;
}

bool aws_error_had_no_effect(const struct err *err)
{
	switch (err->kind) {
	case ERR_AWS:
		if (aws_error_is_throttle(err))
			return err->http_status != 0;
		/* 408 means that the connection was idle too long; AWS may have read the whole request. */
		return err->http_status >= 300 && err->http_status < 500 && err->http_status != 408;
	case ERR_NETWORK:
	case ERR_TIMEOUT:
	case ERR_PROTOCOL:
	case ERR_SYSTEM:
		return strcmp(err->code, ERRORS_NOT_SENT) == 0;
	case ERR_NONE:
		return false;
	default:
		/* These are errors of ours; client_call makes sure that they are found before anything is
		 * sent. */
		return true;
	}
}

int errors_cancelled(struct err *err)
{
	return err_set(err, ERR_CANCELLED, "Cancelled", "the run is stopping");
}

void errors_mark_not_sent(struct err *err)
{
	switch (err->kind) {
	case ERR_NETWORK:
	case ERR_TIMEOUT:
	case ERR_PROTOCOL:
	case ERR_SYSTEM:
		snprintf(err->code, sizeof err->code, "%s", ERRORS_NOT_SENT);
		break;
	case ERR_AWS:
		/* STS had a server error, so the call that needs its credentials was never sent. */
		if (!aws_error_had_no_effect(err))
			err->kind = ERR_CREDENTIALS;
		break;
	default:
		break;
	}
}

void errors_mark_uncertain(struct err *err)
{
	size_t used = strlen(err->message);

	err->http_status = 0;
	snprintf(err->message + used, sizeof err->message - used,
		" (an earlier attempt may have taken effect)");
}
