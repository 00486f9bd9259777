#include "audit/copy.h"

#include "audit/block.h"
#include "audit/copy_internal.h"
#include "audit/copy_object.h"
#include "audit/copy_position.h"
#include "audit/export.h"
#include "aws/credentials/credentials.h"
#include "aws/endpoint/partitions.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "config/values.h"
#include "notify/notify.h"
#include "store/errors.h"

#include <inttypes.h>

/* An upload that has begun may take its whole time limit: in 15 s, an object of 8 MiB needs 4.5
 * Mbit/s. */
const struct audit_copy_bounds audit_copy_bounds = {
	.object_bytes = (size_t)8 << 20,
	.within_ms = AUDIT_COPY_WITHIN_MS,
	.attempt_ms = 15000,
	.backoff_ms = 250,
};

struct copying {
	const struct audit_copy_run *run;
	const struct audit_copy_bounds *bounds;
	struct aws_writer writer;
	struct audit_copy_position position;
	uint64_t last; /* the last entry that is to be copied */
	int64_t deadline_us;
	size_t objects; /* objects copied in this call */
};

/* Permits each call of the copy, unless the store can't record it. The copy changes nothing in a
 * member account, so no pause or limit applies to it. */
static MAY_YIELD int permit(void *argument, const struct aws_operation *operation, struct err *err)
{
	const struct copying *copying = argument;

	if (store_failed(copying->run->store))
		return err_set(err, ERR_STORE, "StoreFailed",
			"%s %s is not called, since the state folder can't be written", operation->service->id,
			operation->name);
	return 0;
}

/* Finds the end of the longest range from that entry that fits into one object. The export reports
 * missing entries. */
static int find_range(const struct copying *copying, uint64_t first, uint64_t *last,
	struct err *err)
{
	struct audit_block *block = audit_block_new();
	size_t bytes = AUDIT_COPY_FRAME_BYTES, count = 1;
	bool full = false;
	int result = 0;

	*last = first;
	for (uint64_t seq = first; result == 0 && !full && count > 0 && seq <= copying->last;
		seq += count) {
		result = audit_block_read(copying->run->store, seq, block, err);
		count = block->count;
		for (size_t i = 0; i < count && !full; i++) {
			bytes += block->entries[i].length + 1;
			full = block->entries[i].seq > copying->last ||
				(bytes > copying->bounds->object_bytes && block->entries[i].seq > first);
			if (!full)
				*last = block->entries[i].seq;
		}
	}
	audit_block_free(block);
	return result;
}

/* Copies the next object, and records that it is stored. */
static MAY_YIELD int copy_next(struct copying *copying, struct err *err)
{
	const struct audit_copy_run *run = copying->run;
	struct audit_range range = { .first = audit_copy_position_copied(&copying->position) + 1 };
	CLEANUP_BUF struct buf text = BUF_INIT(AUDIT_COPY_EXPORT_BYTES);
	struct audit_copy_object object = { .text = &text };

	object.maybe_there =
		audit_copy_position_pending(&copying->position, range.first, &range.last) &&
		range.last <= copying->last;
	if (!object.maybe_there && find_range(copying, range.first, &range.last, err) < 0)
		return -1;
	if (audit_export_to_buffer(run->audit, &range, &text, err) < 0)
		return -1;
	audit_copy_position_set_pending(&copying->position, range.first, range.last);
	if (!object.maybe_there && audit_copy_position_store(run->store, &copying->position, err) < 0)
		return -1;
	audit_copy_object_key(&object, config_string(run->config, "audit", "prefix"),
		audit_log_id(run->audit), range.first, range.last);
	if (audit_copy_object_put(&object, &copying->writer, run->config, copying->bounds,
			copying->deadline_us, err) < 0) {
		if (!object.maybe_there)
			audit_copy_position_drop_pending(&copying->position);
		return -1;
	}
	audit_copy_position_advance(&copying->position, range.last);
	copying->objects++;
	return audit_copy_position_store(run->store, &copying->position, err);
}

static bool has_time(const struct copying *copying)
{
	return copying->objects == 0 ||
		clock_monotonic_us() + copying->bounds->attempt_ms * 1000 <= copying->deadline_us;
}

static MAY_YIELD int copy_all(struct copying *copying, struct err *err)
{
	const struct audit_copy_run *run = copying->run;
	uint64_t copied = audit_copy_position_copied(&copying->position), before = copied;
	int result = 0;

	while (result == 0 && copied < copying->last && has_time(copying)) {
		result = copy_next(copying, err);
		copied = audit_copy_position_copied(&copying->position);
	}
	if (copied > before)
		log_info("copied %s of the audit log to s3://%s in %s", count_of(copied - before, "entry"),
			config_string(run->config, "audit", "bucket"), count_of(copying->objects, "object"));
	if (result == 0 && copied < copying->last)
		log_warning("the copy of the audit log is behind: the next run copies the remaining %s",
			count_of(copying->last - copied, "entry"));
	return result;
}

