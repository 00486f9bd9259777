#ifndef REEVE_STORE_KEY_H
#define REEVE_STORE_KEY_H

#include "base/compiler.h"

#include <stddef.h>

/* Keys are byte strings; the natural key may be longer than LMDB's 511 bytes (it is then cut and
 * completed by a SHA-256 of the whole), so a key need not be readable back: values carry what they
 * are about. Build keys with STORE_KEY: each part is followed by 0x1f, so that a prefix of parts is
 * a prefix of the key, never ends inside a part, and keys sort by parts (bytewise: pad numbers with
 * zeros). A prefix to look for has at most 447 bytes. */
struct store_key {
	unsigned char bytes[511];
	size_t length;
};
struct store_key store_key_of(const char *const *parts, size_t count);
#define STORE_KEY(...) \
	store_key_of((const char *const[]){ __VA_ARGS__ }, \
		sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

/* The nth part of a key (from 0) as it was given; -1 when the key has no such part, when the part
 * was cut off or when it does not fit. */
int store_key_part(const struct store_key *key, size_t n, char *out, size_t size) MUST_CHECK;

#endif
