#include "util.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

void die(const char *format, ...)
{
	va_list args;

	fputs("reeve-sim: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void *must_realloc(void *p, size_t n)
{
	p = realloc(p, n ? n : 1);
	if (!p)
		die("out of memory");
	return p;
}

void *must_alloc(size_t n)
{
	return memset(must_realloc(NULL, n), 0, n);
}

void *must_copy(const void *p, size_t n)
{
	char *copy = must_realloc(NULL, n + 1);

	if (n)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

char *must_strdup(const char *text)
{
	return must_copy(text, strlen(text));
}

struct slice slice_of(const char *text)
{
	return (struct slice){ text, strlen(text) };
}

bool slice_is(struct slice s, const char *text)
{
	return strlen(text) == s.n && (!s.n || memcmp(s.p, text, s.n) == 0);
}

bool slice_is_nocase(struct slice s, const char *text)
{
	return strlen(text) == s.n && (!s.n || strncasecmp(s.p, text, s.n) == 0);
}

bool slice_starts(struct slice s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && memcmp(s.p, prefix, n) == 0;
}

struct slice slice_trim(struct slice s)
{
	while (s.n && (*s.p == ' ' || *s.p == '\t'))
		s.p++, s.n--;
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

bool slice_cut(struct slice *rest, char mark, struct slice *part)
{
	const char *at;

	if (!rest->p)
		return false;
	at = memchr(rest->p, mark, rest->n);
	if (!at) {
		*part = *rest;
		*rest = (struct slice){ NULL, 0 };
		return true;
	}
	*part = (struct slice){ rest->p, (size_t)(at - rest->p) };
	*rest = (struct slice){ at + 1, rest->n - part->n - 1 };
	return true;
}

static void buf_room(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 512;

	if (b->n + n + 1 <= b->cap)
		return;
	while (cap < b->n + n + 1)
		cap *= 2;
	b->p = must_realloc(b->p, cap);
	b->cap = cap;
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
	buf_room(b, n);
	if (n)
		memcpy(b->p + b->n, bytes, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_str(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_slice(struct buf *b, struct slice s)
{
	buf_add(b, s.p, s.n);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args, again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	buf_room(b, 128);
	n = vsnprintf(b->p + b->n, b->cap - b->n, format, args);
	va_end(args);
	if (n > 0 && (size_t)n >= b->cap - b->n) {
		buf_room(b, (size_t)n);
		vsnprintf(b->p + b->n, b->cap - b->n, format, again);
	}
	va_end(again);
	if (n > 0)
		b->n += (size_t)n;
}

void buf_xml(struct buf *b, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '&')
			buf_str(b, "&amp;");
		else if (c == '<')
			buf_str(b, "&lt;");
		else if (c == '>')
			buf_str(b, "&gt;");
		else if (c == '"')
			buf_str(b, "&quot;");
		else if (c < 0x20)
			buf_printf(b, "&#x%X;", c);
		else
			buf_char(b, *text);
	}
}

void buf_tag(struct buf *b, const char *name, const char *text)
{
	buf_char(b, '<');
	buf_str(b, name);
	buf_char(b, '>');
	buf_xml(b, text);
	buf_str(b, "</");
	buf_str(b, name);
	buf_char(b, '>');
}

void buf_json(struct buf *b, const char *text)
{
	const char *from = text;

	buf_char(b, '"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_add(b, from, (size_t)(text - from));
		if (c < 0x20)
			buf_printf(b, "\\u%04x", c);
		else
			buf_printf(b, "\\%c", c);
		from = text + 1;
	}
	buf_add(b, from, (size_t)(text - from));
	buf_char(b, '"');
}

void buf_uri(struct buf *b, struct slice s, bool keep_slash)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~' || (c == '/' && keep_slash))
			buf_char(b, (char)c);
		else
			buf_add(b, (char[]){ '%', hex[c >> 4], hex[c & 15] }, 3);
	}
}

void buf_reset(struct buf *b)
{
	b->n = 0;
	if (b->p)
		b->p[0] = '\0';
}

void buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t z = a * 0x9E3779B97F4A7C15u + b + 0x9E3779B97F4A7C15u;

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

uint64_t hash_bytes(uint64_t seed, const void *p, size_t n)
{
	const unsigned char *bytes = p;
	uint64_t h = seed ^ 0xcbf29ce484222325u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ bytes[i]) * 0x100000001b3u;
	return mix(h, n);
}

double hash_unit(uint64_t h)
{
	return (double)(h >> 11) / 9007199254740992.0;
}

void hash_hex(uint64_t h, char *out)
{
	snprintf(out, 33, "%016llx%016llx", (unsigned long long)mix(h, 1),
		(unsigned long long)mix(h, 2));
}

void hash_uuid(uint64_t h, char *out)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t half[2] = { mix(h, 1), mix(h, 2) };
	char *o = out;

	for (int i = 0; i < 32; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			*o++ = '-';
		*o++ = digits[(half[i / 16] >> (4 * (i % 16))) & 15];
	}
	*o = '\0';
	out[14] = '4';
	out[19] = '8';
}

void time_text(time_t at, char out[21])
{
	struct tm tm;

	strftime(out, 21, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &tm));
}

int64_t clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool glob_same(char a, char b, bool nocase)
{
	return nocase ? tolower((unsigned char)a) == tolower((unsigned char)b) : a == b;
}

bool glob_match(const char *pattern, const char *text, bool nocase)
{
	const char *star = NULL, *resume = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			resume = text;
		} else if (*pattern == '?' || (*pattern && glob_same(*pattern, *text, nocase))) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}
