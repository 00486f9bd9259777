/* Checks of single values that name a person. */
#include "config/checks_people.h"

#include "base/banned.h"
#include "base/compiler.h"
#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>

#define PERSON_NAME_MAX_BYTES 128
#define SYSTEM_USER_MAX_BYTES 256
#define ARN_MAX_BYTES 2048

static bool has_control_character(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}

int check_person_name(const char *value, const char **reason)
{
	size_t length = strlen(value);

	*reason = "must be another name: records use this one for somebody who is not in \"people\"";
	if (strcmp(value, PERSON_UNKNOWN) == 0 ||
		strncmp(value, PERSON_SYSTEM_PREFIX, strlen(PERSON_SYSTEM_PREFIX)) == 0)
		return -1;
	*reason =
		"must be a name of 1 to 128 bytes, without control characters and without blanks around it";
	return length > 0 && length <= PERSON_NAME_MAX_BYTES && value[0] != ' ' &&
			value[length - 1] != ' ' && !has_control_character(value)
		? 0
		: -1;
}

/* A user's name contains no colon (passwd(5)), so the form "uid:1000" can't be a name. */
int check_system_user(const char *value, const char **reason)
{
	size_t digits;

	*reason =
		"must be the name of a system user, or \"uid:\" and a user's number, such as \"uid:1000\"";
	if (strncmp(value, "uid:", 4) == 0) {
		digits = strspn(value + 4, "0123456789");
		return digits >= 1 && digits <= 10 && value[4 + digits] == '\0' &&
				strtoull(value + 4, NULL, 10) < UINT32_MAX
			? 0
			: -1;
	}
	return value[0] != '\0' && strlen(value) <= SYSTEM_USER_MAX_BYTES &&
			strpbrk(value, ": ") == NULL && !has_control_character(value)
		? 0
		: -1;
}

/* The account must not be a wildcard: anyone can have a role of any name in an account of their
 * own. */
int check_identity_arn(const char *value, const char **reason)
{
	static const char *const starts[] = { "arn:aws:iam::", "arn:aws:sts::", "arn:aws-us-gov:iam::",
		"arn:aws-us-gov:sts::", "arn:aws-cn:iam::", "arn:aws-cn:sts::" };

	*reason =
		"must be the ARN of a user or an assumed role with its account written out, such as "
		"\"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Security_*/ann@example.com\"";
	if (strlen(value) > ARN_MAX_BYTES || has_control_character(value))
		return -1;
	for (size_t i = 0; i < ARRAY_LENGTH(starts); i++) {
		const char *account = value + strlen(starts[i]);

		if (strncmp(value, starts[i], strlen(starts[i])) == 0)
			return strspn(account, "0123456789") == 12 && account[12] == ':' && account[13] != '\0'
				? 0
				: -1;
	}
	return -1;
}

int check_token_hash(const char *value, const char **reason)
{
	*reason = "must be the SHA-256 of a token in 64 hexadecimal digits, in lower case (printf %s "
			  "TOKEN | sha256sum)";
	return strspn(value, "0123456789abcdef") == 64 && value[64] == '\0' ? 0 : -1;
}
