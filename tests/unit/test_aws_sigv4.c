/*
 * Tests the signer with the published vectors, and with cases that they don't have. Needs the
 * vectors in $REEVE_VECTORS; without them it skips (77).
 */
#include "aws/sigv4/sigv4.h"
#include "aws/sigv4/sigv4_canonical.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MAX_HEADERS 16

static json_t *vectors;

/* Everything that a case's request points to. */
struct fixture {
	struct sigv4_header headers[MAX_HEADERS];
	struct sigv4_request request;
	struct sigv4_scope scope;
	char date[SIGV4_DATE_SIZE];
	char body_sha256[65];
	char *path, *query;
};

static void fixture_init(struct fixture *fixture, const json_t *vector)
{
	const char *body = json_get_string(vector, "body"), *token = json_get_string(vector, "token");
	const char *uri = json_get_string(vector, "uri");
	size_t index, count = 0;
	json_t *pair;
	int64_t now_ms;

	memset(fixture, 0, sizeof *fixture);
	assert_int_equal(clock_parse_rfc3339(json_get_string(vector, "timestamp"), &now_ms), 0);
	sigv4_format_date(now_ms, fixture->date);
	sigv4_sha256_hex(body, strlen(body), fixture->body_sha256);
	json_array_foreach(json_object_get(vector, "headers"), index, pair)
		fixture->headers[count++] = (struct sigv4_header){
			json_string_value(json_array_get(pair, 0)), json_string_value(json_array_get(pair, 1))
		};
	fixture->headers[count++] = (struct sigv4_header){ "X-Amz-Date", fixture->date };
	if (token != NULL && !json_get_bool_or(vector, "omit_session_token", false))
		fixture->headers[count++] = (struct sigv4_header){ "X-Amz-Security-Token", token };
	if (json_get_bool_or(vector, "sign_body", false))
		fixture->headers[count++] =
			(struct sigv4_header){ "x-amz-content-sha256", fixture->body_sha256 };
	fixture->path = xstrndup(uri, strcspn(uri, "?"));
	fixture->query = xstrdup(strchr(uri, '?') != NULL ? strchr(uri, '?') + 1 : "");
	fixture->scope = (struct sigv4_scope){ fixture->date, json_get_string(vector, "region"),
		json_get_string(vector, "service") };
	/* The vectors give the path before it is encoded, so encoding it once gives the canonical
	 * path. */
	fixture->request = (struct sigv4_request){
		.method = json_get_string(vector, "method"),
		.path = fixture->path,
		.query = fixture->query,
		.headers = fixture->headers,
		.header_count = count,
		.body_sha256 = fixture->body_sha256,
		.normalize_path = json_get_bool_or(vector, "normalize", true),
		.double_encode_path = true,
	};
}

static void fixture_release(struct fixture *fixture)
{
	free(fixture->path);
	free(fixture->query);
}

static void check_vector(const json_t *vector)
{
	CLEANUP_BUF struct buf canonical, signed_headers, to_sign, authorization, expected,
		signed_at_once;
	struct buf *all[] = { &canonical, &signed_headers, &to_sign, &authorization, &expected,
		&signed_at_once };
	struct fixture fixture;
	uint8_t key[SIGV4_KEY_BYTES];
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_LENGTH(all); i++)
		buf_init(all[i], 65536);
	fixture_init(&fixture, vector);
	assert_int_equal(sigv4_canonical_request(&fixture.request, &canonical, &signed_headers, &err),
		0);
	assert_string_equal(canonical.data, json_get_string(vector, "header_canonical_request"));
	sigv4_string_to_sign(&fixture.scope, canonical.data, canonical.length, &to_sign);
	assert_string_equal(to_sign.data, json_get_string(vector, "header_string_to_sign"));
	sigv4_signing_key(json_get_string(vector, "secret"), &fixture.scope, key);
	sigv4_authorization(json_get_string(vector, "access_key_id"), key, &fixture.scope,
		signed_headers.data, to_sign.data, to_sign.length, &authorization);
	buf_add_format(&expected, "Signature=%s", json_get_string(vector, "header_signature"));
	assert_string_equal(strstr(authorization.data, "Signature="), expected.data);
	buf_reset(&expected);
	buf_add_format(&expected, "Authorization:%s\n", authorization.data);
	assert_non_null(strstr(json_get_string(vector, "header_signed_request"), expected.data));

	struct sigv4_cache *cache = sigv4_cache_new(json_get_string(vector, "access_key_id"),
		json_get_string(vector, "secret"));
	struct sigv4_texts texts;
	sigv4_texts_init(&texts);
	for (int again = 0; again < 2; again++) {
		buf_reset(&signed_at_once);
		assert_int_equal(
			sigv4_sign(cache, &fixture.scope, &fixture.request, &texts, &signed_at_once, &err), 0);
		assert_string_equal(signed_at_once.data, authorization.data);
	}
	sigv4_texts_release(&texts);
	sigv4_cache_free(cache);
	fixture_release(&fixture);
}

