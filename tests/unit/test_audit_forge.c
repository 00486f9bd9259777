/* Tests against a forger who can write to the state folder but has no key, or another key: every
 * forgery is found and named. */
#include "test_audit_help.h"

#include "audit/block.h"
#include "audit/entry.h"
#include "audit/verify_store.h"
#include "aws/sigv4/sigv4.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "store/queue.h"

static void expect_fault(struct store *store, uint64_t seq, const char *what)
{
	struct audit_verdict verdict;

	verify_store(store, &verdict);
	if (verdict.whole || verdict.fault.seq != seq || strstr(verdict.fault.what, what) == NULL) {
		print_message("entry %llu: %s\nexpected: entry %llu: %s\n",
			(unsigned long long)verdict.fault.seq, verdict.fault.what, (unsigned long long)seq,
			what);
		fail();
	}
}

static void put_entry(struct store *store, uint64_t key_seq, const json_t *entry)
{
	CLEANUP_BUF struct buf text = BUF_INIT(AUDIT_ENTRY_BYTES);
	struct store_key key = audit_store_key(key_seq);
	struct err err = ERR_INIT;

	json_add_canonical(&text, entry);
	assert_ok(store_put(store, STORE_AUDIT, &key, text.data, text.length, &err));
	flush(store);
}

static void delete_entry(struct store *store, uint64_t seq)
{
	struct store_key key = audit_store_key(seq);
	struct err err = ERR_INIT;

	assert_ok(store_delete(store, STORE_AUDIT, &key, &err));
	flush(store);
}

static void set_text(struct store *store, uint64_t seq, const char *name, const char *value)
{
	CLEANUP_JSON json_t *entry = stored_entry(store, seq);

	json_object_set_new(entry, name, json_string(value));
	put_entry(store, seq, entry);
}

static struct audit_head stored_head(struct store *store)
{
	struct audit_head head;
	struct err err = ERR_INIT;
	bool found;

	assert_ok(audit_head_read(store, &head, &found, &err));
	assert_true(found);
	return head;
}

static void put_head(struct store *store, const struct audit_head *head)
{
	struct store_key key = STORE_KEY("audit");
	CLEANUP_BUF struct buf text = BUF_INIT(4096);
	struct err err = ERR_INIT;

	audit_head_write(&text, head);
	assert_ok(store_put(store, STORE_META, &key, text.data, text.length, &err));
	flush(store);
}

/* Recomputes the chain from an altered entry up to the head, which anyone can do without the
 * key. */
static void chain_anew(struct store *store, uint64_t from)
{
	struct audit_head head = stored_head(store);
	char hash[AUDIT_HASH_SIZE];
	bool found;
	struct err err = ERR_INIT;

	assert_ok(audit_hash_of(store, from, hash, &found, &err));
	for (uint64_t seq = from + 1; seq <= head.seq; seq++) {
		CLEANUP_JSON json_t *entry = stored_entry(store, seq);
		json_object_set_new(entry, "prev", json_string(hash));
		if (strcmp(json_get_string(entry, "kind"), "checkpoint") == 0)
			json_object_set_new(entry, "head", json_string(hash));
		put_entry(store, seq, entry);
		assert_ok(audit_hash_of(store, seq, hash, &found, &err));
	}
	memcpy(head.hash, hash, sizeof hash);
	put_head(store, &head);
}

static void changes_in_the_store_are_named(void **state)
{
	(void)state;
	make_log(300); /* checkpoints: 257 and 302 */
	struct store *store = open_writer(NULL);
	CLEANUP_JSON json_t *right = stored_entry(store, 17), *next = stored_entry(store, 18),
						*end = stored_entry(store, 302);

	set_text(store, 17, "account", "999999999999");
	expect_fault(store, 17, "entry 17 was altered: its hash is not the one that entry 18 holds");
	put_entry(store, 17, right);
	set_text(store, 17, "prev", "0000000000000000000000000000000000000000000000000000000000000000");
	expect_fault(store, 17, "entry 17 was altered: it neither holds");
	put_entry(store, 17, next);
	put_entry(store, 18, right);
	expect_fault(store, 17, "entry 17 was altered: it says that it is entry 18");
	put_entry(store, 17, right);
	put_entry(store, 18, next);
	delete_entry(store, 17);
	expect_fault(store, 17, "entry 17 is missing");
	for (uint64_t seq = 18; seq < 250; seq++)
		delete_entry(store, seq);
	expect_fault(store, 17, "entries 17 to 249 are missing");
	put_entry(store, 302, end);
	delete_entry(store, 1);
	expect_fault(store, 1, "entry 1 is missing");
	close_store(store);
}

