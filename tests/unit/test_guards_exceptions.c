/* Exceptions of the configuration and of the store: what they cover, until when, adding and ending.
 */
#include "test_audit_help.h"
#include "test_record_help.h"

#include "base/clock.h"
#include "baselines_help.h"
#include "config/values.h"
#include "guards/exceptions.h"
#include "ledger/exception_record.h"
#include "store/read.h"

#define ACCOUNT "111122223333"
#define MFA "iam.user-mfa"
#define BUCKETS "s3.bucket-default-encryption"

static const struct org_unit units[] = { { "r-ab12", "Root" },
	{ "ou-ab12-11111111", "Workloads" } };
static const struct org_tag tags[] = { { "env", "prod" } };
static const struct org_place place = { ACCOUNT, units, 2, tags, 1 };
static const struct org_place elsewhere = { "999999999999", units, 1, NULL, 0 };

static int64_t at(const char *text)
{
	int64_t ms;

	assert_int_equal(clock_parse_rfc3339(text, &ms), 0);
	return ms;
}
#define NOW at("2026-11-24T08:00:00Z")

static struct config *config_of_exceptions(const char *items)
{
	struct config *config = NULL;
	struct err err = ERR_INIT;
	char text[2048];

	snprintf(text, sizeof text,
		"{\"organization\": {\"home_region\": \"eu-west-1\"}, \"exceptions\": [%s]}", items);
	assert_ok(config_parse(text, strlen(text), "reeve.json", all_catalogue(), &config, &err));
	return config;
}

static struct exceptions *load(const struct config *config, struct store *store)
{
	struct exceptions *exceptions = NULL;
	struct err err = ERR_INIT;

	assert_ok(exceptions_load(config, store, &exceptions, &err));
	return exceptions;
}

static const char *covering(const struct exceptions *exceptions, const struct org_place *where,
	const char *baseline, const char *resource, int64_t now_ms)
{
	return json_get_string(
		exceptions_covering(exceptions, where, "eu-west-1", baseline, resource, now_ms), "reason");
}

#define REST "\"owner\": \"sec\", \"expires\": \"2027-01-31\""

static void test_configured(void **state)
{
	struct config *config = config_of_exceptions(
		"{\"account\": \"" ACCOUNT "\", \"baseline\": \"" MFA "\", \"reason\": \"one\", " REST "},"
		"{\"ou\": \"Workloads\", \"baseline\": \"s3.*\", \"resource\": \"arn:aws:s3:::x*\", "
		"\"reason\": \"two\", " REST "},"
		"{\"account\": \"*\", \"baseline\": \"" MFA
		"\", \"region\": \"us-*\", \"reason\": \"three\", " REST "},"
		"{\"account\": \"*\", \"baseline\": \"iam.root-mfa\", \"reason\": \"old\", \"owner\": "
		"\"o\", \"expires\": \"2026-11-23\"}");
	struct exceptions *exceptions = load(config, NULL);

	(void)state;
	assert_string_equal(covering(exceptions, &place, MFA, "u", NOW), "one");
	assert_null(covering(exceptions, &elsewhere, MFA, "u", NOW));
	assert_string_equal(covering(exceptions, &place, BUCKETS, "arn:aws:s3:::x1", NOW), "two");
	assert_null(covering(exceptions, &place, BUCKETS, "arn:aws:s3:::y", NOW));
	assert_null(covering(exceptions, &elsewhere, BUCKETS, "arn:aws:s3:::x1", NOW));
	assert_null(covering(exceptions, &place, "iam.root-mfa", "u", NOW));
	assert_null(covering(exceptions, &place, "no.such", "u", NOW));
	/* An exception covers its whole last day, in UTC. */
	assert_non_null(covering(exceptions, &place, MFA, "u", at("2027-01-31T23:59:59.999Z")));
	assert_null(covering(exceptions, &place, MFA, "u", at("2027-02-01T00:00:00Z")));
	assert_non_null(covering(exceptions, &place, "iam.root-mfa", "u", at("2026-11-23T23:59:59Z")));
	assert_false(exceptions_use_tags(exceptions));

	json_t *list = exceptions_list(exceptions, NOW);
	assert_int_equal(json_array_size(list), 4);
	const json_t *first = json_array_get(list, 0), *last = json_array_get(list, 3);
	assert_string_equal(json_get_string(first, "source"), "configuration");
	assert_string_equal(json_get_string(first, "state"), "in_force");
	assert_int_equal(json_get_integer_or(first, "days_left", 0), 69);
	assert_int_equal(strncmp(json_get_string(first, "id"), "x-", 2), 0);
	assert_string_equal(json_get_string(last, "state"), "expired");
	assert_true(json_is_null(json_object_get(last, "days_left")));
	json_decref(list);

	list = exceptions_expired(exceptions, NOW - 86400000, NOW);
	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(json_get_string(json_array_get(list, 0), "reason"), "old");
	json_decref(list);
	list = exceptions_expired(exceptions, NOW, NOW);
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
	exceptions_free(exceptions);
	config_free(config);
}

