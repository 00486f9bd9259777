/* The signature of a webhook's message. No I/O. */
#include "notify/sign.h"

#include "notify/internal.h"

#include "base/banned.h"
#include "base/mem.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#define HMAC_BYTES 32

static bool add_part(EVP_MAC_CTX *context, const char *text, size_t length)
{
	return EVP_MAC_update(context, (const unsigned char *)text, length) == 1;
}

void notify_sign(const char *secret, const char *timestamp, const char *body, size_t length,
	char out[NOTIFY_SIGNATURE_SIZE])
{
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){ "SHA256" }, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *context = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;
	unsigned char digest[HMAC_BYTES];
	size_t used = 0;

	if (context == NULL ||
		EVP_MAC_init(context, (const unsigned char *)secret, strlen(secret), params) != 1 ||
		!add_part(context, timestamp, strlen(timestamp)) || !add_part(context, ".", 1) ||
		!add_part(context, body, length) ||
		EVP_MAC_final(context, digest, &used, sizeof digest) != 1 || used != sizeof digest)
		abort(); /* an HMAC over memory only fails when memory runs out */
	EVP_MAC_CTX_free(context);
	EVP_MAC_free(hmac);
	snprintf(out, NOTIFY_SIGNATURE_SIZE, "v1=");
	for (size_t i = 0; i < sizeof digest; i++)
		snprintf(out + 3 + 2 * i, 3, "%02x", digest[i]);
	mem_wipe(digest, sizeof digest);
}
