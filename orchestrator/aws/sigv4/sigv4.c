/*
 * Stages 2 and 3, the signing keys and their cache. Everything that is derived from the secret key
 * is wiped after its use.
 */
#include "aws/sigv4/sigv4.h"

#include "aws/sigv4/sigv4_canonical.h"
#include "aws/sigv4/sigv4_hash.h"
#include "base/banned.h"
#include "base/mem.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define TERMINATOR "aws4_request"
#define DAY_LENGTH 8 /* "20261124" */

/* Keys kept per credentials. A miss costs three HMACs (two microseconds), so this only has to hold
 * the keys that one account's cells use at the same time. */
#define CACHE_MAX_KEYS 32
#define MAX_CANONICAL_BYTES (256 * 1024)
#define MAX_SCOPE_BYTES 1024

void sigv4_format_date(int64_t now_ms, char out[SIGV4_DATE_SIZE])
{
	int64_t remainder = now_ms % 1000;
	time_t seconds = (time_t)(now_ms / 1000 - (remainder < 0));
	struct tm utc;

	if (gmtime_r(&seconds, &utc) == NULL ||
		strftime(out, SIGV4_DATE_SIZE, "%Y%m%dT%H%M%SZ", &utc) == 0)
		snprintf(out, SIGV4_DATE_SIZE, "19700101T000000Z");
}

static void hex(const uint8_t digest[SIGV4_DIGEST_BYTES], char out[65])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SIGV4_DIGEST_BYTES; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[64] = '\0';
}

void sigv4_sha256_hex(const void *data, size_t length, char out[65])
{
	uint8_t digest[SIGV4_DIGEST_BYTES];

	sigv4_sha256(data, length, digest);
	hex(digest, out);
}

/* Adds the credential scope: "20261124/eu-west-1/s3/aws4_request". */
static void add_scope(struct buf *out, const struct sigv4_scope *scope)
{
	buf_add(out, scope->date, strnlen(scope->date, DAY_LENGTH));
	buf_add_char(out, '/');
	buf_add_string(out, scope->region);
	buf_add_char(out, '/');
	buf_add_string(out, scope->service);
	buf_add_string(out, "/" TERMINATOR);
}

static void add_string_to_sign(const char *date, const struct buf *scope,
	const char *canonical_request, size_t length, struct buf *out)
{
	char digest[65];

	sigv4_sha256_hex(canonical_request, length, digest);
	buf_add_string(out, ALGORITHM "\n");
	buf_add_string(out, date);
	buf_add_char(out, '\n');
	buf_add(out, scope->data, scope->length);
	buf_add_char(out, '\n');
	buf_add(out, digest, 64);
}

void sigv4_string_to_sign(const struct sigv4_scope *scope, const char *canonical_request,
	size_t length, struct buf *out)
{
	CLEANUP_BUF struct buf text = BUF_INIT(MAX_SCOPE_BYTES);

	add_scope(&text, scope);
	add_string_to_sign(scope->date, &text, canonical_request, length, out);
}

static void hmac_step(uint8_t key[SIGV4_KEY_BYTES], const char *data, size_t length)
{
	struct sigv4_hmac_key prepared;

	sigv4_hmac_prepare(&prepared, key, SIGV4_KEY_BYTES);
	sigv4_hmac(&prepared, data, length, key);
	mem_wipe(&prepared, sizeof prepared);
}

/* Derives the prepared key of a day; `root` is the prepared key of "AWS4" + secret. */
static void derive_day(const struct sigv4_hmac_key *root, const struct sigv4_scope *scope,
	struct sigv4_hmac_key *day)
{
	uint8_t key[SIGV4_KEY_BYTES];

	sigv4_hmac(root, scope->date, strnlen(scope->date, DAY_LENGTH), key);
	sigv4_hmac_prepare(day, key, sizeof key);
	mem_wipe(key, sizeof key);
}

static void derive(const struct sigv4_hmac_key *day, const struct sigv4_scope *scope,
	uint8_t key[SIGV4_KEY_BYTES])
{
	sigv4_hmac(day, scope->region, strlen(scope->region), key);
	hmac_step(key, scope->service, strlen(scope->service));
	hmac_step(key, TERMINATOR, strlen(TERMINATOR));
}

