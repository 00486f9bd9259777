/*
 * The audit log's Ed25519 key pair: audit-key.pem in the state folder, mode 0600, made once and
 * never overwritten. Public keys and signatures are written in lower-case hexadecimal, so that each
 * has only one spelling. Every signed text begins with a line that names its kind, so that no
 * signature can be used for another kind.
 */
#ifndef REEVE_AUDIT_KEY_H
#define REEVE_AUDIT_KEY_H

#include "base/buf.h"
#include "base/err.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AUDIT_KEY_FILE "audit-key.pem"
#define AUDIT_KEY_HEX_SIZE 65        /* 32 bytes in hexadecimal, and a NUL */
#define AUDIT_SIGNATURE_HEX_SIZE 129 /* 64 bytes */

struct audit_key {
	EVP_PKEY *pair; /* NULL: none was loaded */
	char public_hex[AUDIT_KEY_HEX_SIZE];
};

/* Loads the pair. key->pair stays NULL when there is no such file; -1 when the file is readable
 * for others, belongs to another user, or is not an Ed25519 key. */
int audit_key_load(const char *folder, struct audit_key *key, struct err *err) MUST_CHECK;
/* Makes a pair and writes its file, as a whole or not at all. The caller holds the folder's
 * lock. */
int audit_key_create(const char *folder, struct audit_key *key, struct err *err) MUST_CHECK;
void audit_key_release(struct audit_key *key);

/* Signs the text. `what` is the first line of the signed text, e.g. "reeve audit checkpoint 1". */
int audit_key_sign(const struct audit_key *key, const char *what, const char *text, size_t length,
	char signature[AUDIT_SIGNATURE_HEX_SIZE], struct err *err) MUST_CHECK;
/* Returns true only for the signature of that key over that text. */
bool audit_key_verify(const char *public_hex, const char *what, const char *text, size_t length,
	const char *signature);

/* Writes the public key as PEM (SubjectPublicKeyInfo). */
int audit_key_pem(const struct audit_key *key, struct buf *out, struct err *err) MUST_CHECK;
/* Reads the argument of --key: 64 hexadecimal digits, or a file that holds them or a PEM public
 * key. */
int audit_key_parse(const char *argument, char public_hex[AUDIT_KEY_HEX_SIZE], struct err *err)
	MUST_CHECK;

/* Returns whether the text is exactly `digits` lower-case hexadecimal digits. */
bool audit_is_hex(const char *text, size_t digits);

#endif
