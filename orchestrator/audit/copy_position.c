/* The position of the audit log's copy, for each destination. */
#include "audit/copy_position.h"

#include "audit/copy_internal.h"
#include "audit/entry.h"
#include "store/queue.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

/* Finds the record of the destination. A new bucket or prefix begins with the first entry; one that
 * was used before continues at its position. */
static int take_place(struct audit_copy_position *position, const char *bucket, const char *prefix,
	struct err *err)
{
	bool found;

	position->name = xasprintf("%s/%s", bucket, prefix);
	if (audit_copy_record_place(&position->record, position->name, &position->place, &found, err) <
		0)
		return -1;
	if (!found)
		position->place = (struct audit_copy_place){ .bucket = bucket, .prefix = prefix };
	return 0;
}

int audit_copy_position_load(struct store *store, const char *log, const char *bucket,
	const char *prefix, struct audit_copy_position *out, struct err *err)
{
	bool found;

	memset(out, 0, sizeof *out);
	if (audit_copy_record_read(store, &out->record, &found, err) < 0)
		return -1;
	if (found && strcmp(out->record.log, log) != 0)
		audit_copy_record_release(&out->record); /* of a log that was in this folder before */
	out->log = log;
	if (take_place(out, bucket, prefix, err) == 0)
		return 0;
	audit_copy_position_release(out);
	return -1;
}

int audit_copy_position_forget(struct store *store, struct err *err)
{
	struct audit_copy_record record;
	bool found;

	if (audit_copy_record_read(store, &record, &found, err) < 0)
		return -1;
	bool has_current = found && record.current != NULL;
	record.current = NULL;
	int result = has_current ? audit_copy_record_write(store, &record, err) : 0;
	audit_copy_record_release(&record);
	return result;
}

void audit_copy_position_release(struct audit_copy_position *position)
{
	audit_copy_record_release(&position->record);
	free(position->name);
	memset(position, 0, sizeof *position);
}

int audit_copy_position_store(struct store *store, const struct audit_copy_position *position,
	struct err *err)
{
	CLEANUP_JSON json_t *destinations = position->record.destinations != NULL
		? json_copy((json_t *)position->record.destinations)
		: json_object();
	const struct audit_copy_record record = {
		.log = position->log, .current = position->name, .destinations = destinations
	};

	json_object_set_new(destinations, position->name, audit_copy_place_encode(&position->place));
	return audit_copy_record_write(store, &record, err) < 0 ? -1 : store_flush(store, err);
}

static uint64_t number_of(int64_t value)
{
	return value > 0 ? (uint64_t)value : 0;
}

uint64_t audit_copy_position_copied(const struct audit_copy_position *position)
{
	return number_of(position->place.copied);
}

bool audit_copy_position_pending(const struct audit_copy_position *position, uint64_t first,
	uint64_t *last)
{
	*last = number_of(position->place.pending.last);
	return number_of(position->place.pending.first) == first && *last >= first;
}

void audit_copy_position_set_pending(struct audit_copy_position *position, uint64_t first,
	uint64_t last)
{
	position->place.pending = (struct audit_copy_range){ (int64_t)first, (int64_t)last };
}

void audit_copy_position_drop_pending(struct audit_copy_position *position)
{
	position->place.pending = (struct audit_copy_range){ 0, 0 };
}

void audit_copy_position_advance(struct audit_copy_position *position, uint64_t last)
{
	position->place.copied = (int64_t)last;
	audit_copy_position_drop_pending(position);
	(void)audit_copy_position_set_failed(position, NULL);
}

bool audit_copy_position_set_failed(struct audit_copy_position *position, const struct err *failure)
{
	bool had_failed = position->place.failed.code != NULL;

	position->place.failed = (struct audit_copy_failure){ NULL };
	if (failure == NULL)
		return had_failed;
	position->failure = *failure;
	position->place.failed = (struct audit_copy_failure){ .code = position->failure.code,
		.message = position->failure.message,
		.at_ms = clock_now_ms() };
	return true;
}

static int show_place(const struct audit_copy_record *record, int64_t last, json_t **out,
	struct err *err)
{
	struct audit_copy_place place;
	bool found = false;

	if (record->current != NULL &&
		audit_copy_record_place(record, record->current, &place, &found, err) < 0)
		return -1;
	*out = found ? audit_copy_place_document(&place, last) : json_null();
	return 0;
}

int audit_copy_status(struct store *store, json_t **out, struct err *err)
{
	struct audit_copy_record record;
	struct audit_head head = { .seq = 0 };
	bool found, has_head;

	if (audit_copy_record_read(store, &record, &found, err) < 0)
		return -1;
	int result = audit_head_read(store, &head, &has_head, err);
	if (result == 0)
		result = show_place(&record, has_head ? (int64_t)head.seq : 0, out, err);
	audit_copy_record_release(&record);
	return result;
}
