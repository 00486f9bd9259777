/* The document of a run: which findings stand in it, and in which form, from what is stored. */
#include "test_store_help.h"

#include "base/json.h"
#include "engine/document.h"

#define A "111122223333"
#define CELL "\"account\":\"" A "\",\"region\":\"global\",\"baseline\":\"b\""

static struct err err;
static char written[4096];

static void put_text(struct store *store, enum store_database database, struct store_key key,
	const char *text)
{
	assert_ok(store_put(store, database, &key, text, strlen(text), &err));
}

static void put_cell(struct store *store, const char *text)
{
	put_text(store, STORE_CELLS, STORE_KEY("run-1", A, "global", "b"), text);
}

static void put_finding(struct store *store, const char *resource, const char *text)
{
	put_text(store, STORE_FINDINGS, STORE_KEY(A, "global", "b", resource), text);
}

static int write_document(struct store *store, bool all)
{
	struct account account = { .id = (char *)A };
	struct organization organization = {
		.id = (char *)"o-1", .accounts = &account, .account_count = 1
	};
	struct run run = {
		.id = "run-1", .engine = { .store = store, .serving = true }, .organization = &organization
	};
	FILE *out = fmemopen(written, sizeof written, "w");

	assert_non_null(out);
	flush(store);
	run.regions = json_object();
	int result = document_write(&run, all, out, &err);
	fclose(out);
	json_decref(run.regions);
	return result;
}

static void expect(struct store *store, bool all, const char *findings)
{
	assert_ok(write_document(store, all));
	const char *found = strstr(written, "\"findings\": ");
	assert_non_null(found);
	assert_string_equal(found + strlen("\"findings\": "), findings);
}

static void fails(struct store *store)
{
	assert_int_equal(write_document(store, false), -1);
	assert_int_equal(err.kind, ERR_STORE);
	assert_non_null(strstr(err.message, "is damaged"));
	err_clear(&err);
}

/* As it is stored, but without the proposal; and nothing of what is fine, unless all is wanted. */
static void test_findings(void **state)
{
	struct store *store = open_writer(NULL);

	(void)state;
	put_cell(store, "{" CELL ",\"status\":\"drifted\"}");
	expect(store, false, "[]}\n");
	put_finding(store, "r1",
		"{\"resource\":\"r1\",\"status\":\"drifted\",\"proposal\":{\"run\":\"x\"},\"n\":0.2,\"t\":"
		"\"\\\"\\u001b\",\"run\":\"run-1\"}");
	put_finding(store, "r2", "{\"resource\":\"r2\",\"status\":\"compliant\",\"run\":\"run-1\"}");
	put_finding(store, "r3", "{\"resource\":\"r3\",\"status\":\"drifted\",\"run\":\"run-0\"}");
	put_finding(store, "r4",
		"{\"proposal\":1,\"resource\":\"r4\",\"status\":\"what?\",\"run\":\"run-1\"}");
#define FIRST \
	"{\"resource\":\"r1\",\"status\":\"drifted\",\"n\":0.2,\"t\":\"\\\"\\u001b\",\"run\":\"run-" \
	"1\"}"
#define LAST "{\"resource\":\"r4\",\"status\":\"what?\",\"run\":\"run-1\"}"
	expect(store, false, "[\n  " FIRST ",\n  " LAST "\n ]}\n");
	expect(store, true,
		"[\n  " FIRST
		",\n  {\"resource\":\"r2\",\"status\":\"compliant\",\"run\":\"run-1\"},\n  " LAST
		"\n ]}\n");
	put_cell(store, "{" CELL ",\"status\":\"compliant\"}");
	expect(store, false, "[]}\n");
	put_cell(store, "{" CELL ",\"status\":7}"); /* what is not known is shown */
	expect(store, false, "[\n  " FIRST ",\n  " LAST "\n ]}\n");
	close_store(store);
}

/* What is beyond ASCII is escaped in the document, also in names. */
static void test_beyond_ascii(void **state)
{
	struct store *store = open_writer(NULL);

	(void)state;
	put_cell(store, "{" CELL ",\"status\":\"unknown\"}");
	put_finding(store, "r",
		"{\"r\303\251\":\"\360\237\230\200\",\"status\":\"drifted\",\"proposal\":{},\"run\":\"run-"
		"1\"}");
	expect(store, false,
		"[\n  {\"r\\u00E9\":\"\\uD83D\\uDE00\",\"status\":\"drifted\",\"run\":\"run-1\"}\n ]}\n");
	/* One that only the proposal has is none of the document's. */
	put_finding(store, "r", "{\"status\":\"drifted\",\"proposal\":\"\303\251\",\"run\":\"run-1\"}");
	expect(store, false, "[\n  {\"status\":\"drifted\",\"run\":\"run-1\"}\n ]}\n");
	/* Of another run, or fine: none of it either. */
	put_finding(store, "r", "{\"r\":\"\303\251\",\"status\":\"drifted\",\"run\":\"run-0\"}");
	expect(store, false, "[]}\n");
	put_finding(store, "r", "{\"r\":\"\303\251\",\"status\":\"compliant\",\"run\":\"run-1\"}");
	expect(store, false, "[]}\n");
	close_store(store);
}

static void test_odd_records(void **state)
{
	static const char *const none[] = { "{}", "[]",
		"{\"status\":[\"drifted\"],\"run\":{\"run-1\":1}}",
		"{\"run\":\"run-1run-1run-1run-1run-1run-1run-1run-1run-1\"}" };
	struct store *store = open_writer(NULL);

	(void)state;
	put_cell(store, "{" CELL "}");
	for (size_t i = 0; i < ARRAY_LENGTH(none); i++) {
		put_finding(store, "r", none[i]);
		expect(store, false, "[]}\n");
	}
	close_store(store);
}

static void test_damage(void **state)
{
	static const char *const malformed[] = { "", "{", "{\"run\":\"run-1\",\"status\":\"drifted\"",
		"{\"run\":\"run-1\"} {}", "{\"a\":\"\n\",\"run\":\"run-1\"}", "{\"run\":}",
		"{\"status\":\"\\x\"}", "{\"a\":\"\303\",\"run\":\"run-1\"}" };
	struct store *store = open_writer(NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(malformed); i++) {
		put_cell(store, "{" CELL ",\"status\":\"drifted\"}");
		put_finding(store, "r", malformed[i]);
		fails(store);
		put_finding(store, "r", "{}");
		put_cell(store, malformed[i]);
		fails(store);
	}
	close_store(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_findings),
		store_test(test_beyond_ascii),
		store_test(test_odd_records),
		store_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
