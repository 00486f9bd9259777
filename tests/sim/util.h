/*
 * Small tools of the simulator: byte slices, growable buffers, an arena for
 * what one request needs, and the hash from which all simulated state is
 * derived. Running out of memory ends the program; nothing here returns NULL.
 */
#ifndef SIM_UTIL_H
#define SIM_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* A borrowed run of bytes, not terminated. */
struct slice {
	const char *p;
	size_t n;
};

#define SLICE(literal) ((struct slice){ literal, sizeof(literal) - 1 })

struct slice slice_of(const char *text);
bool slice_is(struct slice s, const char *text);
bool slice_is_nocase(struct slice s, const char *text);
bool slice_starts(struct slice s, const char *prefix);
struct slice slice_trim(struct slice s);
/* Takes the bytes before `mark` from the front of *rest. Returns false when *rest is used up. */
bool slice_cut(struct slice *rest, char mark, struct slice *part);

/* A growable buffer; zero-initialised is empty. p is always terminated once something was added. */
struct buf {
	char *p;
	size_t n, cap;
};

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_char(struct buf *b, char c);
void buf_str(struct buf *b, const char *text);
void buf_slice(struct buf *b, struct slice s);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds text with the five XML entities, and with control characters as references. */
void buf_xml(struct buf *b, const char *text);
/* Adds <name>text</name> with the text escaped. */
void buf_tag(struct buf *b, const char *name, const char *text);
/* Adds a JSON string with its quotes. */
void buf_json(struct buf *b, const char *text);
/* Percent-encodes all but the unreserved characters of RFC 3986 (and '/' when keep_slash). */
void buf_uri(struct buf *b, struct slice s, bool keep_slash);
void buf_reset(struct buf *b);
void buf_free(struct buf *b);

/* Memory that lives as long as one request. */
struct arena {
	struct arena_block *blocks;
};

void *arena_alloc(struct arena *a, size_t n);
char *arena_text(struct arena *a, struct slice s);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Percent-decodes; '+' becomes a space when form is set. */
struct slice arena_unescape(struct arena *a, struct slice s, bool form);
void arena_reset(struct arena *a);

void *must_alloc(size_t n);
void *must_realloc(void *p, size_t n);
char *must_strdup(const char *text);
void *must_copy(const void *p, size_t n);

/* Returns a well-mixed hash of two values; chain it to hash more. */
uint64_t mix(uint64_t a, uint64_t b);
uint64_t hash_bytes(uint64_t seed, const void *p, size_t n);
/* Returns the hash as a number in [0, 1). */
double hash_unit(uint64_t h);
/* Writes 32 lower-case hex digits that follow from the hash. out needs 33 bytes. */
void hash_hex(uint64_t h, char *out);
/* Writes a UUID, xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx. out needs 37 bytes. */
void hash_uuid(uint64_t h, char *out);

/* Writes a time as 2026-01-02T03:04:05Z. */
void time_text(time_t at, char out[21]);
/* Returns the milliseconds of a clock that is never set. */
int64_t clock_ms(void);

/* Matches a pattern in which '*' stands for any run of characters and '?' for one. */
bool glob_match(const char *pattern, const char *text, bool nocase);

/* Prints to stderr and exits with 1. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
