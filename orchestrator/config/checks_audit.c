/* Checks of single values in the section `audit`. */
#include "config/checks_audit.h"

#include "base/banned.h"
#include "config/checks.h"

#include <stddef.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
int check_bucket_name(const char *value, const char **reason)
{
	size_t length = strlen(value);

	*reason = "must be the name of an S3 bucket (3 to 63 lower-case letters, digits, dots and "
			  "hyphens), not an ARN or URL";
	if (length < 3 || length > 63 || strspn(value, LOWER DIGITS ".-") != length)
		return -1;
	if (strchr(".-", value[0]) != NULL || strchr(".-", value[length - 1]) != NULL ||
		strstr(value, "..") != NULL)
		return -1;
	/* A name of digits and dots alone would be an IP address. */
	return strspn(value, DIGITS ".") == length ? -1 : 0;
}

/* A prefix must not hold a wildcard, since it becomes a part of an IAM policy's resource, nor a
 * segment "." or "..". */
int check_key_prefix(const char *value, const char **reason)
{
	*reason = "must be letters, digits and _.=-, in parts divided by single slashes, such as "
			  "\"reeve/\"; no part can be \".\" or \"..\"";
	if (value[strspn(value, LOWER UPPER DIGITS "_.=/-")] != '\0')
		return -1;
	while (*value != '\0') {
		size_t length = strcspn(value, "/");

		if (length == 0 || (length == 1 && value[0] == '.') ||
			(length == 2 && value[0] == '.' && value[1] == '.'))
			return -1;
		value += length + (value[length] == '/');
	}
	return 0;
}

int check_kms_key_arn(const char *value, const char **reason)
{
	static const char *const starts[] = {
		"arn:aws:kms:", "arn:aws-us-gov:kms:", "arn:aws-cn:kms:"
	};
	char region[33], account[13], key[129];
	const char *unused;
	int used = 0;

	*reason = "must be the ARN of a KMS key, such as "
			  "\"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"; "
			  "an alias can't be granted";
	for (size_t i = 0; i < ARRAY_LENGTH(starts); i++) {
		size_t length = strlen(starts[i]);

		if (strncmp(value, starts[i], length) != 0)
			continue;
		if (sscanf(value + length, "%32[a-z0-9-]:%12[0-9]:key/%128[A-Za-z0-9-]%n", region, account,
				key, &used) != 3 ||
			used == 0 || value[length + (size_t)used] != '\0')
			return -1;
		return check_region(region, &unused) < 0 || check_account(account, &unused) < 0 ? -1 : 0;
	}
	return -1;
}
