/* The SHA256_* functions are deprecated in OpenSSL 3, and are still there in every release of it: only they let a
 * hash start from a kept state. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "aws/sigv4_hash.h"

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

/* The state after one block of key bytes mixed with the pad's byte. */
static void absorb_pad(uint32_t state[8], const uint8_t block[BLOCK_BYTES], uint8_t pad)
{
	SHA256_CTX hash;
	uint8_t padded[BLOCK_BYTES];

	for (size_t i = 0; i < BLOCK_BYTES; i++)
		padded[i] = block[i] ^ pad;
	SHA256_Init(&hash);
	SHA256_Update(&hash, padded, sizeof padded);
	for (size_t i = 0; i < 8; i++)
		state[i] = hash.h[i];
	mem_wipe(padded, sizeof padded);
	mem_wipe(&hash, sizeof hash);
}

void sigv4_hmac_prepare(struct sigv4_hmac_key *prepared, const void *key, size_t length)
{
	uint8_t block[BLOCK_BYTES] = { 0 };

	if (length > sizeof block)
		sigv4_sha256(key, length, block);
	else if (length > 0)
		memcpy(block, key, length);
	absorb_pad(prepared->inner, block, 0x36);
	absorb_pad(prepared->outer, block, 0x5c);
	mem_wipe(block, sizeof block);
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
