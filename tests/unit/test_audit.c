/* Tests of writing the audit log: the content of an entry, how the chain continues, and when the
 * log accepts no entry. */
#include "test_audit_help.h"

#include "audit/block.h"
#include "audit/entry.h"
#include "aws/sigv4/sigv4.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "store/queue.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#include <openssl/pem.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const char *key_path(void)
{
	static char path[400];

	snprintf(path, sizeof path, "%s/" AUDIT_KEY_FILE, test_state);
	return path;
}

/* --- entries and the chain --- */

static void a_log_begins(void **state)
{
	struct stat status;
	struct err err = ERR_INIT;

	(void)state;
	struct store *store = open_writer(NULL);
	struct audit *audit = open_audit(store);
	assert_int_equal(audit_last(audit), 0);
	assert_int_equal(lstat(key_path(), &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0600);
	assert_int_equal(status.st_nlink, 1);
	assert_store_whole(store, 0); /* an empty log is whole */

	append(audit, 0, 1);
	assert_ok(audit_flush(audit, &err));
	CLEANUP_JSON json_t *entry = stored_entry(store, 1);
	char genesis[AUDIT_HASH_SIZE];
	audit_genesis(audit_log_id(audit), audit_public_key(audit), genesis);
	assert_string_equal(json_get_string(entry, "prev"), genesis);
	assert_int_equal(json_get_integer_or(entry, "seq", 0), 1);
	close_audit(audit);
	assert_store_whole(store, 2);
	close_store(store);
}

static void an_entry_says_who_what_and_why(void **state)
{
	struct err err = ERR_INIT;
	CLEANUP_JSON json_t *before = json_pack("{s:b, s:s}", "b", 1, "a", "x");
	const struct audit_entry given = {
		.kind = AUDIT_CALL,
		.action = "remediate",
		.outcome = "failed",
		.run = "r",
		.actor = "alice",
		.account = "111122223333",
		.region = "global",
		.baseline = "iam.user-mfa",
		.resource = "arn:aws:iam::111122223333:user/bob",
		.change = "c-1",
		.operation = "iam:UpdateLoginProfile",
		.reason = "AccessDenied",
		.rule = "tier auto",
		.request_id = "id-1",
		.before = before,
	};

	(void)state;
	struct store *store = open_writer(NULL);
	struct audit *audit = open_audit(store);
	assert_ok(audit_append(audit, &given, &err));
	assert_ok(audit_flush(audit, &err));
	CLEANUP_JSON json_t *entry = stored_entry(store, 1);
	char digest[65];
	sigv4_sha256_hex("{\"a\":\"x\",\"b\":true}", 18, digest);
	assert_string_equal(json_get_string(entry, "before_sha256"), digest);
	assert_null(json_object_get(entry, "after_sha256"));
	/* A digest made beforehand is the same, and NULL gives no digest. */
	char made[AUDIT_DIGEST_SIZE], none[AUDIT_DIGEST_SIZE];
	audit_digest(before, made);
	audit_digest(NULL, none);
	assert_ok(audit_append(audit,
		&(struct audit_entry){ .action = "x", .before_sha256 = none, .after_sha256 = made }, &err));
	assert_ok(audit_flush(audit, &err));
	CLEANUP_JSON json_t *second = stored_entry(store, 2);
	assert_string_equal(json_get_string(second, "after_sha256"), digest);
	assert_null(json_object_get(second, "before_sha256"));
	assert_string_equal(json_get_string(entry, "kind"), "call");
	assert_string_equal(json_get_string(entry, "actor"), "alice");
	assert_string_equal(json_get_string(entry, "operation"), "iam:UpdateLoginProfile");
	assert_string_equal(json_get_string(entry, "rule"), "tier auto");
	assert_string_equal(json_get_string(entry, "request_id"), "id-1");
	assert_non_null(json_get_string(entry, "user"));
	assert_non_null(json_get_string(entry, "at"));
	close_audit(audit);
	close_store(store);
}

/* The members of an entry are in the order of RFC 8785, whichever of them it has. */
static void an_entry_is_canonical(void **state)
{
	CLEANUP_JSON json_t *image = json_pack("{s:b, s:s}", "b", 1, "a", "x");
	const char *t = "t\"\n\xc3\xa9";
	const struct audit_entry entries[] = {
		{ AUDIT_COMMAND, t, t, t, t, t, t, t, t, t, t, t, t, t, t, image, image },
		{ .kind = AUDIT_CALL, .action = t, .before = image },
		{ .kind = AUDIT_DECISION, .action = t, .after = image, .user = t },
		{ .kind = AUDIT_DECISION, .action = "" },
	};
	const struct audit_link link = {
		.seq = 12345678901234, .at = "2026-11-24T08:00:00.000Z", .prev = "00ff"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(entries); i++) {
		CLEANUP_BUF struct buf text = BUF_INIT(AUDIT_ENTRY_BYTES);
		CLEANUP_BUF struct buf canonical = BUF_INIT(AUDIT_ENTRY_BYTES);
		CLEANUP_JSON json_t *parsed = NULL;
		struct err err = ERR_INIT;

		audit_entry_write(&text, &entries[i], "me", &link);
		assert_ok(json_parse(text.data, text.length, "the entry", &parsed, &err));
		json_add_canonical(&canonical, parsed);
		assert_string_equal(text.data, canonical.data);
		assert_int_equal(json_get_integer_or(parsed, "seq", 0), 12345678901234);
		assert_string_equal(json_get_string(parsed, "action"), entries[i].action);
		assert_string_equal(json_get_string(parsed, "user"), entries[i].user != NULL ? t : "me");
	}
	/* An entry that doesn't fit its buffer is reported, and none of it is used. */
	CLEANUP_BUF struct buf narrow = BUF_INIT(20);
	audit_entry_write(&narrow, &entries[0], "me", &link);
	assert_false(buf_ok(&narrow));
}

static void outside_text_is_bounded_and_valid(void **state)
{
	struct err err = ERR_INIT;
	size_t length = 100000;
	CLEANUP_FREE char *control = xmalloc(length + 1), *invalid = xmalloc(length + 1),
					  *wide = xmalloc(length + 3);

	(void)state;
	memset(control, 1, length);
	memset(invalid, 0xff, length);
	control[length] = invalid[length] = '\0';
	for (size_t i = 0; i < length; i += 2)
		memcpy(wide + i, "\xc3\xa9", 3);
	const char *const texts[] = { control, invalid, wide };
	struct store *store = open_writer(NULL);
	struct audit *audit = open_audit(store);
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		const char *t = texts[i];
		const struct audit_entry entry = { AUDIT_CALL, t, t, t, t, t, t, t, t, t, t, t, t, t, t,
			NULL, NULL };
		assert_ok(audit_append(audit, &entry, &err));
	}
	assert_ok(audit_append(audit,
		&(struct audit_entry){ .action = "x", .reason = "caf\xc3", .actor = "" }, &err));
	close_audit(audit);
	assert_store_whole(store, 5);
	CLEANUP_JSON json_t *entry = stored_entry(store, 3), *cut = stored_entry(store, 4);
	assert_int_equal(strlen(json_get_string(entry, "account")), 32 + strlen("…"));
	assert_string_equal(json_get_string(entry, "account") + 32, "…");
	assert_string_equal(json_get_string(cut, "reason"), "caf\\xc3");
	close_store(store);
}

