/* Checks of single values, for the rows. The reason of each refusal names what would be
 * accepted. */
#include "config/checks.h"

#include "base/banned.h"
#include "base/clock.h"
#include "config/calendar/cron.h"
#include "config/calendar/zone.h"

#include <stdio.h>

/* The number of digits at the start, in ASCII, whatever the locale. */
static size_t span_digits(const char *text)
{
	return strspn(text, "0123456789");
}

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

int check_account(const char *value, const char **reason)
{
	*reason = "must be an account id: 12 digits, in quotes";
	return span_digits(value) == 12 && value[12] == '\0' ? 0 : -1;
}

int check_account_or_any(const char *value, const char **reason)
{
	*reason = "must be an account id (12 digits, in quotes) or \"*\" for every account";
	return strcmp(value, "*") == 0 || (span_digits(value) == 12 && value[12] == '\0') ? 0 : -1;
}

/* "eu-west-1", "us-gov-east-1", "ap-southeast-4": letters, then words, then a number. */
int check_region(const char *value, const char **reason)
{
	size_t words = 0;

	*reason = "must be the code of a region, such as \"eu-west-1\"";
	if (strlen(value) > 32 || strspn(value, LOWER) != 2)
		return -1;
	for (value += 2; *value == '-'; words++) {
		size_t letters = strspn(value + 1, LOWER), digits = span_digits(value + 1);

		if (letters == 0)
			return words > 0 && digits >= 1 && digits <= 2 && value[1 + digits] == '\0' ? 0 : -1;
		value += 1 + letters;
	}
	return -1;
}

#define ROLE_NAME_SET UPPER LOWER DIGITS "_+=,.@-"

/* A role name (IAM: at most 64 of these characters), with its path where it has one. */
static int check_role_path(const char *value)
{
	if (strlen(value) > 512)
		return -1;
	for (;;) {
		size_t used = strspn(value, ROLE_NAME_SET);

		if (used == 0 || (value[used] == '\0' && used > 64))
			return -1;
		if (value[used] == '\0')
			return 0;
		if (value[used] != '/')
			return -1;
		value += used + 1;
	}
}

int check_role_name(const char *value, const char **reason)
{
	*reason = "must be the name of an IAM role, such as \"ReeveRemediation\", with its path where "
			  "it has one "
			  "(\"security/ReeveRemediation\"), not an ARN";
	return check_role_path(value);
}

int check_role_arn(const char *value, const char **reason)
{
	static const char *const starts[] = {
		"arn:aws:iam::", "arn:aws-us-gov:iam::", "arn:aws-cn:iam::"
	};

	*reason =
		"must be the ARN of an IAM role, such as \"arn:aws:iam::111122223333:role/ReeveReader\"";
	for (size_t i = 0; i < ARRAY_LENGTH(starts); i++) {
		size_t used = strlen(starts[i]);

		if (strncmp(value, starts[i], used) == 0 && span_digits(value + used) == 12 &&
			strncmp(value + used + 12, ":role/", 6) == 0)
			return check_role_path(value + used + 18);
	}
	return -1;
}

/* AssumeRole's ExternalId takes 2 to 1224 characters of [\w+=,.@:\/-]. */
int check_external_id(const char *value, const char **reason)
{
	size_t used = strspn(value, ROLE_NAME_SET ":/");

	*reason =
		"must be 2 to 1224 letters, digits and _+=,.@:/- (what STS accepts as an external id)";
	return value[used] == '\0' && used >= 2 && used <= 1224 ? 0 : -1;
}

int check_cron(const char *value, const char **reason)
{
	struct cron cron;

	return cron_parse(value, &cron, reason);
}

int check_time_zone(const char *value, const char **reason)
{
	struct zone *zone = NULL;

	if (zone_load(value, &zone, reason) < 0)
		return -1;
	zone_free(zone);
	return 0;
}

int check_wave(const char *value, const char **reason)
{
	size_t used = strspn(value, LOWER UPPER DIGITS "_.-");

	*reason = "must be 1 to 64 letters, digits and _.-";
	return used >= 1 && used <= 64 && value[used] == '\0' ? 0 : -1;
}

int check_not_empty(const char *value, const char **reason)
{
	*reason = "must not be empty";
	return value[strspn(value, " \t\r\n")] != '\0' ? 0 : -1;
}

int parse_expiry(const char *value, int64_t *expires_ms)
{
	char midnight[CLOCK_RFC3339_SIZE];

	if (strlen(value) != strlen("2027-01-31"))
		return clock_parse_rfc3339(value, expires_ms);
	snprintf(midnight, sizeof midnight, "%sT00:00:00Z", value);
	if (clock_parse_rfc3339(midnight, expires_ms) < 0)
		return -1;
	*expires_ms += INT64_C(24) * 60 * 60 * 1000;
	return 0;
}

int check_expiry(const char *value, const char **reason)
{
	int64_t expires_ms;

	*reason = "must be a date that exists, such as \"2027-01-31\" (to its end, in UTC) or "
			  "\"2027-01-31T18:00:00Z\"";
	return parse_expiry(value, &expires_ms);
}
