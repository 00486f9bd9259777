/* Tests of the document of a run: which of the stored findings it has, and in which form. */
#include "test_store_help.h"

#include "store/queue.h"
#include "test_coverage_help.h"

#include "engine/document.h"
#include "ledger/finding.h"

#define A "111122223333"
/* The members of a record that name its cell and resource. */
#define PLACE "\"account\":\"" A "\",\"region\":\"global\",\"baseline\":\"b\",\"resource\":\"r\""

static struct err err;
static char written[4096];

static void put_text(struct store *store, enum store_database database, struct store_key key,
	const char *text)
{
	assert_ok(store_put(store, database, &key, text, strlen(text), &err));
}

static void put_cell(struct store *store, enum status status)
{
	assert_ok(put_covered(store, "run-1", A, "global", "b", status, &err));
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

static void fails(struct store *store, const char *message)
{
	assert_int_equal(write_document(store, false), -1);
	assert_int_equal(err.kind, ERR_STORE);
	if (strstr(err.message, message) == NULL)
		print_unexpected(&err);
	assert_non_null(strstr(err.message, message));
	err_clear(&err);
}

/* A finding is in the document as it is stored, but without the proposal. Compliant findings are
 * left out unless all are asked for. */
static void test_findings(void **state)
{
	struct store *store = open_writer(NULL);

	(void)state;
	put_cell(store, STATUS_DRIFTED);
	expect(store, false, "[]}\n");
	put_finding(store, "r1",
		"{\"resource\":\"r1\",\"status\":\"drifted\",\"proposal\":{\"run\":\"x\"},\"n\":0.2,\"t\":"
		"\"\\\"\\u001b\",\"run\":\"run-1\"}");
	put_finding(store, "r2", "{\"resource\":\"r2\",\"status\":\"compliant\",\"run\":\"run-1\"}");
	put_finding(store, "r3", "{\"resource\":\"r3\",\"status\":\"drifted\",\"run\":\"run-0\"}");
	put_finding(store, "r4",
		"{\"version\":2,\"proposal\":{},\"resource\":\"r4\",\"status\":\"unknown\",\"run\":\"run-"
		"1\"}");
#define FIRST \
	"{\"resource\":\"r1\",\"status\":\"drifted\",\"n\":0.2,\"t\":\"\\\"\\u001b\",\"run\":\"run-" \
	"1\"}"
#define LAST "{\"resource\":\"r4\",\"status\":\"unknown\",\"run\":\"run-1\"}"
	expect(store, false, "[\n  " FIRST ",\n  " LAST "\n ]}\n");
	expect(store, true,
		"[\n  " FIRST
		",\n  {\"resource\":\"r2\",\"status\":\"compliant\",\"run\":\"run-1\"},\n  " LAST
		"\n ]}\n");
	put_cell(store, STATUS_COMPLIANT);
	expect(store, false, "[]}\n");
	close_store(store);
}

/* A compliant finding is stored in a short form. The document fills in the members that the
 * finding's key gives, and says that the observed state is not known. */
static void test_short_form(void **state)
{
	struct store *store = open_writer(NULL);
	json_t *observed = json_pack("{s:b}", "on", 1);
	struct finding finding = {
		.account = A,
		.account_name = "shop",
		.cell_region = "global",
		.region = "global",
		.baseline = "b",
		.resource = "r",
		.status = STATUS_COMPLIANT,
		.severity = "high",
		.tier = TIER_AUTO,
		.decided_by = "default",
		.observed = observed,
		.observed_ms = 1000,
		.run = "run-1",
	};

	(void)state;
	put_cell(store, STATUS_COMPLIANT);
	assert_ok(finding_store(store, &finding, FINDING_SHORT_IF_COMPLIANT, &err));
	expect(store, true,
		"[\n  {\"status\":\"compliant\",\"severity\":\"high\",\"tier\":\"auto\","
		"\"observed_at\":\"1970-01-01T00:00:01Z\",\"run\":\"run-1\"," PLACE
		",\"account_name\":null,\"decided_by\":\"default\",\"observed\":null,\"desired\":null,"
		"\"change\":null,\"cause\":null,\"request_ids\":null}\n ]}\n");
	assert_ok(finding_store(store, &finding, FINDING_WHOLE, &err));
	expect(store, true,
		"[\n  {\"account\":\"" A "\",\"account_name\":\"shop\",\"region\":\"global\","
		"\"baseline\":\"b\",\"resource\":\"r\",\"status\":\"compliant\",\"severity\":\"high\","
		"\"tier\":\"auto\",\"decided_by\":\"default\",\"observed\":{\"on\":true},\"desired\":null,"
		"\"change\":null,\"cause\":null,\"observed_at\":\"1970-01-01T00:00:01Z\","
		"\"request_ids\":null,\"run\":\"run-1\"}\n ]}\n");
	json_decref(observed);
	close_store(store);
}

/* Characters beyond ASCII are escaped in the document, also in names. */
static void test_beyond_ascii(void **state)
{
	struct store *store = open_writer(NULL);

	(void)state;
	put_cell(store, STATUS_UNKNOWN);
	put_finding(store, "r",
		"{" PLACE
		",\"r\303\251\":\"\360\237\230\200\",\"status\":\"drifted\",\"proposal\":{},\"run\":\"run-"
		"1\"}");
	expect(store, false,
		"[\n  {" PLACE ",\"r\\u00E9\":\"\\uD83D\\uDE00\",\"status\":\"drifted\",\"run\":\"run-1\"}"
		"\n ]}\n");
	/* A character that only the proposal has is not in the document. */
	put_finding(store, "r",
		"{\"status\":\"drifted\",\"proposal\":{\"a\":\"\303\251\"},\"run\":\"run-1\"}");
	expect(store, false, "[\n  {\"status\":\"drifted\",\"run\":\"run-1\"}\n ]}\n");
	/* A finding of another run or a compliant one is not in it either. */
	put_finding(store, "r", "{\"r\":\"\303\251\",\"status\":\"drifted\",\"run\":\"run-0\"}");
	expect(store, false, "[]}\n");
	put_finding(store, "r", "{\"r\":\"\303\251\",\"status\":\"compliant\",\"run\":\"run-1\"}");
	expect(store, false, "[]}\n");
	close_store(store);
}

/* A record that this version does not understand is an error, since no finding may be left out. */
static void test_not_understood(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "{}", "status" },
		{ "[]", "not a JSON object" },
		{ "{\"status\":[\"drifted\"],\"run\":{\"run-1\":1}}", "status" },
		{ "{\"status\":\"what?\",\"run\":\"run-1\"}", "what?" },
		{ "{\"version\":3,\"status\":\"drifted\",\"run\":\"run-1\"}", "upgrade reeve" },
		{ "{\"version\":\"2\",\"status\":\"drifted\",\"run\":\"run-1\"}", "version" },
		{ "{\"status\":\"drifted\",\"tier\":\"at once\",\"run\":\"run-1\",\"r\":\"\303\251\"}",
			"at once" },
	};
	struct store *store = open_writer(NULL);

	(void)state;
	put_cell(store, STATUS_DRIFTED);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		put_finding(store, "r", cases[i].text);
		fails(store, cases[i].message);
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
		put_cell(store, STATUS_DRIFTED);
		put_finding(store, "r", malformed[i]);
		fails(store, "is damaged");
		put_text(store, STORE_COVERAGE, STORE_KEY("run-1", A), malformed[i]);
		fails(store, "is damaged");
		put_text(store, STORE_COVERAGE, STORE_KEY("run-1", A),
			"{\"version\":1,\"account\":\"" A "\",\"regions\":[],\"cells\":{}}");
		flush(store);
	}
	close_store(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_findings),
		store_test(test_short_form),
		store_test(test_beyond_ascii),
		store_test(test_not_understood),
		store_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
