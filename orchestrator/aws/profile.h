/*
 * The shared config and credentials files of AWS's tools: a bounded parser, and the
 * merged view of both files. A value may be a secret, so all are wiped when they are freed.
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
#ifndef REEVE_AWS_PROFILE_H
#define REEVE_AWS_PROFILE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	PROFILE_MAX_FILE_BYTES = 1024 * 1024,
	PROFILE_MAX_SECTIONS = 4096,
	PROFILE_MAX_PROPERTIES = 512, /* in one section */
};

enum profile_file {
	PROFILE_CREDENTIALS, /* ~/.aws/credentials: wins where both files have a key */
	PROFILE_CONFIG,      /* ~/.aws/config */
};

enum profile_kind {
	PROFILE_PROFILE,     /* [default], [profile x]; [x] in the credentials file */
	PROFILE_SSO_SESSION, /* [sso-session x] */
	PROFILE_SERVICES,    /* [services x] */
};

struct profile_set;
struct profile_set *profile_set_new(void);
void profile_set_free(struct profile_set *set); /* NULL is fine */

/* Adds the file at that path; a file that does not exist adds nothing. This blocks, so it
 * is only for local files at the start. */
int profile_set_load(struct profile_set *set, enum profile_file file, const char *path,
	struct err *err) MUST_CHECK;

bool profile_set_has(const struct profile_set *set, enum profile_kind kind, const char *name);
/* Returns the value, or NULL when absent or empty; keys are in lower case. Borrowed from the set.
 */
const char *profile_set_get(const struct profile_set *set, enum profile_kind kind, const char *name,
	const char *key);
/* Returns a property that is nested in another: "s3 =\n  endpoint_url = …" is (…, "s3",
 * "endpoint_url"). */
const char *profile_set_get_nested(const struct profile_set *set, enum profile_kind kind,
	const char *name, const char *key, const char *nested_key);

#endif