static void a_restart_continues_the_chain(void **state)
{
	char log[AUDIT_LOG_SIZE] = "";

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct store *store = open_writer(NULL);
		struct audit *audit = open_audit(store);
		if (i > 0)
			assert_string_equal(audit_log_id(audit), log);
		snprintf(log, sizeof log, "%s", audit_log_id(audit));
		assert_int_equal(audit_last(audit), i * 71);
		append(audit, 0, 70);
		close_audit(audit);
		close_store(store);
	}
	/* Opening alone adds nothing. */
	struct store *store = open_writer(NULL);
	close_audit(open_audit(store));
	close_store(store);
	assert_log_whole(5 * 71);
}

static void checkpoints_come_in_time(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	struct store *store = open_writer(NULL);
	struct audit *audit = open_audit(store);
	append(audit, 0, 600);
	assert_int_equal(audit_last(audit), 602);
	assert_ok(audit_checkpoint(audit, &err));
	assert_int_equal(audit_last(audit), 603);
	assert_ok(audit_checkpoint(audit, &err)); /* nothing new */
	assert_int_equal(audit_last(audit), 603);
	close_audit(audit);
	assert_store_whole(store, 603);
	const uint64_t seqs[] = { 257, 514, 603 };
	for (size_t i = 0; i < ARRAY_LENGTH(seqs); i++) {
		CLEANUP_JSON json_t *entry = stored_entry(store, seqs[i]);
		assert_string_equal(json_get_string(entry, "kind"), "checkpoint");
		assert_int_equal(json_get_integer_or(entry, "last", 0), seqs[i] - 1);
		assert_int_equal(json_get_integer_or(entry, "first", 0), i == 0 ? 1 : seqs[i - 1] + 1);
	}
	close_store(store);
}