static void prepare_root(const char *secret, struct sigv4_hmac_key *root)
{
	struct buf seed;

	buf_init(&seed, 4096);
	buf_add_string(&seed, "AWS4");
	buf_add_string(&seed, secret);
	sigv4_hmac_prepare(root, seed.data, seed.length);
	buf_release_secret(&seed);
}

void sigv4_signing_key(const char *secret, const struct sigv4_scope *scope,
	uint8_t key[SIGV4_KEY_BYTES])
{
	struct sigv4_hmac_key root, day;

	prepare_root(secret, &root);
	derive_day(&root, scope, &day);
	derive(&day, scope, key);
	mem_wipe(&root, sizeof root);
	mem_wipe(&day, sizeof day);
}

static void add_authorization(const char *access_key_id, const struct sigv4_hmac_key *key,
	const struct buf *scope, const char *signed_headers, const char *string_to_sign, size_t length,
	struct buf *out)
{
	uint8_t signature[SIGV4_DIGEST_BYTES];

	sigv4_hmac(key, string_to_sign, length, signature);
	buf_add_string(out, ALGORITHM " Credential=");
	buf_add_string(out, access_key_id);
	buf_add_char(out, '/');
	buf_add(out, scope->data, scope->length);
	buf_add_string(out, ", SignedHeaders=");
	buf_add_string(out, signed_headers);
	buf_add_string(out, ", Signature=");
	buf_add_hex(out, signature, sizeof signature);
}

void sigv4_authorization(const char *access_key_id, const uint8_t key[SIGV4_KEY_BYTES],
	const struct sigv4_scope *scope, const char *signed_headers, const char *string_to_sign,
	size_t length, struct buf *out)
{
	CLEANUP_BUF struct buf text = BUF_INIT(MAX_SCOPE_BYTES);
	struct sigv4_hmac_key prepared;

	add_scope(&text, scope);
	sigv4_hmac_prepare(&prepared, key, SIGV4_KEY_BYTES);
	add_authorization(access_key_id, &prepared, &text, signed_headers, string_to_sign, length, out);
	mem_wipe(&prepared, sizeof prepared);
}

/* --- the cache --- */

enum {
	MAX_NAME_LENGTH = 31, /* of a region or service */
	CACHED_SCOPE_SIZE = DAY_LENGTH + 2 * (1 + MAX_NAME_LENGTH) + sizeof "/" TERMINATOR,
};

struct cached_key {
	char scope[CACHED_SCOPE_SIZE];
	size_t scope_length;
	struct sigv4_hmac_key key;
};

struct sigv4_cache {
	char *access_key_id;
	struct sigv4_hmac_key root;
	/* The key of the day, from which the keys of all regions and services are derived. */
	struct sigv4_hmac_key day_key;
	char day[DAY_LENGTH];
	struct cached_key *keys;
	size_t count, capacity;
	size_t last;   /* the key that was used last */
	size_t oldest; /* the next to be replaced, when all are taken */
};

struct sigv4_cache *sigv4_cache_new(const char *access_key_id, const char *secret)
{
	struct sigv4_cache *cache = xcalloc(1, sizeof *cache);

	cache->access_key_id = xstrdup(access_key_id);
	prepare_root(secret, &cache->root);
	return cache;
}

static void free_keys(struct sigv4_cache *cache)
{
	if (cache->keys != NULL)
		mem_wipe(cache->keys, cache->capacity * sizeof *cache->keys);
	free(cache->keys);
}

void sigv4_cache_free(struct sigv4_cache *cache)
{
	if (cache == NULL)
		return;
	free_keys(cache);
	free(cache->access_key_id);
	mem_wipe(cache, sizeof *cache);
	free(cache);
}

static bool key_matches(const struct cached_key *key, const struct buf *text)
{
	return key->scope_length == text->length && memcmp(key->scope, text->data, text->length) == 0;
}

