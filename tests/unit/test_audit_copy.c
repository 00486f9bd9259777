/* Tests of the audit log's copy in S3: the requests, when a copy counts as made, and failures. */
#include "base/clock.h"
#include "test_audit_copy_help.h"

#include <signal.h>
#include <sys/wait.h>

/* --- requests --- */

static void sent_header(const struct object *object, const char *name, char out[256])
{
	struct fake_request request = { .head = object->head };

	fake_header(&request, name, out, 256);
}

static void assert_header(const struct object *object, const char *name, const char *expected)
{
	char value[256];

	sent_header(object, name, value);
	assert_string_equal(value, expected);
}

static void test_the_request(void **unused)
{
	struct bucket *bucket = bucket_start();
	unsigned char digest[EVP_MAX_MD_SIZE], base64[128];
	size_t length = 0;
	char until[256];
	int64_t ms;

	(void)unused;
	assert_copies(10);
	assert_bucket_whole(bucket, 1, 11);
	const struct object *object = &bucket->objects[0];
	assert_int_equal(strncmp(object->head, "PUT /reeve-audit/reeve/", 23), 0);
	assert_header(object, "x-amz-object-lock-mode", "GOVERNANCE");
	assert_header(object, "If-None-Match", "*");
	assert_header(object, "Content-Type", "application/x-ndjson");
	assert_header(object, "x-amz-expected-bucket-owner", "");
	assert_header(object, "x-amz-server-side-encryption", "");
	assert_int_equal(
		EVP_Q_digest(NULL, "SHA256", NULL, object->body, object->length, digest, &length), 1);
	EVP_EncodeBlock(base64, digest, (int)length);
	assert_header(object, "x-amz-sdk-checksum-algorithm", "SHA256");
	assert_header(object, "x-amz-checksum-sha256", (const char *)base64);
	sent_header(object, "x-amz-object-lock-retain-until-date", until);
	assert_int_equal(clock_parse_rfc3339(until, &ms), 0);
	int64_t days_ms = ms - clock_now_ms() - INT64_C(400) * 24 * 60 * 60 * 1000;
	assert_true(days_ms > -60000 && days_ms <= 0);
	assert_non_null(strstr(bucket->scopes[0], "/eu-central-1/s3/aws4_request"));
	assert_status(11, 11, NULL);
	bucket_stop(bucket);
}

static void test_every_setting(void **unused)
{
	static const char section[] =
		"{\"bucket\":\"b.ucket\",\"bucket_owner\":\"111122223333\",\"prefix\":\"a/"
		"b=c\",\"mode\":\"COMPLIANCE\",\"retention_days\":1,"
		"\"kms_key_id\":\"arn:aws:kms:eu-west-1:111122223333:key/1234abcd\"}";
	struct bucket *bucket = bucket_start();
	struct err err = ERR_INIT;

	(void)unused;
	assert_ok(process_copies(section, 1, &test_bounds, &err));
	const struct object *object = &bucket->objects[0];
	assert_int_equal(strncmp(object->target, "/b.ucket/a/b%3Dc", 16), 0);
	assert_header(object, "x-amz-object-lock-mode", "COMPLIANCE");
	assert_header(object, "x-amz-expected-bucket-owner", "111122223333");
	assert_header(object, "x-amz-server-side-encryption", "aws:kms");
	assert_header(object, "x-amz-server-side-encryption-aws-kms-key-id",
		"arn:aws:kms:eu-west-1:111122223333:key/1234abcd");
	/* A bucket without a configured region is taken to be in the home region, not in the process's
	 * region. */
	assert_non_null(strstr(bucket->scopes[0], "/eu-west-1/s3/aws4_request"));
	bucket_stop(bucket);
}

static void test_each_run_sends_what_is_new(void **unused)
{
	struct bucket *bucket = bucket_start();

	(void)unused;
	assert_copies(3);
	assert_copies(5);
	assert_copies(0); /* nothing is new: nothing is sent */
	assert_copies(1);
	assert_bucket_whole(bucket, 3, 4 + 6 + 2);
	assert_int_equal(bucket->server.requests, 3);
	bucket_stop(bucket);
}

static void test_much_is_split(void **unused)
{
	struct bucket *bucket = bucket_start();

	(void)unused;
	assert_copies(300);
	assert_true(bucket->count > 5);
	assert_bucket_whole(bucket, bucket->count, 302); /* a checkpoint falls due on the way */
	for (int i = 0; i < bucket->count; i++)
		assert_true(bucket->objects[i].length <= test_bounds.object_bytes &&
			bucket->objects[i].length > (i + 1 < bucket->count ? test_bounds.object_bytes / 2 : 0));
	bucket_stop(bucket);
}

/* An entry that is larger than the bound of an object gets an object of its own. */
static void test_no_entry_is_too_large(void **unused)
{
	struct audit_copy_bounds tiny = test_bounds;
	struct bucket *bucket = bucket_start();
	struct err err = ERR_INIT;

	(void)unused;
	tiny.object_bytes = 100;
	assert_ok(process_copies(AUDIT_SECTION, 4, &tiny, &err));
	assert_bucket_whole(bucket, 5, 5);
	bucket_stop(bucket);
}

