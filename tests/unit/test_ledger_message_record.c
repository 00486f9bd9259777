/* The outbox's records: messages and rates are written and read back, and refused where they are
 * not understood. */
#include "test_record_help.h"

#include "base/json.h"
#include "ledger/message_record.h"

static struct err err;

static struct message_record *example(void)
{
	struct message_record *message = message_record_new();
	struct message_section *section = message_record_add_section(message);

	message->id = message_record_keep(message, json_text("m-1"));
	message->channel = message_record_keep(message, json_text("chat"));
	message->kind = NOTIFY_APPROVAL;
	message->severity = SEVERITY_CRITICAL;
	message->state = MESSAGE_SENDING;
	message->created_ms = 1000;
	message->due_ms = 2000;
	message->attempts = 3;
	message->rejections = 1;
	message->error = message_record_keep(message, json_text("refused"));
	message->count = 12;
	message->unlisted = (struct message_unlisted){ 2, 5 };
	*section = (struct message_section){
		.baseline = "b", .severity = SEVERITY_LOW, .count = 7, .first_ms = 1, .last_ms = 2
	};
	*message_section_add_item(section) =
		(struct message_item){ .account = "111122223333", .at_ms = 1 };
	return message;
}

static int expect_example(void *argument, struct message_record *message)
{
	const struct message_section *section = &message->sections[0];

	++*(int *)argument;
	assert_string_equal(message->id, "m-1");
	assert_string_equal(message->channel, "chat");
	assert_int_equal(message->kind, NOTIFY_APPROVAL);
	assert_int_equal(message->severity, SEVERITY_CRITICAL);
	assert_int_equal(message->state, MESSAGE_SENDING);
	assert_int_equal(message->created_ms, 1000);
	assert_int_equal(message->due_ms, 2000);
	assert_int_equal(message->attempts, 3);
	assert_int_equal(message->rejections, 1);
	assert_string_equal(message->error, "refused");
	assert_int_equal(message->count, 12);
	assert_int_equal(message->unlisted.sections, 2);
	assert_int_equal(message->unlisted.count, 5);
	assert_int_equal(message->sections_count, 1);
	assert_string_equal(section->baseline, "b");
	assert_null(section->title);
	assert_int_equal(section->severity, SEVERITY_LOW);
	assert_int_equal(section->count, 7);
	assert_int_equal(section->items_count, 1);
	assert_string_equal(section->items[0].account, "111122223333");
	assert_null(section->items[0].message);
	assert_int_equal(json_integer_value(json_object_get(message->source, "version")), 1);
	json_t *failure = message_record_failure(message);
	assert_int_equal(json_integer_value(json_object_get(failure, "events")), 12);
	assert_null(json_object_get(failure, "version"));
	json_decref(failure);
	message_record_free(message);
	return 0;
}

static void test_round_trip(void **state)
{
	struct store *store = open_writer(NULL);
	struct message_record *message = example();
	int seen = 0;

	(void)state;
	assert_ok(message_record_put(store, message, &err));
	flush(store);
	assert_ok(message_record_each(store, expect_example, &seen, &err));
	assert_int_equal(seen, 1);
	assert_ok(message_record_delete(store, "m-1", &err));
	flush(store);
	assert_ok(message_record_each(store, expect_example, &seen, &err));
	assert_int_equal(seen, 1);
	message_record_free(message);
	close_store(store);
}

static void test_rate(void **state)
{
	const struct message_rate rate = { .channel = "chat", .tokens = 1.1, .at_ms = 5 };
	struct store *store = open_writer(NULL);
	struct message_rate read;
	bool found;

	(void)state;
	assert_ok(message_rate_read(store, "chat", &read, &found, &err));
	assert_false(found);
	assert_ok(message_rate_put(store, &rate, &err));
	flush(store);
	assert_ok(message_rate_read(store, "chat", &read, &found, &err));
	assert_true(found);
	assert_true(read.tokens == 1.1); /* exactly what was written */
	assert_int_equal(read.at_ms, 5);
	message_rate_release(&read);
	close_store(store);
}

static void test_list(void **state)
{
	struct message_list list = { NULL };

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct message_record *message = message_record_new();

		message->count = i;
		message_list_add(&list, message);
	}
	struct message_record *taken = message_list_take(&list, 3);
	assert_int_equal(taken->count, 3);
	assert_int_equal(list.count, 19);
	assert_int_equal(list.items[3]->count, 4);
	assert_int_equal(list.items[18]->count, 19);
	message_record_free(taken);
	message_list_release(&list);
}

static int never(void *argument, struct message_record *message)
{
	(void)argument, (void)message;
	fail_msg("a message that is not understood was handed out");
	return 0;
}

static int read_messages(struct store *store, struct err *failure)
{
	return message_record_each(store, never, NULL, failure);
}

static int read_rate(struct store *store, struct err *failure)
{
	struct message_rate read;
	bool found;

	return message_rate_read(store, "chat", &read, &found, failure);
}

static void test_not_understood(void **state)
{
#define MESSAGE(kind, message_state, sections, more) \
	"{\"id\":\"m-1\",\"channel\":\"chat\",\"kind\":\"" kind \
	"\",\"severity\":\"low\",\"state\":\"" message_state \
	"\",\"created\":1,\"due\":1,\"attempts\":0,\"rejections\":0,\"count\":1," \
	"\"sections\":" sections more "}"
	static const struct refused messages[] = {
		{ "7", "not a JSON object" },
		{ "{\"id\":\"m-1\"}", "notification m-1 in the state folder can't be read" },
		{ MESSAGE("alert", "lost", "[]", ""), "has the state \"lost\"" },
		{ MESSAGE("party", "open", "[]", ""), "has the kind \"party\"" },
		{ MESSAGE("alert", "open", "[]", ",\"version\":2"), "version \"2\"" },
		{ MESSAGE("alert", "open", "{}", ""), "\"sections\" is not an array" },
		{ MESSAGE("alert", "open", "[{\"baseline\":\"b\"}]", ""), "\"severity\" is missing" },
	};
	static const struct refused rates[] = {
		{ "{\"channel\":\"chat\",\"at\":1}", "\"tokens\" is missing" },
		{ "{\"channel\":\"chat\",\"at\":1,\"tokens\":\"3\"}", "\"tokens\" is not a number" },
		{ "{\"channel\":\"chat\",\"at\":1,\"tokens\":1,\"version\":9}", "version \"9\"" },
	};
	struct store *store = open_writer(NULL);
	struct store_key message = STORE_KEY("message", "m-1"), rate = STORE_KEY("rate", "chat");

	(void)state;
	assert_refused(store, STORE_OUTBOX, &message, messages, ARRAY_LENGTH(messages), read_messages);
	assert_refused(store, STORE_OUTBOX, &rate, rates, ARRAY_LENGTH(rates), read_rate);
	close_store(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_round_trip),
		store_test(test_rate),
		cmocka_unit_test(test_list),
		store_test(test_not_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
