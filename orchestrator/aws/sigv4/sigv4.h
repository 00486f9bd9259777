/*
 * Signature Version 4 in its three stages, each on its own for tests:
 * canonical request, string to sign, authorization header. Checked against the
 * published vectors.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
#ifndef REEVE_AWS_SIGV4_SIGV4_H
#define REEVE_AWS_SIGV4_SIGV4_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGV4_DATE_SIZE 17 /* "20261124T080000Z" and its NUL */
#define SIGV4_KEY_BYTES 32

struct sigv4_header {
	const char *name, *value; /* any case; values are trimmed and folded by the signer */
};

struct sigv4_request {
	const char *method;
	const char *path;                   /* as sent: percent-encoded */
	const char *query;                  /* as sent, without "?", or "" */
	const struct sigv4_header *headers; /* all are signed; must hold host and x-amz-date */
	size_t header_count;
	const char *body_sha256; /* 64 hex digits or "UNSIGNED-PAYLOAD" */
	bool normalize_path;     /* remove dot segments and double slashes (not for s3) */
	bool double_encode_path; /* encode the path once more (not for s3) */
};

struct sigv4_scope {
	const char *date; /* "20261124T080000Z" */
	const char *region, *service;
};

/* The hash of an empty body, as most requests have. */
#define SIGV4_EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

void sigv4_format_date(int64_t now_ms, char out[SIGV4_DATE_SIZE]);
void sigv4_sha256_hex(const void *data, size_t length, char out[65]);

/* Stage 2: writes the string to sign. */
void sigv4_string_to_sign(const struct sigv4_scope *scope, const char *canonical_request,
	size_t length, struct buf *out);
/* Derives the key of a day, region and service; costs four HMACs, so it is cached by sigv4_cache.
 */
void sigv4_signing_key(const char *secret, const struct sigv4_scope *scope,
	uint8_t key[SIGV4_KEY_BYTES]);
/* Stage 3: writes the value of the Authorization header. */
void sigv4_authorization(const char *access_key_id, const uint8_t key[SIGV4_KEY_BYTES],
	const struct sigv4_scope *scope, const char *signed_headers, const char *string_to_sign,
	size_t length, struct buf *out);

/* Signing keys of one set of credentials by date, region and service; wiped when released. The
 * fixed part of each key's HMAC (its pads) is kept, so that a signature costs two SHA-256
 * compressions less. */
struct sigv4_cache;
struct sigv4_cache *sigv4_cache_new(const char *access_key_id, const char *secret);
void sigv4_cache_free(struct sigv4_cache *cache);

/* The texts of the stages. They are kept from one signature to the next, so that their buffers
 * needn't grow anew. They hold a session token and are wiped when released. */
struct sigv4_texts {
	struct buf canonical, signed_headers, scope, string_to_sign;
};
void sigv4_texts_init(struct sigv4_texts *texts);
void sigv4_texts_release(struct sigv4_texts *texts);

/* Goes through all three stages, and writes the Authorization header's value into *out. */
int sigv4_sign(struct sigv4_cache *cache, const struct sigv4_scope *scope,
	const struct sigv4_request *request, struct sigv4_texts *texts, struct buf *out,
	struct err *err) MUST_CHECK;

#endif
