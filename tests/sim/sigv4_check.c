#include "sigv4_check.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define SKEW_S 300
#define SKEW_S3_S 900
#define MAX_QUERY 64
#define CACHE_SLOTS 65536

typedef unsigned char digest[32];

/* SHA-256 with the algorithm looked up once. */
static EVP_MD_CTX *sha_context;
static EVP_MD *sha_algorithm;

static void sha_begin(void)
{
	if (!sha_context) {
		sha_algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
		sha_context = EVP_MD_CTX_new();
	}
	if (EVP_DigestInit_ex2(sha_context, sha_algorithm, NULL) != 1)
		die("SHA-256 is not available");
}

static void sha_add(const void *bytes, size_t n)
{
	EVP_DigestUpdate(sha_context, bytes, n);
}

static void sha_end(digest out)
{
	EVP_DigestFinal_ex(sha_context, out, NULL);
}

static void hmac(const void *key, size_t key_length, const void *bytes, size_t n, digest out)
{
	unsigned char inner[64] = { 0 }, outer[64];

	if (key_length > 64) {
		sha_begin();
		sha_add(key, key_length);
		sha_end(inner);
	} else {
		memcpy(inner, key, key_length);
	}
	for (int i = 0; i < 64; i++) {
		outer[i] = inner[i] ^ 0x5c;
		inner[i] ^= 0x36;
	}
	sha_begin();
	sha_add(inner, 64);
	sha_add(bytes, n);
	sha_end(out);
	sha_begin();
	sha_add(outer, 64);
	sha_add(out, 32);
	sha_end(out);
}

static void hex(const digest in, char out[65])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < 32; i++) {
		out[2 * i] = digits[in[i] >> 4];
		out[2 * i + 1] = digits[in[i] & 15];
	}
	out[64] = '\0';
}

/* Returns the key derived for a day, region and service, from a direct-mapped cache. */
static const unsigned char *signing_key(const struct sigv4 *sig, const char *secret)
{
	static struct {
		uint64_t tag[2];
		digest key;
	} cache[CACHE_SLOTS];
	uint64_t a = hash_bytes(1, sig->key.p, (size_t)(sig->service.p + sig->service.n - sig->key.p));
	uint64_t b = hash_bytes(a, secret, strlen(secret)), i = a % CACHE_SLOTS;
	char first[128];
	int n;

	if (cache[i].tag[0] == a && cache[i].tag[1] == b)
		return cache[i].key;
	n = snprintf(first, sizeof(first), "AWS4%s", secret);
	hmac(first, (size_t)n, sig->date.p, sig->date.n, cache[i].key);
	hmac(cache[i].key, 32, sig->region.p, sig->region.n, cache[i].key);
	hmac(cache[i].key, 32, sig->service.p, sig->service.n, cache[i].key);
	hmac(cache[i].key, 32, "aws4_request", 12, cache[i].key);
	cache[i].tag[0] = a;
	cache[i].tag[1] = b;
	return cache[i].key;
}

enum sigv4_result sigv4_parse(const struct http_request *request, struct sigv4 *sig,
	const char **why)
{
	struct slice rest = http_header(request, "authorization"), part, name, last = { NULL, 0 };

	*sig = (struct sigv4){ 0 };
	if (!rest.p || !rest.n)
		return SIGV4_MISSING;
	*why = "Authorization header requires AWS4-HMAC-SHA256";
	if (!slice_starts(rest, "AWS4-HMAC-SHA256 "))
		return SIGV4_MALFORMED;
	rest = (struct slice){ rest.p + 17, rest.n - 17 };
	while (slice_cut(&rest, ',', &part)) {
		part = slice_trim(part);
		slice_cut(&part, '=', &name);
		if (slice_is(name, "Credential")) {
			slice_cut(&part, '/', &sig->key);
			slice_cut(&part, '/', &sig->date);
			slice_cut(&part, '/', &sig->region);
			slice_cut(&part, '/', &sig->service);
			last = part;
		} else if (slice_is(name, "SignedHeaders")) {
			sig->signed_headers = part;
		} else if (slice_is(name, "Signature")) {
			sig->signature = part;
		}
	}
	*why = "Authorization header requires a Credential of the form "
		   "KEY/DATE/REGION/SERVICE/aws4_request";
	if (!sig->key.n || !sig->region.n || !sig->service.n || !slice_is(last, "aws4_request"))
		return SIGV4_MALFORMED;
	*why = "Authorization header requires 'SignedHeaders' and 'Signature' parameters.";
	if (!sig->signed_headers.n || sig->signature.n != 64)
		return SIGV4_MALFORMED;
	sig->timestamp = http_header(request, "x-amz-date");
	*why = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
	if (sig->timestamp.n != 16)
		return SIGV4_MALFORMED;
	*why = "Date in Credential scope does not match the date of the request.";
	if (sig->date.n != 8 || memcmp(sig->date.p, sig->timestamp.p, 8) != 0)
		return SIGV4_MALFORMED;
	return SIGV4_OK;
}

