/*
 * Keys. Each part is followed by 0x1f, so the key of ("a") is a prefix of the key of
 * ("a", "b") and never of ("ab"), and keys sort by their parts.
 */
#include "store/internal.h"

#include "base/banned.h"
#include "base/mem.h"

#include <assert.h>
#include <openssl/sha.h>

#define SEPARATOR 0x1f
#define ESCAPE 0x1e

/* The separator and the escape character become two bytes inside of a part. Otherwise a resource
 * name with a control character could be taken for another key. */
static size_t add_part(unsigned char *out, const char *part)
{
	size_t length = strcspn(part, (const char[]){ SEPARATOR, ESCAPE, '\0' });

	memcpy(out, part, length);
	for (part += length; *part != '\0'; part++) {
		if (*part == SEPARATOR || *part == ESCAPE) {
			out[length++] = ESCAPE;
			out[length++] = *part == SEPARATOR ? 's' : 'e';
		} else {
			out[length++] = (unsigned char)*part;
		}
	}
	out[length++] = SEPARATOR;
	return length;
}

/* A whole key ends with the separator and a shortened one with a hexadecimal digit, so the two
 * are never equal. */
static void cut(struct store_key *key, const unsigned char *whole, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256(whole, length, digest);
	memcpy(key->bytes, whole, STORE_KEY_KEPT);
	key->length = STORE_KEY_KEPT;
	for (size_t i = 0; i < sizeof(digest); i++) {
		key->bytes[key->length++] = (unsigned char)digits[digest[i] >> 4];
		key->bytes[key->length++] = (unsigned char)digits[digest[i] & 15];
	}
}

struct store_key store_key_of(const char *const *parts, size_t count)
{
	struct store_key key;
	size_t most = 0, length = 0;

	for (size_t i = 0; i < count; i++) {
		assert(parts[i] != NULL);
		most += 2 * strlen(parts[i]) + 1; /* every byte escaped */
	}
	if (most <= sizeof(key.bytes)) {
		for (size_t i = 0; i < count; i++)
			length += add_part(key.bytes + length, parts[i]);
		key.length = length;
		return key;
	}

	unsigned char *whole = xmalloc(most);
	for (size_t i = 0; i < count; i++)
		length += add_part(whole + length, parts[i]);
	if (length <= sizeof(key.bytes)) {
		memcpy(key.bytes, whole, length);
		key.length = length;
	} else {
		cut(&key, whole, length);
	}
	free(whole);
	return key;
}

/* Reads the part that begins at *at. Returns -1 when no separator ends it. */
static int take_part(const struct store_key *key, size_t *at, char *out, size_t size)
{
	size_t length = 0;

	for (; *at < key->length && key->bytes[*at] != SEPARATOR; ++*at) {
		char c = (char)key->bytes[*at];

		if (c == ESCAPE && *at + 1 < key->length)
			c = key->bytes[++*at] == 's' ? SEPARATOR : ESCAPE;
		if (length + 1 >= size)
			return -1;
		out[length++] = c;
	}
	out[length] = '\0';
	return (*at)++ < key->length ? 0 : -1;
}

int store_key_part(const struct store_key *key, size_t n, char *out, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i <= n; i++)
		if (take_part(key, &at, out, size) < 0)
			return -1;
	return 0;
}
