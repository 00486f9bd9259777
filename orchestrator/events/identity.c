#include "events/identity.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "events/fields.h"
#include "events/signal.h"

#include <openssl/evp.h>

#define READABLE_BYTES 160 /* longer ones are hashed */

/* Adds one value. Strings keep every byte, NUL included. */
static void add_value(struct buf *out, const json_t *value)
{
	if (json_is_string(value))
		buf_add(out, json_string_value(value), json_string_length(value));
	else if (value != NULL)
		json_add_canonical(out, value);
}

/* The readable form separates values by '|' and has only plain characters, so that no value can
 * contain the separator. */
static bool is_plain(const struct buf *text)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:/._-+@=,";

	return strspn(text->data, plain) == text->length;
}

static char *hashed(const char *kind, const struct buf *text)
{
	unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };
	unsigned length = 0;
	CLEANUP_BUF struct buf out = BUF_INIT(256);

	if (!buf_ok(text) ||
		EVP_Digest(text->data, text->length, digest, &length, EVP_sha256(), NULL) != 1)
		abort(); /* a failure ends the process, since two findings must never share an identity */
	buf_add_format(&out, "%s#", kind);
	buf_add_hex(&out, digest, length);
	return buf_detach(&out);
}

char *identity_of(const json_t *from, const char *kind, const char *paths)
{
	/* The buffer has no bound of its own: no value is longer than the body that it came in, with
	 * its escapes. */
	const size_t most = 8 * (size_t)SIGNAL_MAX_BODY_BYTES;
	CLEANUP_BUF struct buf readable = BUF_INIT(most), exact = BUF_INIT(most),
						   value = BUF_INIT(most);
	bool plain = true;

	buf_add_string(&readable, kind);
	for (const char *path = paths; *path != '\0';) {
		buf_reset(&value);
		add_value(&value, field_at(from, path));
		plain = plain && is_plain(&value);
		buf_add_format(&readable, "|");
		buf_add(&readable, value.data, value.length);
		buf_add_format(&exact, "%zu:", value.length);
		buf_add(&exact, value.data, value.length);
		path += strcspn(path, " ");
		path += strspn(path, " ");
	}
	if (plain && readable.length <= READABLE_BYTES)
		return buf_detach(&readable);
	return hashed(kind, &exact);
}

char *identity_of_whole(const char *kind, const json_t *value)
{
	CLEANUP_BUF struct buf text = BUF_INIT(8 * (size_t)SIGNAL_MAX_BODY_BYTES);

	json_add_canonical(&text, value);
	return hashed(kind, &text);
}