static bool is_signed(const struct sigv4 *sig, struct slice name)
{
	struct slice rest = sig->signed_headers, part;

	while (slice_cut(&rest, ';', &part))
		if (part.n == name.n && strncasecmp(part.p, name.p, name.n) == 0)
			return true;
	return false;
}

/* Returns the name of a header that must be signed and isn't; p is NULL when there is none. */
static struct slice unsigned_header(const struct http_request *request, const struct sigv4 *sig)
{
	if (!is_signed(sig, SLICE("host")))
		return SLICE("host");
	for (size_t i = 0; i < request->n_headers; i++) {
		struct slice name = request->headers[i].name;

		if (name.n > 6 && strncasecmp(name.p, "x-amz-", 6) == 0 && !is_signed(sig, name))
			return name;
	}
	return (struct slice){ NULL, 0 };
}

static bool time_read(struct slice text, time_t *out)
{
	static char memo[17];
	static time_t value;
	struct tm tm = { 0 };
	char copy[17];

	if (memcmp(text.p, memo, 16) == 0) {
		*out = value;
		return true;
	}
	memcpy(copy, text.p, 16);
	copy[16] = '\0';
	if (sscanf(copy, "%4d%2d%2dT%2d%2d%2dZ", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
			&tm.tm_min, &tm.tm_sec) != 6)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	value = *out = timegm(&tm);
	memcpy(memo, copy, sizeof(memo));
	return true;
}

static enum sigv4_result check_time(const struct sigv4 *sig, long allowed, struct arena *arena,
	const char **why)
{
	time_t sent, now = http_now();
	char now_text[17];
	struct tm tm;

	*why = "Date must be in ISO-8601 'basic format'.";
	if (!time_read(sig->timestamp, &sent))
		return SIGV4_MALFORMED;
	if (sent >= now - allowed && sent <= now + allowed)
		return SIGV4_OK;
	gmtime_r(&now, &tm);
	strftime(now_text, sizeof(now_text), "%Y%m%dT%H%M%SZ", &tm);
	if (sent < now)
		*why = arena_printf(arena,
			"Signature expired: %.16s is now earlier than %s (%s - %ld min.)", sig->timestamp.p,
			now_text, now_text, allowed / 60);
	else
		*why = arena_printf(arena,
			"Signature not yet current: %.16s is still later than %s (%s + %ld min.)",
			sig->timestamp.p, now_text, now_text, allowed / 60);
	return SIGV4_SKEWED;
}

static int by_text(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;
	int order = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return order ? order : (x->n > y->n) - (x->n < y->n);
}

/* Writes the name=value parts of a query decoded, encoded again and sorted. '\1' stands for '='
 * while sorting, so that names sort first. */
static void canonical_query(struct buf *out, struct slice query, struct arena *arena)
{
	struct slice parts[MAX_QUERY], part, name;
	struct buf one = { 0 };
	size_t n = 0;

	while (query.n && n < MAX_QUERY && slice_cut(&query, '&', &part)) {
		if (!part.n)
			continue;
		buf_reset(&one);
		slice_cut(&part, '=', &name);
		buf_uri(&one, arena_unescape(arena, name, false), false);
		buf_char(&one, '\1');
		buf_uri(&one, arena_unescape(arena, part, false), false);
		parts[n++] = (struct slice){ arena_text(arena, (struct slice){ one.p, one.n }), one.n };
	}
	buf_free(&one);
	qsort(parts, n, sizeof(parts[0]), by_text);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_char(out, '&');
		name = parts[i];
		slice_cut(&name, '\1', &part);
		buf_slice(out, part);
		buf_char(out, '=');
		buf_slice(out, name);
	}
}