static void an_altered_end_is_named(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	make_log(10);
	struct store *store = open_writer(NULL);
	CLEANUP_JSON json_t *end = stored_entry(store, 11);
	struct audit_head head = stored_head(store), other = head;

	delete_entry(store, 11);
	expect_fault(store, 11, "entry 11 is missing");
	put_entry(store, 11, end);
	set_text(store, 11, "at", "2020-01-01T00:00:00Z");
	expect_fault(store, 11, "the signature of checkpoint 11 does not fit");
	put_entry(store, 12, end);
	put_entry(store, 11, end);
	expect_fault(store, 12, "entry 12 lies beyond the head");
	delete_entry(store, 12);

	struct store_key strange = STORE_KEY("17");
	assert_ok(store_put(store, STORE_AUDIT, &strange, "{}", 2, &err));
	flush(store);
	expect_fault(store, 0, "a record that is not an entry");
	assert_ok(store_delete(store, STORE_AUDIT, &strange, &err));

	other.hash[0] = other.hash[0] == 'a' ? 'b' : 'a';
	put_head(store, &other);
	expect_fault(store, 11,
		"entry 11 was altered: its hash is not the one in the log's head record");
	other = head;
	other.seq = (uint64_t)1 << 60;
	put_head(store, &other);
	expect_fault(store, 12, "are missing");
	other = head;
	other.log[0] = other.log[0] == 'a' ? 'b' : 'a';
	put_head(store, &other);
	expect_fault(store, 1, "it is not the first entry of this log");
	other = head;
	other.seq = 5;
	assert_ok(audit_hash_of(store, 5, other.hash, &(bool){ false }, &err));
	other.checkpoint = 0;
	put_head(store, &other);
	expect_fault(store, 6, "entry 6 lies beyond the head");
	struct store_key key = STORE_KEY("audit");
	assert_ok(store_put(store, STORE_META, &key, "{\"seq\":\"x\"}", 11, &err));
	flush(store);
	expect_fault(store, 0, "head record of the audit log in the state folder was altered");
	assert_ok(store_delete(store, STORE_META, &key, &err));
	flush(store);
	expect_fault(store, 1, "entry 1 lies beyond the head");
	put_head(store, &head);
	assert_store_whole(store, 11);
	close_store(store);
}

static void a_chain_made_anew_lacks_the_signatures(void **state)
{
	(void)state;
	make_log(300);
	struct store *store = open_writer(NULL);
	set_text(store, 17, "outcome", "denied");
	chain_anew(store, 17);
	expect_fault(store, 257, "entries 1 to 256 were altered and the chain was computed anew");
	/* Removing the checkpoints doesn't help the forger, since they must come at their intervals. */
	set_text(store, 257, "kind", "decision");
	chain_anew(store, 257);
	expect_fault(store, 257, "a checkpoint is missing: entries 1 to 257 are not signed");
	close_store(store);
}

static void an_export_refuses_what_is_broken(void **state)
{
	struct err err = ERR_INIT;
	struct audit_verdict verdict;
	struct buf text = BUF_INIT((size_t)16 << 20);

	(void)state;
	make_log(250);
	struct store *store = open_writer(NULL);
	struct audit *audit = open_audit(store);
	delete_entry(store, 220);
	assert_int_equal(audit_export_to_buffer(audit, &(struct audit_range){ 0, 0 }, &text, &err), -1);
	assert_true(err_is(&err, ERR_STORE, "AuditDamaged"));
	assert_non_null(strstr(err.message, "entry 220 is missing"));
	verify_text(text.data, text.length, NULL, &verdict);
	assert_false(verdict.whole);
	buf_reset(&text);
	err_clear(&err);
	assert_int_equal(audit_export_to_buffer(audit, &(struct audit_range){ 221, 0 }, &text, &err),
		-1);
	buf_reset(&text);
	set_text(store, 100, "account", "999999999999");
	assert_int_equal(audit_export_to_buffer(audit, &(struct audit_range){ 0, 0 }, &text, &err), -1);
	assert_non_null(strstr(err.message, "one of the two was altered"));
	buf_release(&text);
	close_audit(audit);
	close_store(store);
}

/* --- exports --- */

/* Makes the export of another log with as many entries, and leaves the test's own folder as it
 * was. */
static void make_other_export(int entries, struct buf *out)
{
	char own[sizeof test_state];

	memcpy(own, test_state, sizeof own);
	snprintf(test_state, sizeof test_state, "%s/other", test_folder);
	make_log(entries);
	make_export(0, 0, out);
	memcpy(test_state, own, sizeof own);
}

static const char *line_of(const struct buf *text, size_t number, size_t *length)
{
	const char *start = text->data;

	while (number-- > 0)
		start = strchr(start, '\n') + 1;
	*length = (size_t)(strchr(start, '\n') + 1 - start);
	return start;
}

static void an_export_of_another_key_is_only_its_own_word(void **state)
{
	struct audit_verdict own_verdict, verdict;
	struct buf own, other;

	(void)state;
	make_log(4);
	make_export(0, 0, &own);
	verify_text(own.data, own.length, NULL, &own_verdict);
	make_other_export(4, &other);
	verify_text(other.data, other.length, NULL, &verdict);
	assert_true(verdict.whole);
	assert_string_not_equal(verdict.public_key, own_verdict.public_key);
	verify_text(other.data, other.length, own_verdict.public_key, &verdict);
	assert_false(verdict.whole);
	assert_non_null(strstr(verdict.fault.what, "a different key than the given one"));
	verify_text(own.data, own.length, own_verdict.public_key, &verdict);
	assert_true(verdict.whole);
	buf_release(&own);
	buf_release(&other);
}

