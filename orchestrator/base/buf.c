#include "base/buf.h"

#include "base/banned.h"
#include "base/mem.h"

#include <stdarg.h>

/* The first allocation, which most requests and records fit into. Growing would cost more than
 * the memory, which is held briefly. */
enum { FIRST_CAPACITY = 256 };

char buf_empty[1];

void buf_init(struct buf *buf, size_t max_bytes)
{
	*buf = (struct buf){ .data = buf_empty, .max_bytes = max_bytes };
}

void buf_init_secret(struct buf *buf, size_t max_bytes)
{
	buf_init(buf, max_bytes);
	buf->secret = true;
}

void buf_release(struct buf *buf)
{
	if (buf->secret && buf->capacity > 0)
		mem_wipe(buf->data, buf->capacity);
	if (buf->capacity > 0)
		free(buf->data);
	*buf = (struct buf){ .data = buf_empty, .max_bytes = buf->max_bytes, .secret = buf->secret };
}

void buf_release_secret(struct buf *buf)
{
	buf->secret = true;
	buf_release(buf);
}

void buf_reset(struct buf *buf)
{
	buf->length = 0;
	buf->overflow = false;
	if (buf->capacity > 0)
		buf->data[0] = '\0';
}

char *buf_detach(struct buf *buf)
{
	char *data = buf->capacity > 0 ? buf->data : xstrdup("");

	*buf = (struct buf){ .data = buf_empty, .max_bytes = buf->max_bytes, .secret = buf->secret };
	return data;
}

/* realloc would leave a copy of the secret in freed memory. */
static char *grow_secret(struct buf *buf, size_t capacity)
{
	char *data = xmalloc(capacity);

	memcpy(data, buf->data, buf->length + 1);
	mem_wipe(buf->data, buf->capacity);
	free(buf->data);
	return data;
}

bool buf_grow(struct buf *buf, size_t more)
{
	/* Leaves room for the NUL and for doubling, so that no sum below can wrap. */
	size_t max_bytes = buf->max_bytes < SIZE_MAX / 4 ? buf->max_bytes : SIZE_MAX / 4;

	if (buf->overflow || more > max_bytes || buf->length > max_bytes - more) {
		buf->overflow = true;
		return false;
	}
	size_t need = buf->length + more + 1;
	if (need <= buf->capacity)
		return true;
	size_t capacity = buf->capacity ? buf->capacity : FIRST_CAPACITY;
	while (capacity < need)
		capacity *= 2;
	if (buf->capacity == 0) {
		buf->data = xmalloc(capacity);
		buf->data[0] = '\0';
	} else if (buf->secret) {
		buf->data = grow_secret(buf, capacity);
	} else {
		buf->data = xrealloc(buf->data, capacity);
	}
	buf->capacity = capacity;
	return true;
}

void buf_add_format(struct buf *buf, const char *format, ...)
{
	size_t room = buf->capacity - buf->length; /* includes the NUL's byte */
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(room > 0 ? buf->data + buf->length : NULL, room, format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= room || buf->length + (size_t)length > buf->max_bytes ||
		buf->overflow) {
		if (room > 0)
			buf->data[buf->length] = '\0'; /* an append that doesn't fit is dropped whole */
		if (length < 0 || !buf_grow(buf, (size_t)length))
			return;
		va_start(args, format);
		vsnprintf(buf->data + buf->length, (size_t)length + 1, format, args);
		va_end(args);
	}
	buf->length += (size_t)length;
}

void buf_add_hex(struct buf *buf, const uint8_t *data, size_t length)
{
	static const char digits[] = "0123456789abcdef";

	if (length == 0 || !buf_grow(buf, length > SIZE_MAX / 2 ? SIZE_MAX : 2 * length))
		return;
	for (size_t i = 0; i < length; i++) {
		buf->data[buf->length++] = digits[data[i] >> 4];
		buf->data[buf->length++] = digits[data[i] & 15];
	}
	buf->data[buf->length] = '\0';
}

/* RFC 3986 section 2.3. */
static const bool unreserved[256] = {
	['A' ... 'Z'] = true,
	['a' ... 'z'] = true,
	['0' ... '9'] = true,
	['-'] = true,
	['.'] = true,
	['_'] = true,
	['~'] = true,
};

void buf_add_percent(struct buf *buf, const char *text, size_t length, bool keep_slash)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *end = text + length;
	size_t before = buf->length;

	while (text < end) {
		const char *run = text;

		while (text < end && (unreserved[(unsigned char)*text] || (keep_slash && *text == '/')))
			text++;
		buf_add(buf, run, (size_t)(text - run));
		if (text < end) {
			unsigned char c = (unsigned char)*text++;

			buf_add(buf, (char[]){ '%', digits[c >> 4], digits[c & 15] }, 3);
		}
	}
	if (buf->overflow && buf->length > before) {
		buf->length = before; /* an append that doesn't fit is dropped whole */
		buf->data[before] = '\0';
	}
}

bool buf_ok(const struct buf *buf)
{
	return !buf->overflow;
}

void cleanup_buf(struct buf *buf)
{
	buf_release(buf);
}
