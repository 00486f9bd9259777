/*
 * Verification of AWS Signature Version 4, written from AWS's description and
 * sharing no code with the program under test.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
#ifndef SIM_SIGV4_CHECK_H
#define SIM_SIGV4_CHECK_H

#include "http.h"

/* The parts of the Authorization header; borrowed from the request. */
struct sigv4 {
	struct slice key, date, region, service; /* the credential scope */
	struct slice signed_headers, signature;
	struct slice timestamp; /* x-amz-date */
};

enum sigv4_result {
	SIGV4_OK,
	SIGV4_MISSING,         /* no Authorization header */
	SIGV4_MALFORMED,       /* the header can't be read; *why says why */
	SIGV4_SKEWED,          /* the time is too far from ours; *why says how far */
	SIGV4_UNSIGNED_HEADER, /* a header that must be signed isn't; *why names it */
	SIGV4_BODY_MISMATCH,   /* x-amz-content-sha256 is not the body's */
	SIGV4_MISMATCH,
};

enum sigv4_result sigv4_parse(const struct http_request *request, struct sigv4 *sig,
	const char **why);

/*
 * Checks time, headers, body and signature. s3 selects S3's rules: the path is encoded once,
 * x-amz-content-sha256 is required, and 15 instead of 5 minutes of skew are allowed.
 */
enum sigv4_result sigv4_check(const struct http_request *request, const struct sigv4 *sig,
	const char *secret, bool s3, struct arena *arena, const char **why);

#endif