static void test_vectors(void **state)
{
	size_t index;
	json_t *vector;

	(void)state;
	json_array_foreach(vectors, index, vector)
		check_vector(vector);
	assert_int_equal(json_array_size(vectors), 38);
	printf("sigv4: %zu vectors signed by header; their query forms (presigned URLs) are left out: "
		   "we never presign\n",
		json_array_size(vectors));
}

/* More scopes than the cache holds, asked for twice in different orders, sign as without a cache.
 */
static void test_cache(void **state)
{
	struct sigv4_cache *cache =
		sigv4_cache_new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
	struct sigv4_texts texts;
	struct fixture fixture;

	(void)state;
	sigv4_texts_init(&texts);
	fixture_init(&fixture, json_array_get(vectors, 0));
	for (int i = 0; i < 200; i++) {
		char region[32];
		struct err err = ERR_INIT;
		CLEANUP_BUF struct buf cached, fresh;

		buf_init(&cached, 4096);
		buf_init(&fresh, 4096);
		snprintf(region, sizeof region, "us-east-%d", i * 7 % 50);
		fixture.scope.region = region;
		fixture.date[7] = i >= 100 && i % 3 == 0 ? '1' : '0'; /* the day, which may also go back */
		assert_int_equal(sigv4_sign(cache, &fixture.scope, &fixture.request, &texts, &cached, &err),
			0);
		struct sigv4_cache *once =
			sigv4_cache_new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
		assert_int_equal(sigv4_sign(once, &fixture.scope, &fixture.request, &texts, &fresh, &err),
			0);
		sigv4_cache_free(once);
		assert_string_equal(cached.data, fresh.data);
	}
	fixture_release(&fixture);
	sigv4_texts_release(&texts);
	sigv4_cache_free(cache);
}