/* Writes a header's value with each inner run of spaces made one; repeated headers are joined by
 * commas. */
static void canonical_header(struct buf *out, const struct http_request *request, struct slice name)
{
	bool again = false;

	buf_slice(out, name);
	buf_char(out, ':');
	for (size_t i = 0; i < request->n_headers; i++) {
		const struct http_header *h = &request->headers[i];

		if (h->name.n != name.n || strncasecmp(h->name.p, name.p, name.n) != 0)
			continue;
		if (again)
			buf_char(out, ',');
		again = true;
		if (!memmem(h->value.p, h->value.n, "  ", 2)) {
			buf_slice(out, h->value);
			continue;
		}
		for (size_t c = 0; c < h->value.n; c++)
			if (h->value.p[c] != ' ' || h->value.p[c - 1] != ' ')
				buf_char(out, h->value.p[c]);
	}
	buf_char(out, '\n');
}

static void canonical_request(struct buf *out, const struct http_request *request,
	const struct sigv4 *sig, bool s3, const char *body_hash, struct arena *arena)
{
	struct slice rest = sig->signed_headers, name;

	buf_reset(out);
	buf_slice(out, request->method);
	buf_char(out, '\n');
	buf_uri(out, s3 ? arena_unescape(arena, request->path, false) : request->path, true);
	buf_char(out, '\n');
	canonical_query(out, request->query, arena);
	buf_char(out, '\n');
	while (slice_cut(&rest, ';', &name))
		canonical_header(out, request, name);
	buf_char(out, '\n');
	buf_slice(out, sig->signed_headers);
	buf_char(out, '\n');
	buf_str(out, body_hash);
}

/* Writes the body's hash as the canonical request has it. */
static enum sigv4_result body_hash(const struct http_request *request, bool s3, char out[65],
	const char **why)
{
	struct slice told = http_header(request, "x-amz-content-sha256");
	digest hash;

	if (s3 && !told.p) {
		*why = "Missing required header for this request: x-amz-content-sha256";
		return SIGV4_MALFORMED;
	}
	if (s3 && slice_is(told, "UNSIGNED-PAYLOAD")) {
		memcpy(out, told.p, told.n);
		out[told.n] = '\0';
		return SIGV4_OK;
	}
	sha_begin();
	sha_add(request->body.p, request->body.n);
	sha_end(hash);
	hex(hash, out);
	return s3 && !slice_is(told, out) ? SIGV4_BODY_MISMATCH : SIGV4_OK;
}

enum sigv4_result sigv4_check(const struct http_request *request, const struct sigv4 *sig,
	const char *secret, bool s3, struct arena *arena, const char **why)
{
	static struct buf canonical;
	enum sigv4_result result;
	struct slice missing;
	char hash_text[65], to_sign[512];
	digest hash;
	int n;

	result = check_time(sig, s3 ? SKEW_S3_S : SKEW_S, arena, why);
	if (result != SIGV4_OK)
		return result;
	missing = unsigned_header(request, sig);
	if (missing.p) {
		*why = arena_text(arena, missing);
		return SIGV4_UNSIGNED_HEADER;
	}
	result = body_hash(request, s3, hash_text, why);
	if (result != SIGV4_OK)
		return result;
	canonical_request(&canonical, request, sig, s3, hash_text, arena);
	sha_begin();
	sha_add(canonical.p, canonical.n);
	sha_end(hash);
	hex(hash, hash_text);
	n = snprintf(to_sign, sizeof(to_sign),
		"AWS4-HMAC-SHA256\n%.16s\n%.8s/%.*s/%.*s/aws4_request\n%s", sig->timestamp.p, sig->date.p,
		(int)sig->region.n, sig->region.p, (int)sig->service.n, sig->service.p, hash_text);
	if (n < 0 || (size_t)n >= sizeof(to_sign))
		return SIGV4_MISMATCH;
	hmac(signing_key(sig, secret), 32, to_sign, (size_t)n, hash);
	hex(hash, hash_text);
	return CRYPTO_memcmp(hash_text, sig->signature.p, 64) == 0 ? SIGV4_OK : SIGV4_MISMATCH;
}
