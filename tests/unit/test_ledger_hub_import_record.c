/* The records of what was imported into Security Hub: written and read back, and refused where they
 * are not understood. */
#include "test_record_help.h"

#include "base/json.h"
#include "ledger/hub_import_record.h"

#define ACCOUNT "111122223333"

static struct err err;

static json_t *brief(void)
{
	const struct finding finding = { .account = ACCOUNT,
		.account_name = "shop",
		.region = "eu-west-1",
		.baseline = "b",
		.resource = "r",
		.status = STATUS_DRIFTED,
		.severity = "high",
		.tier = TIER_ALERT,
		.cause = { "Code", NULL },
		.observed_ms = 1000,
		.run = "run-1" };
	CLEANUP_JSON json_t *observed = json_pack("{s:s}", "detector", "d");

	return finding_brief(&finding, observed);
}

static int count_record(void *argument, const struct hub_import_record *record)
{
	assert_string_equal(record->region, "eu-west-1");
	++*(int *)argument;
	return 0;
}

static void test_round_trip(void **state)
{
	CLEANUP_JSON json_t *finding = brief();
	const struct hub_import_record record = { .region = "eu-west-1",
		.told = "1 drifted",
		.first_seen = "2026-11-24T08:00:00Z",
		.sent_ms = 5000,
		.finding_json = finding };
	struct store *store = open_writer(NULL);
	struct hub_import_record read, copy;
	int seen = 0;
	bool found;

	(void)state;
	assert_ok(hub_import_record_read(store, ACCOUNT, "eu-west-1", "id", &read, &found, &err));
	assert_false(found);
	assert_ok(hub_import_record_put(store, ACCOUNT, "id", &record, &err));
	flush(store);
	assert_ok(hub_import_record_read(store, ACCOUNT, "eu-west-1", "id", &read, &found, &err));
	assert_true(found);
	hub_import_record_copy(&read, &copy);
	hub_import_record_release(&read);
	assert_string_equal(copy.told, "1 drifted");
	assert_string_equal(copy.first_seen, "2026-11-24T08:00:00Z");
	assert_int_equal(copy.sent_ms, 5000);
	assert_string_equal(copy.finding.account, ACCOUNT);
	assert_null(copy.finding.account_name); /* not needed of what is gone */
	assert_int_equal(copy.finding.status, STATUS_DRIFTED);
	assert_int_equal(copy.finding.tier, TIER_ALERT);
	assert_string_equal(copy.finding.cause.code, "Code");
	assert_int_equal(copy.finding.observed_ms, 1000);
	assert_string_equal(json_get_string(copy.finding.observed, "detector"), "d");
	hub_import_record_release(&copy);
	assert_ok(hub_import_record_each(store, ACCOUNT, count_record, &seen, &err));
	assert_int_equal(seen, 1);
	assert_ok(hub_import_record_delete(store, ACCOUNT, "eu-west-1", "id", &err));
	flush(store);
	assert_ok(hub_import_record_each(store, ACCOUNT, count_record, &seen, &err));
	assert_int_equal(seen, 1);
	close_store(store);
}

static void test_absence(void **state)
{
	struct store *store = open_writer(NULL);
	bool absent;

	(void)state;
	assert_ok(hub_absence_read(store, ACCOUNT, "eu-west-1", "run-1", &absent, &err));
	assert_false(absent);
	assert_ok(hub_absence_put(store, ACCOUNT, "eu-west-1", "run-1", &err));
	flush(store);
	assert_ok(hub_absence_read(store, ACCOUNT, "eu-west-1", "run-1", &absent, &err));
	assert_true(absent);
	assert_ok(hub_absence_read(store, ACCOUNT, "eu-west-1", "run-2", &absent, &err));
	assert_false(absent); /* another run asks again */
	close_store(store);
}

static int read_import(struct store *store, struct err *failure)
{
	struct hub_import_record read;
	bool found;

	return hub_import_record_read(store, ACCOUNT, "eu-west-1", "id", &read, &found, failure);
}

static int read_absence(struct store *store, struct err *failure)
{
	bool absent;

	return hub_absence_read(store, ACCOUNT, "eu-west-1", "run-1", &absent, failure);
}

static void test_not_understood(void **state)
{
#define RECORD(status, more) \
	"{\"region\":\"eu-west-1\",\"told\":\"1\",\"first_seen\":\"x\",\"sent_at\":" \
	"\"2026-11-24T08:00:00Z\",\"finding\":{\"account\":\"" ACCOUNT \
	"\",\"region\":\"eu-west-1\",\"baseline\":\"b\",\"resource\":\"r\",\"status\":\"" status \
	"\"}" more "}"
	static const struct refused imports[] = {
		{ "[]", "import into Security Hub" },
		{ "{\"region\":\"eu-west-1\"}", "\"told\" is missing" },
		{ RECORD("mended", ""), "has the status \"mended\"" },
		{ RECORD("drifted", ",\"version\":2"), "version \"2\"" },
	};
	static const struct refused absences[] = {
		{ "{}", "\"run\" is missing" },
		{ "{\"run\":\"r\",\"version\":2}", "version \"2\"" },
	};
	struct store *store = open_writer(NULL);
	struct store_key import = STORE_KEY(ACCOUNT, "eu-west-1", "id"),
					 absence = STORE_KEY("absent", ACCOUNT, "eu-west-1");

	(void)state;
	assert_refused(store, STORE_SECURITY_HUB, &import, imports, ARRAY_LENGTH(imports), read_import);
	assert_refused(store, STORE_SECURITY_HUB, &absence, absences, ARRAY_LENGTH(absences),
		read_absence);
	close_store(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_round_trip),
		store_test(test_absence),
		store_test(test_not_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