static void spliced_lines_are_found(void **state)
{
	struct audit_verdict verdict;
	struct buf own, other;

	(void)state;
	make_log(4);
	make_export(0, 0, &own);
	make_other_export(4, &other);
	for (size_t from = 0; from < 7; from++) {
		for (size_t to = from; to < 7; to++) { /* lines from..to come from the other export */
			CLEANUP_BUF struct buf text = BUF_INIT((size_t)1 << 20);
			for (size_t i = 0; i < 7; i++) {
				size_t length;
				const char *line = line_of(i >= from && i <= to ? &other : &own, i, &length);
				buf_add(&text, line, length);
			}
			verify_text(text.data, text.length, NULL, &verdict);
			assert_int_equal(verdict.whole, from == 0 && to == 6);
		}
	}
	buf_release(&own);
	buf_release(&other);
}

/* The header and trailer of one range don't fit the entries of another range of the same log. */
static void a_range_cannot_pass_for_another(void **state)
{
	struct buf first, second;
	struct audit_verdict verdict;

	(void)state;
	make_log(8);
	make_export(1, 3, &first);
	make_export(1, 5, &second);
	CLEANUP_BUF struct buf text = BUF_INIT((size_t)1 << 20);
	size_t length;
	const char *line = line_of(&first, 0, &length);
	buf_add(&text, line, length);
	for (size_t i = 1; i <= 6; i++) {
		line = line_of(&second, i, &length);
		buf_add(&text, line, length);
	}
	verify_text(text.data, text.length, NULL, &verdict);
	assert_false(verdict.whole);
	assert_non_null(strstr(verdict.fault.what, "more entries than the header states"));
	buf_reset(&text);
	for (size_t i = 0; i < 5; i++) {
		line = line_of(&second, i, &length);
		buf_add(&text, line, i == 0 || i < 4 ? length : 0);
	}
	line = line_of(&first, 4, &length);
	buf_add(&text, line, length);
	verify_text(text.data, text.length, NULL, &verdict);
	assert_false(verdict.whole);
	assert_non_null(strstr(verdict.fault.what, "entries 4 to 5 are missing"));
	buf_release(&first);
	buf_release(&second);
}

/* Somebody without the key alters an entry and makes all later lines fit it. */
static void an_export_chained_anew_is_found(void **state)
{
	struct buf text;
	struct audit_verdict verdict;
	CLEANUP_BUF struct buf forged = BUF_INIT((size_t)1 << 20);
	char hash[AUDIT_HASH_SIZE] = "";
	size_t length;

	(void)state;
	make_log(8);
	make_export(1, 5, &text); /* no checkpoint among them */
	for (size_t i = 0; i < 7; i++) {
		const char *line = line_of(&text, i, &length);
		CLEANUP_JSON json_t *json = NULL;
		struct err err = ERR_INIT;
		assert_ok(json_parse(line, length - 1, "line", &json, &err));
		if (i == 2)
			json_object_set_new(json, "account", json_string("999999999999"));
		if (i > 2)
			json_object_set_new(json, i == 6 ? "head" : "prev", json_string(hash));
		size_t before = forged.length;
		json_add_canonical(&forged, json);
		sigv4_sha256_hex(forged.data + before, forged.length - before, hash);
		buf_add_char(&forged, '\n');
	}
	verify_text(forged.data, forged.length, NULL, &verdict);
	assert_false(verdict.whole);
	assert_non_null(strstr(verdict.fault.what, "the signature does not fit"));
	buf_release(&text);
}

static void the_key_of_the_store_can_be_given(void **state)
{
	struct audit_verdict verdict;
	struct err err = ERR_INIT;

	(void)state;
	make_log(3);
	struct store *store = open_reader();
	struct audit_head head = stored_head(store);
	assert_ok(audit_verify_store(store, head.public_key, &verdict, &err));
	assert_true(verdict.whole);
	assert_int_equal(verdict.unsigned_entries, 0);
	head.public_key[3] = head.public_key[3] == 'a' ? 'b' : 'a';
	assert_ok(audit_verify_store(store, head.public_key, &verdict, &err));
	assert_false(verdict.whole);
	assert_non_null(strstr(verdict.fault.what, "a different key"));
	close_store(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(changes_in_the_store_are_named),
		store_test(an_altered_end_is_named),
		store_test(a_chain_made_anew_lacks_the_signatures),
		store_test(an_export_refuses_what_is_broken),
		store_test(an_export_of_another_key_is_only_its_own_word),
		store_test(spliced_lines_are_found),
		store_test(a_range_cannot_pass_for_another),
		store_test(an_export_chained_anew_is_found),
		store_test(the_key_of_the_store_can_be_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