static struct exception_author ann(void)
{
	return (struct exception_author){ "ann", NOW };
}

static json_t *add(struct store *store, struct audit *audit, const char *given_json)
{
	static int64_t later_ms;
	struct exception_author author = ann();
	json_t *given = json_loads(given_json, 0, NULL), *item = NULL;
	struct err err = ERR_INIT;

	author.now_ms += later_ms++;
	assert_ok(exceptions_add(store, audit, all_catalogue(), given, &author, &item, &err));
	json_decref(given);
	return item;
}

static int audited(void *argument, const struct store_key *key, const json_t *entry)
{
	(void)key;
	if (strncmp(json_get_string_or(entry, "action", ""), "exception.", 10) == 0)
		buf_add_format(argument, "%s by %s, %s %s, %s; ", json_get_string_or(entry, "action", "?"),
			json_get_string_or(entry, "actor", "?"), json_get_string_or(entry, "account", "?"),
			json_get_string_or(entry, "baseline", "?"), json_get_string_or(entry, "reason", "?"));
	return 0;
}

static void test_stored(void **state)
{
	struct store *store = open_writer(NULL);
	struct audit *audit = open_audit(store);
	struct config *config = config_of_exceptions("{\"account\": \"*\", \"baseline\": \"" MFA
												 "\", \"reason\": \"configured\", " REST "}");
	json_t *one = add(store, audit,
		"{\"account\": \"" ACCOUNT "\", \"baseline\": \"" BUCKETS
		"\", \"ticket\": \"T-1\", \"reason\": \"stored\", " REST "}");
	json_t *two = add(store, audit,
		"{\"tag\": \"env=prod\", \"baseline\": \"iam.*\", \"reason\": \"by tag\", " REST "}");
	struct exceptions *exceptions = load(config, store);
	struct exception_author author = ann();
	struct err err = ERR_INIT;
	char text[EXCEPTION_TEXT_SIZE];
	json_t *item = NULL;

	(void)state;
	assert_string_equal(covering(exceptions, &place, BUCKETS, "arn:aws:s3:::x", NOW), "stored");
	assert_null(covering(exceptions, &elsewhere, BUCKETS, "arn:aws:s3:::x", NOW));
	assert_string_equal(covering(exceptions, &place, MFA, "u", NOW),
		/* the configuration's stand first */
		"configured");
	assert_string_equal(covering(exceptions, &place, "iam.root-mfa", "u", NOW), "by tag");
	assert_null(covering(exceptions, &elsewhere, "iam.root-mfa", "u", NOW));
	assert_true(exceptions_use_tags(exceptions));
	assert_false(config_uses_tags(config));
	exceptions_describe(
		exceptions_covering(exceptions, &place, "eu-west-1", BUCKETS, "arn:aws:s3:::x", NOW), text);
	assert_non_null(strstr(text, json_get_string(one, "id")));
	assert_non_null(strstr(text, ": stored (sec, until 2027-01-31)"));
	exceptions_free(exceptions);

	/* An exception that was ended covers nothing, and is listed as ended. */
	author.now_ms += 1000;
	assert_ok(exceptions_end(store, audit, config, json_get_string(one, "id"), &author, &item,
		&err));
	json_decref(item);
	exceptions = load(config, store);
	assert_null(covering(exceptions, &place, BUCKETS, "arn:aws:s3:::x", NOW + 1000));
	json_t *list = exceptions_list(exceptions, NOW + 1000);
	assert_int_equal(json_array_size(list), 3);
	assert_string_equal(json_get_string(json_array_get(list, 1), "state"), "ended");
	assert_string_equal(json_get_string(json_object_get(json_array_get(list, 1), "ended"), "by"),
		"ann");
	json_decref(list);
	list = exceptions_expired(exceptions, 0, at("2028-01-01T00:00:00Z"));
	assert_int_equal(json_array_size(list), 2); /* not the one that was ended */
	json_decref(list);
	exceptions_free(exceptions);

	struct buf log;
	buf_init(&log, 65536);
	assert_ok(store_each_json(store, STORE_AUDIT, NULL, audited, &log, &err));
	assert_string_equal(log.data,
		"exception.add by ann, " ACCOUNT " " BUCKETS
		", stored; exception.add by ann, * iam.*, by tag; "
		"exception.expire by ann, " ACCOUNT " " BUCKETS ", stored; ");
	buf_release(&log);
	json_decref(one);
	json_decref(two);
	config_free(config);
	close_audit(audit);
	close_store(store);
}