/* Makes the copy with a client of its own, so that a bucket that does not respond can't delay the
 * end of a run; attempts are counted here. */
static MAY_YIELD int copy_to_bucket(struct copying *copying, struct err *err)
{
	const struct audit_copy_run *run = copying->run;
	struct aws_options options = { .in_flight = 1,
		.default_region = audit_copy_region(run->config),
		.max_attempts = 1,
		.attempt_timeout_ms = copying->bounds->attempt_ms };
	struct aws *aws = NULL;

	if (aws_new(run->loop, &options, credentials_resolve, &aws, err) < 0)
		return -1;
	copying->writer.aws = aws;
	int result = copy_all(copying, err);
	aws_free(aws);
	return result;
}

/* Records the outcome, for `status`. */
static MAY_YIELD void keep_outcome(struct copying *copying, const struct err *failure)
{
	struct err unused = ERR_INIT;

	if (!audit_copy_position_set_failed(&copying->position, failure))
		return;
	/* A failed store can't record it, and the end of the run reports that. */
	(void)!audit_copy_position_store(copying->run->store, &copying->position, &unused);
}

int audit_copy_now(const struct audit_copy_run *run, const struct audit_copy_bounds *bounds,
	struct err *err)
{
	const char *bucket = config_string(run->config, "audit", "bucket");
	struct audit_copy_permissions permissions;
	struct copying copying = { .run = run, .bounds = bounds, .last = audit_last(run->audit) };
	int result = 0;

	if (bucket == NULL)
		return audit_copy_position_forget(run->store, err);
	audit_copy_permissions(run->config, &permissions);
	copying.writer = (struct aws_writer){ .session = run->own,
		.account_id = run->account_id,
		.declared = permissions.rows,
		.permit = permit,
		.permit_argument = &copying };
	copying.deadline_us = clock_monotonic_us() + bounds->within_ms * 1000;
	if (audit_flush(run->audit, err) < 0 ||
		audit_copy_position_load(run->store, audit_log_id(run->audit), bucket,
			config_string(run->config, "audit", "prefix"), &copying.position, err) < 0)
		return -1;
	if (audit_copy_position_copied(&copying.position) < copying.last)
		result = copy_to_bucket(&copying, err);
	keep_outcome(&copying, result < 0 ? err : NULL);
	audit_copy_position_release(&copying.position);
	return result;
}

void audit_copy(const struct audit_copy_run *run)
{
	struct err err = ERR_INIT;

	if (audit_copy_now(run, &audit_copy_bounds, &err) == 0)
		return;
	err_prefix(&err, "the audit log could not be copied to its bucket; the next run tries again");
	log_write(LOG_WARNING, &(struct log_place){ .run = run->id }, "%s", err.message);
	notify_event(run->notifier,
		&(struct notification){ .kind = NOTIFY_FAILURE,
			.severity = SEVERITY_HIGH,
			.run = run->id,
			.code = err.code,
			.message = err.message });
}

void audit_copy_permissions(const struct config *config, struct audit_copy_permissions *out)
{
	const char *bucket = config != NULL ? config_string(config, "audit", "bucket") : NULL;

	memset(out, 0, sizeof *out); /* the remaining rows are AWS_PERMISSIONS_END */
	if (bucket == NULL)
		return;
	const char *key_id = config_string(config, "audit", "kms_key_id"),
			   *region = audit_copy_region(config);
	snprintf(out->objects, sizeof out->objects, "arn:${Partition}:s3:::%s/%s*", bucket,
		config_string(config, "audit", "prefix"));
	snprintf(out->condition, sizeof out->condition,
		"{\"StringEquals\": {\"kms:ViaService\": \"s3.%s.%s\"}}", region,
		aws_partition_of(region)->dns_suffix);
	out->rows[0] = (struct aws_permission){
		.action = "s3:PutObject", .resource = out->objects, .why = "copies the audit log"
	};
	/* S3 checks this permission when an upload has the headers of Object Lock. */
	out->rows[1] = (struct aws_permission){ .action = "s3:PutObjectRetention",
		.resource = out->objects,
		.implied = true,
		.why = "retains each copied object" };
	if (key_id != NULL)
		out->rows[2] = (struct aws_permission){ .action = "kms:GenerateDataKey",
			.resource = key_id,
			.condition_json = out->condition,
			.implied = true,
			.why = "encrypts each copied object" };
}
