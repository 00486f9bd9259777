/* The SHA256_* functions are deprecated in OpenSSL 3, and are still there in every release of it:
 * only they let a hash start from a kept state. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "aws/sigv4/sigv4_hash.h"

#include "base/banned.h"
#include "base/mem.h"

#include <openssl/sha.h>

#define BLOCK_BYTES SHA256_CBLOCK

_Static_assert(SIGV4_DIGEST_BYTES == SHA256_DIGEST_LENGTH, "a digest is a SHA-256");

void sigv4_sha256(const void *data, size_t length, uint8_t digest[SIGV4_DIGEST_BYTES])
{
	SHA256_CTX hash;

	SHA256_Init(&hash);
	if (length > 0)
		SHA256_Update(&hash, data, length);
	SHA256_Final(digest, &hash);
}

/* Computes the state of the hash after one more block. */
static void absorb(uint32_t state[8], SHA256_CTX *hash, const uint8_t block[BLOCK_BYTES])
{
	SHA256_Init(hash);
	SHA256_Transform(hash, block);
	for (size_t i = 0; i < 8; i++)
		state[i] = hash->h[i];
}

void sigv4_hmac_prepare(struct sigv4_hmac_key *prepared, const void *key, size_t length)
{
	enum { INNER_PAD = 0x36, OUTER_PAD = 0x5c };
	uint8_t block[BLOCK_BYTES] = { 0 };
	SHA256_CTX hash;

	if (length > sizeof block)
		sigv4_sha256(key, length, block);
	else if (length > 0)
		memcpy(block, key, length);
	for (size_t i = 0; i < BLOCK_BYTES; i++)
		block[i] ^= INNER_PAD;
	absorb(prepared->inner, &hash, block);
	for (size_t i = 0; i < BLOCK_BYTES; i++)
		block[i] ^= INNER_PAD ^ OUTER_PAD;
	absorb(prepared->outer, &hash, block);
	mem_wipe(block, sizeof block);
	mem_wipe(&hash, sizeof hash);
}

static void resume(SHA256_CTX *hash, const uint32_t state[8])
{
	SHA256_Init(hash);
	for (size_t i = 0; i < 8; i++)
		hash->h[i] = state[i];
	hash->Nl = BLOCK_BYTES * 8; /* bits taken so far */
}

void sigv4_hmac(const struct sigv4_hmac_key *prepared, const void *data, size_t length,
	uint8_t digest[SIGV4_DIGEST_BYTES])
{
	SHA256_CTX hash;

	resume(&hash, prepared->inner);
	if (length > 0)
		SHA256_Update(&hash, data, length);
	SHA256_Final(digest, &hash);
	resume(&hash, prepared->outer);
	SHA256_Update(&hash, digest, SIGV4_DIGEST_BYTES);
	SHA256_Final(digest, &hash);
	mem_wipe(&hash, sizeof hash);
}
