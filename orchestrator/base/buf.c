#include "base/buf.h"

#include "base/banned.h"
#include "base/mem.h"

#include <stdarg.h>

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

/* realloc would leave a copy of a secret in memory that is free for anyone. */
static char *grow_secret(struct buf *buf, size_t capacity)
{
	char *data = xmalloc(capacity);

	memcpy(data, buf->data, buf->length + 1);
	mem_wipe(buf->data, buf->capacity);
	free(buf->data);
	return data;
}

static bool reserve(struct buf *buf, size_t more)
{
	/* Room for the NUL and for doubling: no sum below can wrap. */
	size_t max_bytes = buf->max_bytes < SIZE_MAX / 4 ? buf->max_bytes : SIZE_MAX / 4;

	if (buf->overflow || more > max_bytes || buf->length > max_bytes - more) {
		buf->overflow = true;
		return false;
	}
	size_t need = buf->length + more + 1;
	if (need <= buf->capacity)
		return true;
	size_t capacity = buf->capacity ? buf->capacity : 128;
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

void buf_add_growing(struct buf *buf, const void *data, size_t length)
{
	if (length == 0 || !reserve(buf, length))
		return;
	memcpy(buf->data + buf->length, data, length);
	buf->length += length;
	buf->data[buf->length] = '\0';
}

void buf_add_format(struct buf *buf, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0 || !reserve(buf, (size_t)length))
		return;
	va_start(args, format);
	vsnprintf(buf->data + buf->length, (size_t)length + 1, format, args);
	va_end(args);
	buf->length += (size_t)length;
}

void buf_add_hex(struct buf *buf, const uint8_t *data, size_t length)
{
	static const char digits[] = "0123456789abcdef";

	if (length == 0 || !reserve(buf, length > SIZE_MAX / 2 ? SIZE_MAX : 2 * length))
		return;
	for (size_t i = 0; i < length; i++) {
		buf->data[buf->length++] = digits[data[i] >> 4];
		buf->data[buf->length++] = digits[data[i] & 15];
	}
	buf->data[buf->length] = '\0';
}

static bool unreserved(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '.' || c == '_' || c == '~';
}

void buf_add_percent(struct buf *buf, const char *text, size_t length, bool keep_slash)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t need = 0;

	for (size_t i = 0; i < length; i++)
		need += unreserved((unsigned char)text[i]) || (keep_slash && text[i] == '/') ? 1 : 3;
	if (need == 0 || !reserve(buf, need))
		return;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (unreserved(c) || (keep_slash && c == '/')) {
			buf->data[buf->length++] = (char)c;
			continue;
		}
		buf->data[buf->length++] = '%';
		buf->data[buf->length++] = digits[c >> 4];
		buf->data[buf->length++] = digits[c & 15];
	}
	buf->data[buf->length] = '\0';
}

bool buf_ok(const struct buf *buf)
{
	return !buf->overflow;
}

void cleanup_buf(struct buf *buf)
{
	buf_release(buf);
}