static void test_full_size(void **unused)
{
	struct bucket *bucket = bucket_start();
	struct err err = ERR_INIT;

	(void)unused;
	assert_ok(process_copies(AUDIT_SECTION, 20000, &audit_copy_bounds, &err));
	assert_int_equal(bucket->count, 2);
	assert_true(bucket->objects[0].length <= 8 << 20 &&
		bucket->objects[0].length > (8 << 20) - 8192);
	json_t *status = copy_status();
	assert_bucket_whole(bucket, 2, (uint64_t)json_get_integer_or(status, "last", 0));
	json_decref(status);
	bucket_stop(bucket);
}

/* --- transient failures --- */

static void test_transient_failures(void **unused)
{
	static const enum fate fates[] = { FATE_UNAVAILABLE, FATE_CONFLICT, FATE_HUNG_UP,
		FATE_REDIRECT };
	struct bucket *bucket = bucket_start();

	(void)unused;
	memcpy(bucket->fates, fates, sizeof fates);
	assert_copies(5);
	assert_bucket_whole(bucket, 1, 6);
	assert_int_equal(bucket->server.requests, 5);
	assert_non_null(strstr(bucket->scopes[4], "/ap-southeast-2/s3/aws4_request"));
	assert_status(6, 6, NULL);
	bucket_stop(bucket);
}

static void test_a_lost_answer_is_settled(void **unused)
{
	struct bucket *bucket = bucket_start();

	(void)unused;
	bucket->fates[0] = FATE_LOST_ANSWER; /* the second attempt is answered with 412 */
	assert_copies(5);
	assert_bucket_whole(bucket, 1, 6);
	assert_int_equal(bucket->server.requests, 2);
	assert_status(6, 6, NULL);
	bucket_stop(bucket);
}

/* --- lasting failures --- */

static void test_a_refusal_keeps_the_position(void **unused)
{
	struct bucket *bucket = bucket_start();
	struct err err = ERR_INIT;

	(void)unused;
	assert_copies(3);
	bucket->fates[1] = FATE_DENIED;
	assert_int_equal(process_copies(AUDIT_SECTION, 3, &test_bounds, &err), -1);
	assert_string_equal(err.code, "AccessDenied");
	assert_int_equal(bucket->server.requests, 2); /* a refusal is not retried */
	assert_status(4, 8, "AccessDenied");
	assert_copies(1); /* both runs' entries in one object */
	assert_bucket_whole(bucket, 2, 10);
	assert_status(10, 10, NULL);
	bucket_stop(bucket);
}

static void test_a_failure_midway(void **unused)
{
	struct bucket *bucket = bucket_start();
	struct err err = ERR_INIT;

	(void)unused;
	bucket->fates[2] = FATE_DENIED;
	assert_int_equal(process_copies(AUDIT_SECTION, 300, &test_bounds, &err), -1);
	assert_int_equal(bucket->count, 2);
	assert_copies(1);
	assert_bucket_whole(bucket, bucket->count, 304);
	bucket_stop(bucket);
}

/* When it is unknown whether an object arrived, the next run sends the same range again, although
 * the log has more entries by then. */
static void stay_open_over_a_restart(enum fate fate)
{
	struct audit_copy_bounds once = test_bounds;
	struct bucket *bucket = bucket_start();
	struct err err = ERR_INIT;

	once.within_ms = once.attempt_ms; /* no time for another attempt */
	bucket->fates[0] = fate;
	assert_int_equal(process_copies(AUDIT_SECTION, 3, &once, &err), -1);
	json_t *status = copy_status();
	assert_int_equal(json_get_integer_or(status, "copied", -1), 0);
	assert_true(json_is_object(json_object_get(status, "failed")));
	json_decref(status);
	assert_copies(5);
	assert_bucket_whole(bucket, 2, 10);
	assert_int_equal(bucket->server.requests, 3);
	assert_status(10, 10, NULL);
	bucket_stop(bucket);
}

static void test_open_over_a_restart(void **unused)
{
	(void)unused;
	stay_open_over_a_restart(FATE_LOST_ANSWER);
}

static void test_open_over_a_restart_and_not_stored(void **unused)
{
	(void)unused;
	stay_open_over_a_restart(FATE_HUNG_UP);
}

static void test_an_object_of_others_is_no_copy(void **unused)
{
	struct bucket *bucket = bucket_start();
	struct err err = ERR_INIT;

	(void)unused;
	bucket->fates[0] = FATE_THERE;
	assert_int_equal(process_copies(AUDIT_SECTION, 3, &test_bounds, &err), -1);
	assert_string_equal(err.code, "AuditCopyConflict");
	assert_non_null(strstr(err.message, "s3://reeve-audit/reeve/"));
	assert_status(0, 4, "AuditCopyConflict");
	assert_copies(1);
	assert_bucket_whole(bucket, 1, 6);
	bucket_stop(bucket);
}