/* Checks the canonical query and path of requests that the vectors have no case for. */
static void test_canonical(void **state)
{
	static const struct {
		const char *path, *query, *canonical_path, *canonical_query;
		bool normalize, double_encode;
	} cases[] = {
		/* An S3 path is signed as it is sent; any other is encoded once more. */
		{ "/bucket/a%20b//c/../d", "", "/bucket/a%20b//c/../d", "", false, false },
		{ "/a%20b", "", "/a%2520b", "", true, true },
		{ "", "", "/", "", true, true },
		{ "/a/b/../c/", "", "/a/c/", "", true, true },
		{ "/../../x", "", "/x", "", true, true },
		/* A name without a value gets its "=". */
		{ "/", "encryption", "/", "encryption=", false, false },
		{ "/", "b=2&a=1&a=0&&c", "/", "a=0&a=1&b=2&c=", false, false },
		{ "/", "a=b=c&x=%7e%2f%zz", "/", "a=b%3Dc&x=~%2F%25zz", false, false },
		{ "/", "a=%4", "/", "a=%254", false, false },
		{ "/", "a+b=c+d", "/", "a%2Bb=c%2Bd", false, false },
		/* The names are sorted in their encoded form, in which "%" sorts before every letter. */
		{ "/", "a=1&%C3%A4=2&A=3", "/", "%C3%A4=2&A=3&a=1", false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		static const struct sigv4_header headers[] = { { "x-amz-date", "20150830T123600Z" },
			{ "HOST", " h " } };
		struct sigv4_request request = { "GET", cases[i].path, cases[i].query, headers, 2,
			"UNSIGNED-PAYLOAD", cases[i].normalize, cases[i].double_encode };
		CLEANUP_BUF struct buf canonical, signed_headers, expected;
		struct err err = ERR_INIT;

		buf_init(&canonical, 4096);
		buf_init(&signed_headers, 4096);
		buf_init(&expected, 4096);
		assert_int_equal(sigv4_canonical_request(&request, &canonical, &signed_headers, &err), 0);
		buf_add_format(&expected,
			"GET\n%s\n%s\nhost:h\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\nUNSIGNED-PAYLOAD",
			cases[i].canonical_path, cases[i].canonical_query);
		assert_string_equal(canonical.data, expected.data);
		assert_string_equal(signed_headers.data, "host;x-amz-date");
	}
}

static void test_refused(void **state)
{
	static const struct sigv4_header headers[] = { { "Host", "h" },
		{ "x-amz-date", "20150830T123600Z" } };
	struct sigv4_request request = { "GET", "/", "", headers, 1, "UNSIGNED-PAYLOAD", true, true };
	struct sigv4_scope scope = { "20150830T123600Z", "us-east-1", "service" };
	struct sigv4_cache *cache = sigv4_cache_new("A", "S");
	struct sigv4_texts texts;
	struct err err = ERR_INIT;
	CLEANUP_BUF struct buf out, small;

	(void)state;
	sigv4_texts_init(&texts);
	buf_init(&out, 4096);
	buf_init(&small, 16);
	assert_int_equal(sigv4_sign(cache, &scope, &request, &texts, &out, &err), -1);
	assert_true(err_is(&err, ERR_UNDECLARED, "UnsignableRequest"));
	request.header_count = 2;
	assert_int_equal(sigv4_sign(cache, &scope, &request, &texts, &small, &err), -1);
	assert_true(err_is(&err, ERR_LIMIT, "RequestTooLarge"));
	scope.date = "2015";
	assert_int_equal(sigv4_sign(cache, &scope, &request, &texts, &out, &err), -1);
	assert_true(err_is(&err, ERR_UNDECLARED, "BadSigningScope"));
	scope.date = "20150830T123600Z";
	scope.region = "a-region-whose-name-is-much-longer-than-any";
	assert_int_equal(sigv4_sign(cache, &scope, &request, &texts, &out, &err), -1);
	assert_true(err_is(&err, ERR_UNDECLARED, "BadSigningScope"));
	sigv4_texts_release(&texts);
	sigv4_cache_free(cache);
	sigv4_cache_free(NULL);
}

static void test_empty_body(void **state)
{
	char digest[65];

	(void)state;
	sigv4_sha256_hex("", 0, digest);
	assert_string_equal(digest, SIGV4_EMPTY_SHA256);
}

static void test_format_date(void **state)
{
	char date[SIGV4_DATE_SIZE];

	(void)state;
	sigv4_format_date(1440938160999, date);
	assert_string_equal(date, "20150830T123600Z");
	sigv4_format_date(-1, date);
	assert_string_equal(date, "19691231T235959Z");
	sigv4_format_date(INT64_MAX, date);
	assert_string_equal(date, "19700101T000000Z");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_cache),
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_format_date),
		cmocka_unit_test(test_empty_body),
	};
	const char *folder = getenv("REEVE_VECTORS");
	CLEANUP_FREE char *path = xasprintf("%s/sigv4/vectors.json", folder != NULL ? folder : "");

	vectors = json_load_file(path, 0, NULL);
	if (vectors == NULL) {
		printf("skipped: no vectors in $REEVE_VECTORS/sigv4; the step protocol compares "
			   "signatures with botocore's signer\n");
		return 77;
	}
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	json_decref(vectors);
	return failed;
}