static struct cached_key *new_slot(struct sigv4_cache *cache)
{
	if (cache->count == cache->capacity && cache->capacity < CACHE_MAX_KEYS) {
		/* realloc isn't used, since it may leave the old keys in freed memory. */
		size_t capacity = cache->capacity > 0 ? 2 * cache->capacity : 4;
		struct cached_key *keys = xcalloc(capacity, sizeof *keys);

		if (cache->count > 0)
			memcpy(keys, cache->keys, cache->count * sizeof *keys);
		free_keys(cache);
		cache->keys = keys;
		cache->capacity = capacity;
	}
	if (cache->count < cache->capacity) {
		cache->last = cache->count++;
	} else {
		cache->last = cache->oldest;
		cache->oldest = (cache->oldest + 1) % cache->count;
	}
	return &cache->keys[cache->last];
}

static void fill_slot(struct sigv4_cache *cache, struct cached_key *slot,
	const struct sigv4_scope *scope, const struct buf *text)
{
	uint8_t key[SIGV4_KEY_BYTES];

	if (memcmp(cache->day, scope->date, DAY_LENGTH) != 0) {
		derive_day(&cache->root, scope, &cache->day_key);
		memcpy(cache->day, scope->date, DAY_LENGTH);
	}
	derive(&cache->day_key, scope, key);
	memcpy(slot->scope, text->data, text->length);
	slot->scope_length = text->length;
	sigv4_hmac_prepare(&slot->key, key, sizeof key);
	mem_wipe(key, sizeof key);
}

/* Returns the key of a scope, borrowed until the next call, and the scope's text in *text. NULL
 * when date, region or service can't be those of a scope. */
static const struct sigv4_hmac_key *cached_key(struct sigv4_cache *cache,
	const struct sigv4_scope *scope, struct buf *text)
{
	if (strlen(scope->date) != SIGV4_DATE_SIZE - 1 || strlen(scope->region) > MAX_NAME_LENGTH ||
		strlen(scope->service) > MAX_NAME_LENGTH)
		return NULL;
	add_scope(text, scope);
	if (cache->count > 0 && key_matches(&cache->keys[cache->last], text))
		return &cache->keys[cache->last].key;
	for (size_t i = 0; i < cache->count; i++)
		if (key_matches(&cache->keys[i], text)) {
			cache->last = i;
			return &cache->keys[i].key;
		}
	struct cached_key *slot = new_slot(cache);
	fill_slot(cache, slot, scope, text);
	return &slot->key;
}

/* --- signing --- */

void sigv4_texts_init(struct sigv4_texts *texts)
{
	buf_init_secret(&texts->canonical, MAX_CANONICAL_BYTES);
	buf_init(&texts->signed_headers, MAX_CANONICAL_BYTES);
	buf_init(&texts->scope, MAX_SCOPE_BYTES);
	buf_init(&texts->string_to_sign, 2 * MAX_SCOPE_BYTES);
}

void sigv4_texts_release(struct sigv4_texts *texts)
{
	buf_release_secret(&texts->canonical);
	buf_release(&texts->signed_headers);
	buf_release(&texts->scope);
	buf_release(&texts->string_to_sign);
}

int sigv4_sign(struct sigv4_cache *cache, const struct sigv4_scope *scope,
	const struct sigv4_request *request, struct sigv4_texts *texts, struct buf *out,
	struct err *err)
{
	struct buf *canonical = &texts->canonical, *string_to_sign = &texts->string_to_sign;
	const struct sigv4_hmac_key *key;

	buf_reset(canonical);
	buf_reset(&texts->signed_headers);
	buf_reset(&texts->scope);
	buf_reset(string_to_sign);
	key = cached_key(cache, scope, &texts->scope);
	if (key == NULL)
		return err_set(err, ERR_UNDECLARED, "BadSigningScope",
			"can't sign for date %s, region %s and service %s: they can't be in a credential scope",
			scope->date, scope->region, scope->service);
	if (sigv4_canonical_request(request, canonical, &texts->signed_headers, err) < 0)
		return -1;
	add_string_to_sign(scope->date, &texts->scope, canonical->data, canonical->length,
		string_to_sign);
	add_authorization(cache->access_key_id, key, &texts->scope, texts->signed_headers.data,
		string_to_sign->data, string_to_sign->length, out);
	if (!buf_ok(out) || !buf_ok(string_to_sign))
		return err_set(err, ERR_LIMIT, "RequestTooLarge",
			"the path, query and headers of a request are too large to be signed");
	return 0;
}