/* --- fibers --- */

struct crowd {
	struct store *store;
	struct audit *audit;
	int appended, refused;
};

static MAY_YIELD void write_some(void *argument)
{
	struct crowd *crowd = argument;
	struct err err = ERR_INIT;

	for (int i = 0; i < 20; i++) {
		if (append_numbered(crowd->audit, i, &err) < 0 ||
			(i % 7 == 0 && audit_flush(crowd->audit, &err) < 0) ||
			(i == 11 && audit_checkpoint(crowd->audit, &err) < 0) ||
			(i % 3 == 0 && fiber_sleep(1) < 0))
			crowd->refused++;
		else
			crowd->appended++;
	}
}

static void many_fibers_make_one_chain(void **state)
{
	enum { FIBERS = 150 };
	struct loop *loop = new_loop(FIBERS);
	struct crowd crowd = { .refused = 0 };

	(void)state;
	crowd.store =
		open_store((struct store_options){ .mode = STORE_WRITE, .test_fsync_ms = 5 }, loop);
	crowd.audit = open_audit(crowd.store);
	for (int i = 0; i < FIBERS; i++)
		spawn(loop, write_some, &crowd);
	loop_run(loop);
	assert_int_equal(crowd.refused, 0);
	assert_int_equal(crowd.appended, FIBERS * 20);
	uint64_t last = audit_last(crowd.audit);
	assert_true(last >= FIBERS * 20);
	close_audit(crowd.audit);
	last = count(crowd.store, STORE_AUDIT, NULL);
	assert_store_whole(crowd.store, last);
	close_store(crowd.store);
	loop_free(loop);
}

static MAY_YIELD void write_much(void *argument)
{
	struct crowd *crowd = argument;
	struct err err = ERR_INIT;
	char reason[1001];

	memset(reason, 'r', sizeof reason - 1);
	reason[sizeof reason - 1] = '\0';
	for (int i = 0; i < 200; i++) {
		const struct audit_entry entry = {
			.kind = AUDIT_DECISION, .action = "hold", .reason = reason
		};
		if (audit_append(crowd->audit, &entry, &err) < 0)
			crowd->refused++;
		else
			crowd->appended++;
	}
}

/* Writes 26 MB to a slow disk: the queue stays bounded and the order is kept. */
static void a_slow_disk_slows_the_writers(void **state)
{
	int fibers = RUNNING_ON_VALGRIND ? 30 : 100;
	struct loop *loop = new_loop((size_t)fibers);
	struct crowd crowd = { .refused = 0 };

	(void)state;
	crowd.store =
		open_store((struct store_options){ .mode = STORE_WRITE, .test_fsync_ms = 10 }, loop);
	crowd.audit = open_audit(crowd.store);
	for (int i = 0; i < fibers; i++)
		spawn(loop, write_much, &crowd);
	loop_run(loop);
	assert_int_equal(crowd.refused, 0);
	close_audit(crowd.audit);
	assert_store_whole(crowd.store, (uint64_t)count(crowd.store, STORE_AUDIT, NULL));
	close_store(crowd.store);
	loop_free(loop);
}

/* --- the key --- */

