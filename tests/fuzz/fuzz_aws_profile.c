/* Reads any bytes as AWS's shared files: they are refused with a message, or read and usable. The
 * first byte says which share of the rest, in 255ths, is the config file; what remains is the
 * credentials file. */
#include "aws/profile.h"

#include "aws/profile_parse.h"
#include "base/banned.h"
#include "base/compiler.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every value that was read is text without a NUL, and is found by its name. */
static void use(const struct profile_set *set)
{
	static const char *const names[] = { "default", "dev", "x", "corp" };
	static const char *const keys[] = { "region", "aws_access_key_id", "role_arn", "services",
		"endpoint_url", "s3" };
	static const enum profile_kind kinds[] = { PROFILE_PROFILE, PROFILE_SSO_SESSION,
		PROFILE_SERVICES };
	size_t total = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		for (size_t j = 0; j < ARRAY_LENGTH(keys); j++) {
			for (size_t k = 0; k < ARRAY_LENGTH(kinds); k++) {
				const char *value = profile_set_get(set, kinds[k], names[i], keys[j]);
				const char *nested =
					profile_set_get_nested(set, kinds[k], names[i], keys[j], "endpoint_url");

				if ((value != NULL || nested != NULL) && !profile_set_has(set, kinds[k], names[i]))
					abort();
				if ((value != NULL && *value == '\0') || (nested != NULL && *nested == '\0'))
					abort();
				total += (value != NULL ? strlen(value) : 0) +
					(nested != NULL ? strlen(nested) : 0);
			}
		}
	}
	if (total > 4U * 6 * 3 * 2 * PROFILE_MAX_FILE_BYTES)
		abort();
}

static void parse(struct profile_set *set, enum profile_file file, const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT;

	if (profile_set_parse(set, file, "file", (const char *)data, size, &err) == 0)
		return;
	if (err.kind != ERR_CONFIG || strncmp(err.message, "file", 4) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile_set *set = profile_set_new();

	if (size > 0) {
		size_t config = (size - 1) * data[0] / 255;

		parse(set, PROFILE_CONFIG, data + 1, config);
		parse(set, PROFILE_CREDENTIALS, data + 1 + config, size - 1 - config);
	}
	use(set);
	profile_set_free(set);
	return 0;
}
