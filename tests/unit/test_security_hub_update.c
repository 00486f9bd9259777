/* Updates of the findings that led to a change: their note, their state, and which findings share a
 * call. */
#include "test_security_hub_help.h"

#define PRODUCT "arn:aws:securityhub:eu-west-1::product/aws/securityhub"

static void tell(struct hub_process process, const struct security_hub_update *updates,
	size_t count)
{
	process.updates = updates;
	process.update_count = count;
	run_process(&process);
}

static const char *at(const json_t *json, const char *outer, const char *inner)
{
	return json_get_string_or(json_object_get(json, outer), inner, "(none)");
}

static void test_mended_and_waiting(void **unused)
{
	static const struct security_hub_update updates[] = {
		{ .finding_id = "f-1",
			.product_arn = PRODUCT,
			.mended = true,
			.note = "mended by run-1 (c-1)" },
		{ .finding_id = "f-2",
			.product_arn = PRODUCT,
			.mended = false,
			.note = "waits for a person (run-1)",
			.region = "us-east-2" },
	};
	struct hub *hub = hub_start();

	(void)unused;
	tell((struct hub_process){ 0 }, updates, 2);
	assert_int_equal(hub->count, 2);
	const json_t *body = hub->calls[0].body;
	assert_string_equal(hub->calls[0].target, "/findings/batchupdate");
	assert_string_equal(hub->calls[0].method, "PATCH");
	assert_string_equal(hub->calls[0].region, HOME);
	assert_string_equal(at(body, "Note", "Text"), "[reeve] mended by run-1 (c-1)");
	assert_string_equal(at(body, "Note", "UpdatedBy"), "reeve");
	assert_string_equal(at(body, "Workflow", "Status"), "RESOLVED");
	const json_t *finding = json_array_get(json_object_get(body, "FindingIdentifiers"), 0);
	assert_string_equal(json_get_string(finding, "Id"), "f-1");
	assert_string_equal(json_get_string(finding, "ProductArn"), PRODUCT);
	assert_string_equal(at(hub->calls[1].body, "Workflow", "Status"), "NOTIFIED");
	assert_string_equal(hub->calls[1].region, "us-east-2");
	hub_stop(hub);
}

static void test_v2(void **unused)
{
	static const struct security_hub_update updates[] = {
		{ .metadata_uid = "u-1", .mended = true, .note = "mended" },
		{ .metadata_uid = "u-2", .mended = true, .note = "mended" },
		{ .metadata_uid = "u-3", .mended = false, .note = "waits" },
	};
	struct hub *hub = hub_start();

	(void)unused;
	tell((struct hub_process){ 0 }, updates, 3);
	assert_int_equal(hub->count, 2);
	assert_string_equal(hub->calls[0].target, "/findingsv2/batchupdatev2");
	assert_int_equal(json_array_size(json_object_get(hub->calls[0].body, "MetadataUids")), 2);
	assert_string_equal(json_get_string(hub->calls[0].body, "Comment"), "[reeve] mended");
	assert_int_equal(json_get_integer_or(hub->calls[0].body, "StatusId", 0), 4);
	assert_int_equal(json_get_integer_or(hub->calls[1].body, "StatusId", 0), 2);
	hub_stop(hub);
}

static void test_batches_and_copies(void **unused)
{
	enum { COUNT = 230 };
	static struct security_hub_update updates[COUNT];
	static char ids[COUNT][16];
	struct hub *hub = hub_start();

	(void)unused;
	for (int i = 0; i < COUNT; i++) {
		snprintf(ids[i], sizeof ids[i], "f-%d", i % 220); /* ten come twice */
		updates[i] = (struct security_hub_update){
			.finding_id = ids[i], .product_arn = PRODUCT, .mended = true, .note = "mended"
		};
	}
	tell((struct hub_process){ 0 }, updates, COUNT);
	assert_int_equal(hub->count, 3);
	for (int i = 0; i < 3; i++)
		assert_in_range(json_array_size(json_object_get(hub->calls[i].body, "FindingIdentifiers")),
			1, 100);
	hub_stop(hub);
}

static void test_what_can_not_be_told(void **unused)
{
	static const struct security_hub_update updates[] = {
		{ .finding_id = "f-1", .mended = true, .note = "no product" },
		{ .product_arn = PRODUCT, .mended = true, .note = "no id" },
		{ .finding_id = "f-1", .product_arn = PRODUCT, .mended = true },
	};
	static const struct security_hub_update good = {
		.finding_id = "f-1", .product_arn = PRODUCT, .mended = true, .note = "mended"
	};
	struct hub *hub = hub_start();

	(void)unused;
	tell((struct hub_process){ 0 }, updates, 3);
	tell((struct hub_process){ .security_hub = "{\"import\":true}" }, &good, 1);
	struct hub_process plan = { .plan = true, .updates = &good, .update_count = 1 };
	run_process(&plan);
	assert_int_equal(hub->count, 0);
	hub_stop(hub);
}

/* Neither a refused call nor a finding that was not updated is an error. */
static void test_failures(void **unused)
{
	static const struct security_hub_update updates[] = {
		{ .finding_id = "f-1", .product_arn = PRODUCT, .mended = true, .note = "mended" },
		{ .metadata_uid = "u-1", .mended = true, .note = "mended" },
	};
	struct hub *hub = hub_start();

	(void)unused;
	json_array_append_new(hub->unprocessed,
		json_pack("{s:{s:s, s:s}, s:s, s:s}", "FindingIdentifier", "Id", "f-1", "ProductArn",
			PRODUCT, "ErrorCode", "FindingNotFound", "ErrorMessage", "gone \x1b[0m"));
	json_array_append_new(hub->unprocessed,
		json_pack("{s:s, s:s}", "MetadataUid", "u-1", "ErrorCode", "ResourceNotFoundException"));
	json_array_append_new(hub->unprocessed, json_pack("{}"));
	tell((struct hub_process){ 0 }, updates, 2);
	assert_int_equal(hub->count, 2);
	hub->deny_code = "AccessDeniedException";
	tell((struct hub_process){ 0 }, updates, 2);
	assert_int_equal(hub->count, 4);
	hub_stop(hub);
}

static void test_long_notes_are_cut(void **unused)
{
	char note[2000];
	const struct security_hub_update update = {
		.finding_id = "f-1", .product_arn = PRODUCT, .mended = true, .note = note
	};
	struct hub *hub = hub_start();

	(void)unused;
	memset(note, 'n', sizeof note);
	note[sizeof note - 1] = '\0';
	tell((struct hub_process){ 0 }, &update, 1);
	assert_int_equal(hub->count, 1);
	const char *text = at(hub->calls[0].body, "Note", "Text");
	assert_true(strlen(text) <= 512);
	assert_int_equal(strncmp(text, SECURITY_HUB_NOTE_MARKER, strlen(SECURITY_HUB_NOTE_MARKER)), 0);
	hub_stop(hub);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_mended_and_waiting),
		store_test(test_v2),
		store_test(test_batches_and_copies),
		store_test(test_what_can_not_be_told),
		store_test(test_failures),
		store_test(test_long_notes_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
