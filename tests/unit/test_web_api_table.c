/* Tests that each row of the table of routes is complete and unique, and that the form of
 * parameters and cursors is checked. */
#include "test_web_api_help.h"

#include "web/api/input.h"
#include "web/api/private.h"

static void assert_schema(const char *text, const char *where)
{
	json_error_t error;
	json_t *schema = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	if (schema == NULL)
		fail_msg("%s is not JSON at byte %d: %s", where, error.position, error.text);
	assert_true(json_is_object(schema));
	json_decref(schema);
}

static void assert_fields(const struct api_field *fields, const char *where)
{
	for (const struct api_field *field = fields; field != NULL && field->name != NULL; field++) {
		char place[128];

		snprintf(place, sizeof place, "%s: %s", where, field->name);
		assert_schema(field->schema, place);
		assert_true(field->help != NULL && field->help[0] != '\0');
		for (const struct api_field *other = fields; other != field; other++)
			assert_string_not_equal(other->name, field->name);
	}
}

static size_t parameters_of(const char *path)
{
	size_t count = 0;

	for (; *path != '\0'; path++)
		count += *path == '{';
	return count;
}

static void test_every_row_is_whole(void **unused)
{
	(void)unused;
	for (const struct api_route *route = api_routes; route->method != NULL; route++) {
		bool reads = strcmp(route->method, "GET") == 0,
			 writes = strcmp(route->method, "POST") == 0 || strcmp(route->method, "DELETE") == 0;

		assert_true(reads || writes);
		assert_true(route->path[0] == '/' && route->id[0] != '\0' && route->summary[0] != '\0');
		assert_non_null(route->handle);
		assert_true(parameters_of(route->path) <= API_MAX_PARAMETERS);
		if (route->answer != NULL)
			assert_schema(route->answer, route->id);
		assert_fields(route->query, route->id);
		assert_fields(route->body, route->id);
		assert_false(route->any_body && route->body != NULL);
		for (const struct api_route *other = api_routes; other != route; other++) {
			assert_string_not_equal(other->id, route->id);
			assert_false(strcmp(other->path, route->path) == 0 &&
				strcmp(other->method, route->method) == 0);
		}
	}
}

/* No GET changes anything, and nobody without a role sees or changes anything of the
 * organization. */
static void test_roles(void **unused)
{
	static const char *const public[] = { "getHealth", "getReadiness", "getOpenapi" };

	(void)unused;
	for (const struct api_route *route = api_routes; route->method != NULL; route++) {
		bool is_public = false;

		for (size_t i = 0; i < ARRAY_LENGTH(public); i++)
			is_public = is_public || strcmp(public[i], route->id) == 0;
		assert_int_equal(route->role == API_PUBLIC, is_public);
		if (strcmp(route->method, "GET") == 0) {
			assert_true(route->role == API_PUBLIC || route->role == API_VIEWER);
			assert_true(route->body == NULL && !route->any_body);
		} else {
			assert_true(route->role == API_RESPONDER || route->role == API_ADMIN ||
				route->role == API_INGEST);
		}
	}
	assert_int_equal(route_of("approveRequest")->role, API_RESPONDER);
	assert_int_equal(route_of("pause")->role, API_RESPONDER);
	assert_true(route_of("pause")->urgent && !route_of("resume")->urgent);
	assert_int_equal(route_of("recordPauses")->role, API_RESPONDER);
	assert_int_equal(route_of("resume")->role, API_ADMIN);
	assert_int_equal(route_of("rollbackChange")->role, API_RESPONDER);
	assert_int_equal(route_of("rollbackRun")->role, API_ADMIN);
	assert_int_equal(route_of("rollbackAccounts")->role, API_ADMIN);
	assert_int_equal(route_of("addException")->role, API_ADMIN);
	assert_int_equal(route_of("endException")->role, API_ADMIN);
	assert_int_equal(route_of("sweepNow")->role, API_ADMIN);
	assert_int_equal(route_of("putSignals")->role, API_INGEST);
}

