/*
 * A growable byte buffer with a maximum size. It is always NUL-terminated, so buf->data can be used
 * as a C string. An append beyond the maximum sets `overflow` and is dropped whole: check buf_ok()
 * once, at the end.
 */
#ifndef REEVE_BASE_BUF_H
#define REEVE_BASE_BUF_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
	char *data;
	size_t length;
	size_t capacity;
	size_t max_bytes;
	bool overflow;
	bool secret; /* wipes the memory that it leaves behind when it grows */
};

/* Use it as CLEANUP_BUF struct buf text = BUF_INIT(4096). Initialize it where it is declared: a
 * return before that would free an undefined pointer. */
#define BUF_INIT(max) { .data = buf_empty, .max_bytes = (max) }
extern char buf_empty[1];

void buf_init(struct buf *buf, size_t max_bytes);
void buf_init_secret(struct buf *buf, size_t max_bytes); /* needs buf_release_secret */
void buf_release(struct buf *buf);
void buf_release_secret(struct buf *buf);
void buf_reset(struct buf *buf);   /* empties the buffer and keeps its memory */
char *buf_detach(struct buf *buf); /* the caller frees; the buffer is empty afterwards */

/* Makes room for that many more bytes. Returns false, with `overflow` set, when that exceeds the
 * maximum. */
bool buf_grow(struct buf *buf, size_t more);

/* Returns a place for that many bytes, which buf_wrote appends once they are written; NULL, with
 * `overflow` set, when they exceed the maximum. It is inline, like buf_add, because requests,
 * responses and findings are made of hundreds of short appends. */
static inline char *buf_room(struct buf *buf, size_t more)
{
	bool fits = more < buf->capacity - buf->length && buf->length + more <= buf->max_bytes &&
		!buf->overflow;

	return fits || buf_grow(buf, more) ? buf->data + buf->length : NULL;
}

static inline void buf_wrote(struct buf *buf, size_t length)
{
	buf->length += length;
	buf->data[buf->length] = '\0';
}

static inline void buf_add(struct buf *buf, const void *data, size_t length)
{
	char *room = length > 0 ? buf_room(buf, length) : NULL;

	if (room == NULL)
		return;
	memcpy(room, data, length);
	buf_wrote(buf, length);
}

static inline void buf_add_string(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

static inline void buf_add_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_add_format(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_add_hex(struct buf *buf, const uint8_t *data, size_t length);

/* Adds text, percent-encoded (RFC 3986) but for unreserved characters and, if keep_slash, '/'. */
void buf_add_percent(struct buf *buf, const char *text, size_t length, bool keep_slash);

bool buf_ok(const struct buf *buf);

void cleanup_buf(struct buf *buf);
#define CLEANUP_BUF __attribute__((cleanup(cleanup_buf)))

#endif