static void refuse_add(struct store *store, struct audit *audit, const char *given_json,
	const char *expected)
{
	struct exception_author author = ann();
	json_t *given = json_loads(given_json, 0, NULL), *item = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(exceptions_add(store, audit, all_catalogue(), given, &author, &item, &err),
		-1);
	assert_int_equal(err.kind, ERR_USAGE);
	if (strstr(err.message, expected) == NULL)
		fail_msg("%s: %s", given_json, err.message);
	json_decref(given);
}

static void refuse_end(struct store *store, struct audit *audit, const struct config *config,
	const char *id, const char *code)
{
	struct exception_author author = ann();
	struct err err = ERR_INIT;
	json_t *item = NULL;

	assert_int_equal(exceptions_end(store, audit, config, id, &author, &item, &err), -1);
	assert_string_equal(err.code, code);
}

static void test_refused(void **state)
{
	struct store *store = open_writer(NULL);
	struct audit *audit = open_audit(store);
	struct config *config = config_of_exceptions("{\"account\": \"*\", \"baseline\": \"" MFA
												 "\", \"reason\": \"configured\", " REST "}");
	struct exceptions *exceptions;
	struct err err = ERR_INIT;
	json_t *item = NULL;

	(void)state;
	refuse_add(store, audit, "{}", "missing");
	refuse_add(store, audit, "{\"account\": \"*\", \"baseline\": \"" MFA "\", " REST "}", "reason");
	refuse_add(store, audit,
		"{\"account\": \"*\", \"baseline\": \"" MFA "\", \"reason\": \" \", " REST "}", "reason");
	refuse_add(store, audit,
		"{\"account\": \"*\", \"baseline\": \"" MFA
		"\", \"reason\": \"r\", \"expires\": \"2027-01-31\"}",
		"owner");
	refuse_add(store, audit,
		"{\"account\": \"*\", \"baseline\": \"" MFA "\", \"reason\": \"r\", \"owner\": \"o\"}",
		"expires");
	refuse_add(store, audit,
		"{\"account\": \"*\", \"baseline\": \"" MFA
		"\", \"reason\": \"r\", \"owner\": \"o\", \"expires\": \"2026-11-23\"}",
		"exempt nothing");
	refuse_add(store, audit,
		"{\"account\": \"*\", \"baseline\": \"" MFA
		"\", \"reason\": \"r\", \"owner\": \"o\", \"expires\": \"2027-02-30\"}",
		"expires");
	refuse_add(store, audit, "{\"baseline\": \"" MFA "\", \"reason\": \"r\", " REST "}",
		"names no account");
	refuse_add(store, audit,
		"{\"account\": \"*\", \"baseline\": \"iam.user-mf\", \"reason\": \"r\", " REST "}",
		"did you mean");
	refuse_add(store, audit,
		"{\"account\": \"12\", \"baseline\": \"" MFA "\", \"reason\": \"r\", " REST "}",
		"12 digits");

	exceptions = load(config, store);
	json_t *list = exceptions_list(exceptions, NOW);
	assert_int_equal(json_array_size(list), 1);
	refuse_end(store, audit, config, json_get_string(json_array_get(list, 0), "id"),
		"InConfiguration");
	refuse_end(store, audit, config, "x-0000000000000000", "UnknownException");
	json_decref(list);
	exceptions_free(exceptions);

	struct exception_author author = ann();
	json_t *one = add(store, audit,
		"{\"account\": \"*\", \"baseline\": \"" MFA "\", \"reason\": \"r\", " REST "}");
	assert_ok(exceptions_end(store, audit, config, json_get_string(one, "id"), &author, &item,
		&err));
	refuse_end(store, audit, config, json_get_string(one, "id"), "AlreadyEnded");
	json_decref(item);
	json_decref(one);
	config_free(config);
	close_audit(audit);
	close_store(store);
}