static void test_ids(void **unused)
{
	static const struct {
		enum api_id kind;
		const char *text;
		bool valid;
	} cases[] = {
		{ API_ID_ACCOUNT, NULL, true },
		{ API_ID_ACCOUNT, "111122223333", true },
		{ API_ID_ACCOUNT, "11112222333", false },
		{ API_ID_ACCOUNT, "1111222233334", false },
		{ API_ID_ACCOUNT, "11112222333x", false },
		{ API_ID_ACCOUNT, "", false },
		{ API_ID_REGION, "eu-west-1", true },
		{ API_ID_REGION, "global", true },
		{ API_ID_REGION, "EU", false },
		{ API_ID_REGION, "eu west", false },
		{ API_ID_REGION, "abcdefghijabcdefghijabcdefghijabc", false },
		{ API_ID_BASELINE, "s3.account-public-access-block", true },
		{ API_ID_BASELINE, "s3/..", false },
		{ API_ID_CHANGE, "c-0123456789abcdef", true },
		{ API_ID_CHANGE, "c-0123456789abcde", false },
		{ API_ID_CHANGE, "c-0123456789ABCDEF", false },
		{ API_ID_CHANGE, "0123456789abcdef", false },
		{ API_ID_RUN, RUN_NEW, true },
		{ API_ID_RUN, "../20261124", false },
		{ API_ID_RUN, "2026112420261124202611242026112420261124", false },
		{ API_ID_APPROVAL, "a-3f2", true },
		{ API_ID_APPROVAL, "3f2", true },
		{ API_ID_APPROVAL, "a-", false },
		{ API_ID_APPROVAL, "", false },
		{ API_ID_APPROVAL, "a-0123456789abc", false },
		{ API_ID_APPROVAL, "b-1", false },
		{ API_ID_EXCEPTION, "x-0123456789abcdef", true },
		{ API_ID_EXCEPTION, "x-012", false },
		{ API_ID_EXCEPTION, "x-0123456789abcdef\x1f", false },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct err err = ERR_INIT;

		if ((api_check_id(cases[i].kind, cases[i].text, &err) == 0) != cases[i].valid)
			fail_msg("case %zu: %s", i, cases[i].text);
		if (!cases[i].valid)
			assert_true(err_is(&err, ERR_USAGE, "InvalidId"));
	}
}

/* The server may pass a number as a number or as text. */
static void test_parameters(void **unused)
{
	static const struct {
		const char *query;
		int limit; /* -1: refused */
	} cases[] = {
		{ "{}", 100 },
		{ "{\"limit\": \"1\"}", 1 },
		{ "{\"limit\": 1000}", 1000 },
		{ "{\"limit\": \"1001\"}", -1 },
		{ "{\"limit\": 0}", -1 },
		{ "{\"limit\": \"ten\"}", -1 },
		{ "{\"limit\": \"5x\"}", -1 },
		{ "{\"limit\": \"\"}", 100 },
		{ "{\"after\": \"\"}", 100 },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		CLEANUP_JSON json_t *query = json_loads(cases[i].query, 0, NULL);
		struct api_request request = { .query = query };
		struct api_page page;
		struct err err = ERR_INIT;

		if (cases[i].limit < 0) {
			assert_int_equal(api_page(&request, &page, &err), -1);
			assert_true(err_is(&err, ERR_USAGE, "InvalidLimit"));
		} else {
			assert_ok(api_page(&request, &page, &err));
			assert_int_equal(page.limit, cases[i].limit);
			assert_null(page.after);
		}
	}
	CLEANUP_JSON json_t *flags =
		json_loads("{\"a\": \"true\", \"b\": true, \"c\": \"false\", \"d\": \"yes\"}", 0, NULL);
	struct api_request request = { .query = flags };
	assert_true(api_flag(&request, "a") && api_flag(&request, "b"));
	assert_false(api_flag(&request, "c") || api_flag(&request, "d") || api_flag(&request, "e"));
}

static void test_long_cursor_is_refused(void **unused)
{
	char after[API_AFTER_MAX + 2];
	struct api_page page;
	struct err err = ERR_INIT;

	(void)unused;
	memset(after, 'a', sizeof after - 1);
	after[sizeof after - 1] = '\0';
	CLEANUP_JSON json_t *query = json_pack("{s:s}", "after", after);
	struct api_request request = { .query = query };
	assert_int_equal(api_page(&request, &page, &err), -1);
	assert_true(err_is(&err, ERR_USAGE, "InvalidCursor"));
}

static void test_key_parts(void **unused)
{
	struct store_key key = STORE_KEY("111122223333", "eu-west-1", "", "last");
	char part[8];

	(void)unused;
	ledger_key_part(&key, 0, part, sizeof part);
	assert_string_equal(part, "1111222");
	ledger_key_part(&key, 1, part, sizeof part);
	assert_string_equal(part, "eu-west");
	ledger_key_part(&key, 2, part, sizeof part);
	assert_string_equal(part, "");
	ledger_key_part(&key, 3, part, sizeof part);
	assert_string_equal(part, "last");
	ledger_key_part(&key, 4, part, sizeof part);
	assert_string_equal(part, "");
	ledger_key_part(&key, 40, part, sizeof part);
	assert_string_equal(part, "");
}