static void test_no_answer_takes_bounded_time(void **unused)
{
	struct bucket *bucket = bucket_start();
	struct err err = ERR_INIT;

	(void)unused;
	for (int i = 0; i < FATES_MAX; i++)
		bucket->fates[i] = FATE_UNAVAILABLE;
	assert_int_equal(process_copies(AUDIT_SECTION, 3, &test_bounds, &err), -1);
	/* The fake would have stored the object after FATES_MAX failures. */
	bucket_stop(bucket);
}

/* When the time is up the rest is left to the next run, and this doesn't count as a failure. */
static void test_short_time(void **unused)
{
	struct audit_copy_bounds once = test_bounds;
	struct bucket *bucket = bucket_start();
	struct err err = ERR_INIT;

	(void)unused;
	once.within_ms = 0;
	log_set_level(LOG_ERROR);
	assert_ok(process_copies(AUDIT_SECTION, 300, &once, &err));
	assert_int_equal(bucket->count, 1);
	json_t *status = copy_status();
	assert_true(json_is_null(json_object_get(status, "failed")));
	assert_true(json_get_integer_or(status, "copied", 0) < 302);
	json_decref(status);
	assert_copies(0);
	assert_bucket_whole(bucket, bucket->count, 302);
	bucket_stop(bucket);
}

static void crash_after_sending(struct bucket *bucket)
{
	pid_t child = fork();

	if (child == 0) {
		struct err err = ERR_INIT;

		test_child = true;
		/* The answer never comes, and the parent kills this process while it waits. */
		(void)!process_copies(AUDIT_SECTION, 3,
			&(struct audit_copy_bounds){ 20000, 60000, 60000, 5 }, &err);
		_exit(0);
	}
	for (int i = 0; i < 1000 && atomic_load(&bucket->server.requests) == 0; i++)
		usleep(10000);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void slow_answer(void *argument, const struct fake_request *request,
	struct fake_answer *answer)
{
	bucket_answer(argument, request, answer);
	if (request->index == 0)
		answer->delay_ms = 60000;
}

/* The process is killed after S3 has stored the object and before that is on record. */
static void test_killed(void **unused)
{
	struct bucket *bucket = bucket_start();

	(void)unused;
	bucket->server.handle = slow_answer;
	crash_after_sending(bucket);
	assert_int_equal(bucket->count, 1);
	assert_copies(5);
	assert_bucket_whole(bucket, 2, 10);
	bucket_stop(bucket);
}

/* --- destinations --- */

static void test_another_bucket_begins_anew(void **unused)
{
	struct bucket *bucket = bucket_start();
	struct err err = ERR_INIT;
	json_t *status;

	(void)unused;
	assert_copies(3);
	assert_ok(process_copies("{\"bucket\":\"other\"}", 3, &test_bounds, &err));
	assert_int_equal(bucket->count, 2);
	assert_int_equal(strncmp(bucket->objects[1].target, "/other/reeve/", 13), 0);
	assert_non_null(strstr(bucket->objects[1].target, "/000000000001-000000000008.jsonl"));
	assert_copies(1); /* the copy in the first bucket continues where it was */
	assert_non_null(strstr(bucket->objects[2].target, "/000000000005-000000000010.jsonl"));
	assert_ok(process_copies("{}", 1, &test_bounds, &err));
	assert_int_equal(bucket->count, 3);
	status = copy_status();
	assert_true(json_is_null(status));
	json_decref(status);
	assert_copies(1);
	assert_non_null(strstr(bucket->objects[3].target, "/000000000011-000000000014.jsonl"));
	bucket_stop(bucket);
}

static void test_none_is_configured(void **unused)
{
	struct bucket *bucket = bucket_start();
	struct err err = ERR_INIT;

	(void)unused;
	assert_ok(process_copies("{}", 3, &test_bounds, &err));
	assert_int_equal(bucket->server.requests, 0);
	struct store *store = open_reader();
	struct store_key key = STORE_KEY("audit-copy");
	assert_int_equal(count(store, STORE_META, &key), 0);
	close_store(store);
	bucket_stop(bucket);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_the_request),
		store_test(test_every_setting),
		store_test(test_each_run_sends_what_is_new),
		store_test(test_much_is_split),
		store_test(test_no_entry_is_too_large),
		store_test(test_full_size),
		store_test(test_transient_failures),
		store_test(test_a_lost_answer_is_settled),
		store_test(test_a_refusal_keeps_the_position),
		store_test(test_a_failure_midway),
		store_test(test_open_over_a_restart),
		store_test(test_open_over_a_restart_and_not_stored),
		store_test(test_an_object_of_others_is_no_copy),
		store_test(test_no_answer_takes_bounded_time),
		store_test(test_short_time),
		store_test(test_killed),
		store_test(test_another_bucket_begins_anew),
		store_test(test_none_is_configured),
	};

	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