static void put_raw(struct store *store, const char *id, const char *exception)
{
	CLEANUP_JSON json_t *value = json_loads(exception, 0, NULL);
	const struct exception_record record = { .exception = value, .at_ms = NOW, .id = id };
	struct err err = ERR_INIT;

	assert_non_null(value);
	assert_ok(exception_record_put(store, &record, &err));
	flush(store);
}

/* A stored exception that the configuration no longer resolves exempts nothing. */
static void test_outdated(void **state)
{
	struct store *store = open_writer(NULL);
	struct config *config = config_of_exceptions("");

	(void)state;
	put_raw(store, "x-1",
		"{\"account\": \"*\", \"baseline\": \"gone.baseline\", \"reason\": \"r\", " REST "}");
	put_raw(store, "x-2",
		"{\"account\": \"*\", \"baseline\": \"" MFA "\", \"reason\": \"r\", \"surprise\": 1, " REST
		"}");
	struct exceptions *exceptions = load(config, store);
	assert_null(covering(exceptions, &place, MFA, "u", NOW));
	exceptions_free(exceptions);
	config_free(config);
	close_store(store);
}

static struct config *no_exceptions;

static int read_all(struct store *store, struct err *err)
{
	struct exceptions *exceptions;

	return exceptions_load(no_exceptions, store, &exceptions, err);
}

/* It is not known what such a record exempts, so nothing is done without it. */
static void test_not_understood(void **state)
{
#define RECORD(more) \
	"{\"id\": \"x-1\", \"exception\": {\"account\": \"*\", \"baseline\": \"" MFA \
	"\", \"reason\": \"r\", " REST "}" more "}"
	static const struct refused cases[] = {
		{ "5", "exception" },
		{ "{\"id\": \"x-1\"}", "x-1 in the state folder can't be read: its field \"exception\"" },
		{ RECORD(""), "\"at\" is missing" },
		{ RECORD(", \"at\": \"2026-01-01T00:00:00Z\", \"ended\": {\"at\": \"?\"}"),
			"\"at\" is not" },
		{ RECORD(", \"at\": \"2026-01-01T00:00:00Z\", \"ended\": 7"), "\"ended\" is not" },
		{ RECORD(", \"at\": \"2026-01-01T00:00:00Z\", \"version\": 2"), "version \"2\"" },
	};
	struct store *store = open_writer(NULL);
	struct store_key key = STORE_KEY("x-1");

	(void)state;
	no_exceptions = config_of_exceptions("");
	assert_refused(store, STORE_EXCEPTIONS, &key, cases, ARRAY_LENGTH(cases), read_all);
	config_free(no_exceptions);
	close_store(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_configured),
		store_test(test_stored),
		store_test(test_refused),
		store_test(test_outdated),
		store_test(test_not_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