static void open_refused(const char *code, const char *remedy)
{
	struct audit *audit = NULL;
	struct err err = ERR_INIT;
	struct store *store = open_writer(NULL);

	assert_int_equal(audit_open(store, test_state, NULL, &audit, &err), -1);
	if (!err_is(&err, ERR_STORE, code) || strstr(err.message, remedy) == NULL ||
		strstr(err.message, test_state) == NULL) {
		print_unexpected(&err);
		fail();
	}
	close_store(store);
}

static void write_key(const char *text, size_t length, mode_t mode)
{
	(void)unlink(key_path());
	FILE *out = fopen(key_path(), "w");
	assert_int_equal(fwrite(text, 1, length, out), length);
	fclose(out);
	assert_int_equal(chmod(key_path(), mode), 0);
}

static size_t read_key(char *out, size_t size)
{
	FILE *in = fopen(key_path(), "r");
	size_t length = fread(out, 1, size, in);

	fclose(in);
	return length;
}

static void a_missing_key_is_an_error(void **state)
{
	(void)state;
	make_log(3);
	assert_int_equal(unlink(key_path()), 0);
	open_refused("AuditKeyMissing", "restore it from a backup");
	assert_int_not_equal(access(key_path(), F_OK), 0); /* no new key was made */
}

static void a_key_must_be_private_and_the_right_one(void **state)
{
	char key[4096], elsewhere[400];

	(void)state;
	make_log(3);
	size_t length = read_key(key, sizeof key);
	write_key(key, length, 0640);
	open_refused("AuditKeyOpen", "chmod 600");
	write_key(key, length, 0604);
	open_refused("AuditKeyOpen", "chmod 600");
	write_key("no key\n", 7, 0600);
	open_refused("AuditKeyInvalid", "restore it from a backup");
	write_key("", 0, 0600);
	open_refused("AuditKeyInvalid", "restore it from a backup");
	snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", test_folder);
	assert_int_equal(rename(key_path(), elsewhere), 0);
	assert_int_equal(symlink(elsewhere, key_path()), 0);
	open_refused("AuditKeyUnreadable", "symbolic link");
	assert_int_equal(unlink(key_path()), 0);
	assert_int_equal(mkdir(key_path(), 0700), 0);
	open_refused("AuditKeyInvalid", "is not a regular file");
	assert_int_equal(rmdir(key_path()), 0);
	write_key(key, length, 0600);
	struct store *store = open_writer(NULL);
	close_audit(open_audit(store));
	close_store(store);
}

static void another_key_is_refused(void **state)
{
	struct audit_key other;
	struct err err = ERR_INIT;
	char before[4096], after[4096];

	(void)state;
	make_log(3);
	assert_int_equal(unlink(key_path()), 0);
	assert_ok(audit_key_create(test_state, &other, &err));
	audit_key_release(&other);
	open_refused("AuditKeyMismatch", "restore the right one");
	/* An existing key is never overwritten. */
	size_t length = read_key(before, sizeof before);
	assert_int_equal(audit_key_create(test_state, &other, &err), -1);
	assert_int_equal(read_key(after, sizeof after), length);
	assert_memory_equal(before, after, length);
	/* The error names the folder, the cause and the remedy. */
	assert_int_equal(audit_key_create("/dev/full/state", &other, &err), -1);
	assert_non_null(strstr(err.message,
		"can't put the audit key into state folder /dev/full/state: a part of the path is not a "
		"folder; use another --state"));
}

static void keys_of_another_kind_are_refused(void **state)
{
	char text[8192];

	(void)state;
	make_log(1);
	EVP_PKEY *rsa = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	FILE *out = fmemopen(text, sizeof text, "w");
	assert_int_equal(PEM_write_PrivateKey(out, rsa, NULL, NULL, 0, NULL, NULL), 1);
	fclose(out);
	write_key(text, strlen(text), 0600);
	open_refused("AuditKeyInvalid", "Ed25519");
	/* An encrypted key is refused without asking for its passphrase on the terminal. */
	EVP_PKEY *right = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	out = fmemopen(text, sizeof text, "w");
	assert_int_equal(PEM_write_PrivateKey(out, right, EVP_aes_128_cbc(),
						 (const unsigned char *)"secret", 6, NULL, NULL),
		1);
	fclose(out);
	write_key(text, strlen(text), 0600);
	open_refused("AuditKeyInvalid", "Ed25519");
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(right);
}

