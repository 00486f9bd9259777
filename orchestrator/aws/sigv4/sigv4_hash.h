/*
 * Private to the signer: SHA-256 and HMAC-SHA256 without libcrypto's fetching of algorithms,
 * which costs more than the hashes of a small request. A prepared key is the state of
 * the two hashes after their pads: 64 bytes that can sign in place of the key.
 */
#ifndef REEVE_AWS_SIGV4_SIGV4_HASH_H
#define REEVE_AWS_SIGV4_SIGV4_HASH_H

#include <stddef.h>
#include <stdint.h>

#define SIGV4_DIGEST_BYTES 32

struct sigv4_hmac_key {
	uint32_t inner[8], outer[8];
};

void sigv4_sha256(const void *data, size_t length, uint8_t digest[SIGV4_DIGEST_BYTES]);
void sigv4_hmac_prepare(struct sigv4_hmac_key *prepared, const void *key, size_t length);
void sigv4_hmac(const struct sigv4_hmac_key *prepared, const void *data, size_t length,
	uint8_t digest[SIGV4_DIGEST_BYTES]);

#endif
