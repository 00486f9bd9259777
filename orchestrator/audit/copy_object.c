/* One object of the audit log's copy: its key, its parameters, and the attempts to upload it. */
#include "audit/copy_object.h"

#include "audit/copy_internal.h"
#include "aws/client_view.h"
#include "aws/errors.h"
#include "config/values.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "io/fiber.h"

#include <inttypes.h>
#include <openssl/evp.h>

#define MS_PER_DAY (INT64_C(24) * 60 * 60 * 1000)
#define BACKOFF_MAX_MS 4000

const char *audit_copy_region(const struct config *config)
{
	const char *region = config_string(config, "audit", "region");

	return region != NULL ? region : config_string(config, "organization", "home_region");
}

void audit_copy_object_key(struct audit_copy_object *object, const char *prefix, const char *log,
	uint64_t first, uint64_t last)
{
	snprintf(object->key, sizeof object->key, "%s%s/%012" PRIu64 "-%012" PRIu64 ".jsonl", prefix,
		log, first, last);
}

/* Adds the checksum that S3 asks for: "The Content-MD5 or x-amz-sdk-checksum-algorithm header is
 * required for any request to upload an object with a retention period configured using Amazon S3
 * Object Lock." https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
static int add_checksum(json_t *params, const struct buf *text, struct err *err)
{
	unsigned char digest[EVP_MAX_MD_SIZE], base64[4 * EVP_MAX_MD_SIZE / 3 + 8];
	size_t length = 0;

	if (EVP_Q_digest(NULL, "SHA256", NULL, text->data, text->length, digest, &length) != 1)
		return err_set(err, ERR_SYSTEM, "NoDigest", "libcrypto does not offer SHA-256");
	EVP_EncodeBlock(base64, digest, (int)length);
	json_object_set_new(params, "ChecksumAlgorithm", json_string("SHA256"));
	json_object_set_new(params, "ChecksumSHA256", json_string((const char *)base64));
	return 0;
}

static int make_params(const struct audit_copy_object *object, const struct config *config,
	json_t **out, struct err *err)
{
	const char *owner = config_string(config, "audit", "bucket_owner"),
			   *key_id = config_string(config, "audit", "kms_key_id");
	int64_t until_ms = clock_now_ms() +
		config_integer(config, "audit", "retention_days") * MS_PER_DAY;
	json_t *params = json_pack("{s:s, s:s, s:o, s:s, s:s, s:s, s:I, s:s*, s:s*, s:s*}", "Bucket",
		config_string(config, "audit", "bucket"), "Key", object->key, "Body",
		json_stringn(object->text->data, object->text->length), "ContentType",
		"application/x-ndjson", "IfNoneMatch", "*", "ObjectLockMode",
		config_string(config, "audit", "mode"), "ObjectLockRetainUntilDate",
		(json_int_t)(until_ms / 1000), "ExpectedBucketOwner", owner, "ServerSideEncryption",
		key_id != NULL ? "aws:kms" : NULL, "SSEKMSKeyId", key_id);

	if (params == NULL)
		return err_set(err, ERR_STORE, "AuditDamaged",
			"the audit log holds text that is not UTF-8; `reeve audit verify` shows the details");
	if (add_checksum(params, object->text, err) < 0) {
		json_decref(params);
		return -1;
	}
	*out = params;
	return 0;
}

static bool is_worth_another(const struct err *failure)
{
	switch (failure->kind) {
	case ERR_NETWORK:
	case ERR_TIMEOUT:
	case ERR_PROTOCOL:
		return true;
	case ERR_AWS:
		/* Status 409: S3 was writing an object under the key at the same moment. */
		return aws_error_is_throttle(failure) || failure->http_status >= 500 ||
			failure->http_status == 408 || strcmp(failure->code, "ConditionalRequestConflict") == 0;
	default:
		return false;
	}
}

/* Handles an object that exists under the key already. It is ours if an earlier attempt may have
 * stored it; otherwise it must not count as a copy. */
static int is_there(const struct audit_copy_object *object, const char *bucket, struct err *err)
{
	if (object->maybe_there)
		return 0;
	return err_set(err, ERR_AWS, "AuditCopyConflict",
		"s3://%s/%s exists already, though this state folder has not written it (was it restored "
		"from a backup?); it was not "
		"overwritten, and the entries are not counted as copied",
		bucket, object->key);
}

int audit_copy_object_put(struct audit_copy_object *object, struct aws_writer *writer,
	const struct config *config, const struct audit_copy_bounds *bounds, int64_t deadline_us,
	struct err *err)
{
	CLEANUP_JSON json_t *params = NULL;
	int64_t wait_ms = bounds->backoff_ms;

	if (make_params(object, config, &params, err) < 0)
		return -1;
	for (;;) {
		struct aws_call call = { .operation = &aws_s3_PutObject,
			.region = audit_copy_region(config),
			.params = json_incref(params) };

		if (aws_write(writer, &call, NULL, err) == 0)
			return 0;
		if (err->kind == ERR_AWS && strcmp(err->code, "PreconditionFailed") == 0)
			return is_there(object, config_string(config, "audit", "bucket"), err);
		object->maybe_there |= !aws_error_had_no_effect(err);
		if (!is_worth_another(err) ||
			clock_monotonic_us() + (wait_ms + bounds->attempt_ms) * 1000 > deadline_us ||
			fiber_sleep(wait_ms) == FIBER_CANCELLED)
			return -1;
		wait_ms = wait_ms * 2 < BACKOFF_MAX_MS ? wait_ms * 2 : BACKOFF_MAX_MS;
	}
}