/* A first start may have ended after it made the key and before it wrote the first entry. */
static void a_key_without_a_log_is_used(void **state)
{
	char before[4096], after[4096];

	(void)state;
	struct store *store = open_writer(NULL);
	close_audit(open_audit(store));
	close_store(store);
	size_t length = read_key(before, sizeof before);
	make_log(3);
	assert_int_equal(read_key(after, sizeof after), length);
	assert_memory_equal(before, after, length);
	assert_log_whole(4);
}

static void the_public_key_reads_back(void **state)
{
	struct audit_key key;
	struct err err = ERR_INIT;
	char path[400], hex[AUDIT_KEY_HEX_SIZE];
	CLEANUP_BUF struct buf pem = BUF_INIT(4096);

	(void)state;
	make_log(1);
	assert_ok(audit_key_load(test_state, &key, &err));
	assert_ok(audit_key_pem(&key, &pem, &err));
	snprintf(path, sizeof path, "%s/public.pem", test_folder);
	FILE *out = fopen(path, "w");
	fprintf(out, "some words: %s\n%s", key.public_hex, pem.data);
	fclose(out);
	assert_ok(audit_key_parse(path, hex, &err));
	assert_string_equal(hex, key.public_hex);
	assert_ok(audit_key_parse(key.public_hex, hex, &err));
	assert_string_equal(hex, key.public_hex);
	out = fopen(path, "w");
	fprintf(out, "%s\n", key.public_hex);
	fclose(out);
	assert_ok(audit_key_parse(path, hex, &err));
	assert_string_equal(hex, key.public_hex);
	assert_int_equal(audit_key_parse("abcd", hex, &err), -1);
	assert_int_equal(audit_key_parse(key_path(), hex, &err), -1); /* the private one */
	assert_int_equal(audit_key_parse(test_folder, hex, &err), -1);
	audit_key_release(&key);
}

/* --- a log whose end was altered --- */

static void a_log_with_an_altered_end_is_not_continued(void **state)
{
	struct err err = ERR_INIT;
	struct store_key last = audit_store_key(4), beyond = audit_store_key(5),
					 head = STORE_KEY("audit");

	(void)state;
	make_log(3);
	struct store *store = open_writer(NULL);
	CLEANUP_JSON json_t *entry = stored_entry(store, 4);
	CLEANUP_BUF struct buf text = BUF_INIT(AUDIT_ENTRY_BYTES);
	json_add_canonical(&text, entry);
	assert_ok(store_put(store, STORE_AUDIT, &last, "{}", 2, &err));
	close_store(store);
	open_refused("AuditDamaged", "was altered");
	store = open_writer(NULL);
	assert_ok(store_delete(store, STORE_AUDIT, &last, &err));
	close_store(store);
	open_refused("AuditDamaged", "is missing");
	store = open_writer(NULL);
	assert_ok(store_put(store, STORE_AUDIT, &last, text.data, text.length, &err));
	assert_ok(store_put(store, STORE_AUDIT, &beyond, "{}", 2, &err));
	close_store(store);
	open_refused("AuditDamaged", "was not written by this log");
	store = open_writer(NULL);
	assert_ok(store_delete(store, STORE_AUDIT, &beyond, &err));
	flush(store);
	close_audit(open_audit(store));
	assert_ok(store_delete(store, STORE_META, &head, &err));
	close_store(store);
	open_refused("AuditDamaged", "restore a backup");
}

/* --- failures --- */

