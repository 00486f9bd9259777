/*
 * Helpers for the tests of the audit log: short forms of its calls, on top of those of the store.
 */
#ifndef REEVE_UNIT_TEST_AUDIT_HELP_H
#define REEVE_UNIT_TEST_AUDIT_HELP_H

#include "test_store_help.h"

#include "audit/block.h"
#include "audit/export.h"
#include "audit/internal.h"
#include "audit/verify.h"
#include "audit/verify_store.h"
#include "base/json.h"
#include "store/read.h"

static inline struct audit *open_audit(struct store *store)
{
	struct audit *audit = NULL;
	struct err err = ERR_INIT;

	assert_ok(audit_open(store, test_state, NULL, &audit, &err));
	return audit;
}

static inline struct audit *open_audit_reader(struct store *store)
{
	const struct audit_options options = { .reading = true };
	struct audit *audit = NULL;
	struct err err = ERR_INIT;

	assert_ok(audit_open(store, test_state, &options, &audit, &err));
	return audit;
}

static inline void close_audit(struct audit *audit)
{
	struct err err = ERR_INIT;

	assert_ok(audit_close(audit, &err));
}

static inline int append_numbered(struct audit *audit, int number, struct err *err)
{
	char resource[96];
	const struct audit_entry entry = {
		.kind = number % 2 == 0 ? AUDIT_DECISION : AUDIT_CALL,
		.action = "remediate",
		.outcome = number % 2 == 0 ? "allowed" : "succeeded",
		.run = "20261124T080000.000Z-00000000",
		.account = "111122223333",
		.region = "eu-west-1",
		.baseline = "s3.bucket-default-encryption",
		.resource = resource,
		.reason = "the bucket \xc3\xbc has no default encryption",
		.request_id = number % 2 == 0 ? NULL : "EXAMPLE123",
	};

	snprintf(resource, sizeof resource, "arn:aws:s3:::bucket-%d", number);
	return audit_append(audit, &entry, err);
}

static inline void append(struct audit *audit, int from, int to)
{
	struct err err = ERR_INIT;

	for (int i = from; i < to; i++)
		assert_ok(append_numbered(audit, i, &err));
}

/* Makes a log of that many entries, with a checkpoint at its end, in the test's folder. */
static inline void make_log(int entries)
{
	struct store *store = open_writer(NULL);
	struct audit *audit = open_audit(store);

	append(audit, 0, entries);
	close_audit(audit);
	close_store(store);
}

static inline void verify_store(struct store *store, struct audit_verdict *verdict)
{
	struct err err = ERR_INIT;

	assert_ok(audit_verify_store(store, NULL, verdict, &err));
}

static inline void assert_store_whole(struct store *store, uint64_t entries)
{
	struct audit_verdict verdict;

	verify_store(store, &verdict);
	if (!verdict.whole)
		print_message("not whole: %s\n", verdict.fault.what);
	assert_true(verdict.whole);
	assert_int_equal(verdict.entries, entries);
}

/* Asserts that the folder's log is whole and has that many entries. The folder must not be open. */
static inline void assert_log_whole(uint64_t entries)
{
	struct store *store = open_reader();

	assert_store_whole(store, entries);
	close_store(store);
}

/* Returns the stored entry, which the caller releases. */
static inline json_t *stored_entry(struct store *store, uint64_t seq)
{
	struct store_key key = audit_store_key(seq);
	json_t *entry = NULL;
	struct err err = ERR_INIT;

	assert_ok(store_get_json(store, STORE_AUDIT, &key, &entry, &err));
	return entry;
}

/* Exports a range of the folder's log to out. */
static inline void make_export(uint64_t first, uint64_t last, struct buf *out)
{
	struct store *store = open_reader();
	struct audit *audit = open_audit_reader(store);
	const struct audit_range range = { first, last };
	struct err err = ERR_INIT;

	buf_init(out, (size_t)64 << 20);
	assert_ok(audit_export_to_buffer(audit, &range, out, &err));
	close_audit(audit);
	close_store(store);
}

static inline void verify_text(const char *text, size_t length, const char *key,
	struct audit_verdict *verdict)
{
	struct err err = ERR_INIT;
	FILE *in = length > 0 ? fmemopen((char *)text, length, "r") : fopen("/dev/null", "r");

	assert_non_null(in);
	assert_ok(audit_verify_export(in, key, verdict, &err));
	fclose(in);
}

static inline bool text_whole(const char *text, size_t length)
{
	struct audit_verdict verdict;

	verify_text(text, length, NULL, &verdict);
	return verdict.whole;
}

#endif