/* Each id is found once and in order, whatever the ids are. */
static void test_next_part(void **state)
{
	static const char *const ids[] = { "000000000001", "000000000009", "000000000010",
		"100000000000", "199999999999", "200000000000", "999999999999" };
	struct store *store = open_writer(NULL);
	char id[LEDGER_PART_SIZE] = "";
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(ledger_next_part(store, STORE_ACCOUNTS, "", id, &err));
	assert_string_equal(id, "");
	for (size_t i = 0; i < ARRAY_LENGTH(ids); i++) {
		put(store, STORE_ACCOUNTS, STORE_KEY(ids[i]), 1);
		put(store, STORE_ACCOUNTS, STORE_KEY(ids[i], "more"), 1);
	}
	flush(store);
	for (size_t i = 0; i < ARRAY_LENGTH(ids); i++) {
		assert_ok(ledger_next_part(store, STORE_ACCOUNTS, id, id, &err));
		assert_string_equal(id, ids[i]);
	}
	assert_ok(ledger_next_part(store, STORE_ACCOUNTS, id, id, &err));
	assert_string_equal(id, "");
	assert_ok(ledger_next_part(store, STORE_ACCOUNTS, "150000000000", id, &err));
	assert_string_equal(id, "199999999999");
	close_store(store);
}

/* --- the walk --- */

struct seen {
	struct store_key last;
	size_t count, stop_every;
};

static int see(void *argument, const struct store_key *key, const json_t *record, size_t bytes)
{
	struct seen *seen = argument;
	size_t shared = seen->last.length < key->length ? seen->last.length : key->length;
	int order = memcmp(key->bytes, seen->last.bytes, shared);

	assert_true(json_is_integer(record) && bytes > 0);
	assert_true(order > 0 || (order == 0 && key->length > seen->last.length));
	seen->last = *key;
	seen->count++;
	return seen->count % seen->stop_every == 0;
}

static struct store_key random_key(unsigned *state)
{
	static const unsigned char bytes[] = { 0x00, 0x01, 0x1f, '0', '9', 'a', 'f', 0x7f, 0x80, 0xfe,
		0xff };
	struct store_key key;

	*state = *state * 1103515245U + 12345;
	bool is_long = (*state >> 16) % 4 == 0;
	key.length = is_long ? 440 + (*state >> 20) % 72 : 1 + (*state >> 20) % 6;
	for (size_t i = 0; i < key.length; i++) {
		*state = *state * 1103515245U + 12345;
		/* Long keys differ near their ends only. */
		key.bytes[i] = is_long && i < 438 ? 'l' : bytes[(*state >> 16) % ARRAY_LENGTH(bytes)];
	}
	return key;
}

/* The walk sees each key once and in order, whatever the keys are and wherever it is
 * interrupted. */
static void test_a_walk_sees_each_once(void **state)
{
	struct store *store = open_writer(NULL);
	const struct store_key long_prefix = { .bytes = "llll", .length = 4 };
	struct err err = ERR_INIT;
	unsigned random = 7;

	(void)state;
	for (int i = 0; i < 3000; i++)
		put(store, STORE_META, random_key(&random), 1);
	flush(store);
	size_t all = (size_t)count(store, STORE_META, NULL),
		   below = (size_t)count(store, STORE_META, &long_prefix);
	assert_true(all > 2 * LEDGER_TURN_RECORDS && below > LEDGER_TURN_RECORDS / 2);
	for (size_t stop_every = 8; stop_every < 4000; stop_every = stop_every * 7 + 1) {
		for (int part = 0; part < 2; part++) {
			struct seen seen = { .stop_every = stop_every };
			struct ledger_scan scan = { .store = store,
				.database = STORE_META,
				.prefix = part ? &long_prefix : NULL,
				.records = SIZE_MAX,
				.each = see,
				.argument = &seen };

			while (!scan.ended)
				assert_ok(ledger_scan(&scan, &err));
			assert_int_equal(seen.count, part ? below : all);
		}
	}
	close_store(store);
}

/* The cursor may point outside of the prefix. */
static void test_a_walk_from_elsewhere(void **state)
{
	struct store *store = open_writer(NULL);
	const struct store_key prefix = STORE_KEY("b"), before = STORE_KEY("a", "1"),
						   behind = STORE_KEY("c", "1");
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 0; i < 3; i++)
		put(store, STORE_ACCOUNTS, STORE_KEY((const char[]){ (char)('a' + i), '\0' }, "1"), 1);
	flush(store);
	for (int turn = 0; turn < 2; turn++) {
		struct seen seen = { .stop_every = 100 };
		struct ledger_scan scan = { .store = store,
			.database = STORE_ACCOUNTS,
			.prefix = &prefix,
			.after = turn ? behind : before,
			.records = 10,
			.each = see,
			.argument = &seen };

		assert_ok(ledger_scan(&scan, &err));
		assert_true(scan.ended);
		assert_int_equal(seen.count, turn ? 0 : 1);
	}
	close_store(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row_is_whole),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_long_cursor_is_refused),
		cmocka_unit_test(test_key_parts),
		store_test(test_next_part),
		store_test(test_a_walk_sees_each_once),
		store_test(test_a_walk_from_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