static void a_full_store_refuses(void **state)
{
	struct err err = ERR_INIT;
	int i;

	(void)state;
	struct store *store =
		open_store((struct store_options){ .mode = STORE_WRITE, .map_bytes = 1 << 20 }, NULL);
	struct audit *audit = open_audit(store);
	for (i = 0; i < 100000; i++)
		if (append_numbered(audit, i, &err) < 0 || (i % 50 == 0 && audit_flush(audit, &err) < 0))
			break;
	assert_int_not_equal(i, 100000);
	assert_true(err_is(&err, ERR_STORE, "Full"));
	for (i = 0; i < 3; i++) {
		err_clear(&err);
		assert_int_equal(append_numbered(audit, i, &err), -1);
		assert_true(err_is(&err, ERR_STORE, "Full"));
	}
	assert_int_equal(audit_checkpoint(audit, &err), -1);
	assert_int_equal(audit_flush(audit, &err), -1);
	assert_int_equal(audit_close(audit, &err), -1);
	assert_int_equal(store_close(store, &err), -1);
	/* The entries committed before are a whole chain, and the log continues once there is room. */
	store = open_writer(NULL);
	uint64_t entries = (uint64_t)count(store, STORE_AUDIT, NULL);
	assert_store_whole(store, entries);
	audit = open_audit(store);
	assert_int_equal(audit_last(audit), entries);
	append(audit, 0, 3);
	close_audit(audit);
	assert_store_whole(store, entries + 4 - (entries == 0));
	close_store(store);
}

/* After a kill at any moment the next process finds a whole chain and continues it. */
static void a_kill_leaves_a_whole_chain(void **state)
{
	(void)state;
	make_log(1);
	for (int round = 0; round < 6; round++) {
		pid_t child = fork();
		if (child == 0) {
			test_child = true;
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			struct store *store = open_writer(NULL);
			struct audit *audit = open_audit(store);
			for (int i = 0;; i += 40) {
				append(audit, i, i + 40);
				flush(store);
			}
		}
		usleep(20000 + 7000 * (unsigned)round);
		kill(child, SIGKILL);
		int status;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		struct store *store = open_writer(NULL);
		uint64_t entries = (uint64_t)count(store, STORE_AUDIT, NULL);
		assert_store_whole(store, entries);
		close_audit(open_audit(store));
		close_store(store);
	}
}

/* The run is stopped while it waits for the disk. The entry is written all the same, but the caller
 * is told to make no change. */
static MAY_YIELD void write_until_cancelled(void *argument)
{
	struct crowd *crowd = argument;
	struct err err = ERR_INIT;

	for (int i = 0; i < 30000 && crowd->refused == 0; i++) {
		if (append_numbered(crowd->audit, i, &err) < 0)
			crowd->refused += err.kind == ERR_CANCELLED ? 1 : 100;
		else
			crowd->appended++;
	}
}

static void a_stop_refuses_but_keeps_the_entry(void **state)
{
	struct loop *loop = new_loop(4);
	struct crowd crowd = { .refused = 0 };

	(void)state;
	crowd.store =
		open_store((struct store_options){ .mode = STORE_WRITE, .test_fsync_ms = 20 }, loop);
	crowd.audit = open_audit(crowd.store);
	spawn(loop, write_until_cancelled, &crowd);
	loop_cancel(loop);
	loop_run(loop);
	assert_int_equal(crowd.refused, 1);
	uint64_t last = audit_last(crowd.audit);
	assert_true(last > (uint64_t)crowd.appended);
	close_audit(crowd.audit);
	assert_store_whole(crowd.store, (uint64_t)count(crowd.store, STORE_AUDIT, NULL));
	close_store(crowd.store);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_log_begins),
		store_test(an_entry_says_who_what_and_why),
		cmocka_unit_test(an_entry_is_canonical),
		store_test(outside_text_is_bounded_and_valid),
		store_test(a_restart_continues_the_chain),
		store_test(checkpoints_come_in_time),
		store_test(many_fibers_make_one_chain),
		store_test(a_slow_disk_slows_the_writers),
		store_test(a_missing_key_is_an_error),
		store_test(a_key_must_be_private_and_the_right_one),
		store_test(another_key_is_refused),
		store_test(keys_of_another_kind_are_refused),
		store_test(a_key_without_a_log_is_used),
		store_test(the_public_key_reads_back),
		store_test(a_log_with_an_altered_end_is_not_continued),
		store_test(a_full_store_refuses),
		store_test(a_kill_leaves_a_whole_chain),
		store_test(a_stop_refuses_but_keeps_the_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
