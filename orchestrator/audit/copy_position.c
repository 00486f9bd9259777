/* The position of the audit log's copy, for each destination. */
#include "audit/copy_position.h"

#include "audit/copy_internal.h"
#include "audit/entry.h"
#include "store/queue.h"
#include "store/read.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"

#define RECORD_NAME "audit-copy"

static json_t *new_record(const char *log)
{
	return json_pack("{s:s, s:{}}", "log", log, "destinations");
}

/* A new bucket or prefix begins with the first entry; one that was used before continues at its
 * position. */
static json_t *take_place(json_t *record, const char *bucket, const char *prefix)
{
	CLEANUP_BUF struct buf name = BUF_INIT(1024);
	json_t *destinations = json_object_get(record, "destinations");

	buf_add_format(&name, "%s/%s", bucket, prefix);
	json_t *place = json_object_get(destinations, name.data);
	if (place == NULL) {
		place = json_pack("{s:s, s:s, s:I}", "bucket", bucket, "prefix", prefix, "copied",
			(json_int_t)0);
		json_object_set_new(destinations, name.data, place);
	}
	json_object_set_new(record, "current", json_string(name.data));
	return place;
}

int audit_copy_position_load(struct store *store, const char *log, const char *bucket,
	const char *prefix, struct audit_copy_position *out, struct err *err)
{
	struct store_key key = STORE_KEY(RECORD_NAME);
	json_t *record = NULL;

	*out = (struct audit_copy_position){ NULL };
	if (store_get_json(store, STORE_META, &key, &record, err) < 0)
		return -1;
	if (record == NULL || strcmp(json_get_string_or(record, "log", ""), log) != 0 ||
		!json_is_object(json_object_get(record, "destinations"))) {
		json_decref(record);
		record = new_record(log);
	}
	out->record = record;
	out->place = take_place(record, bucket, prefix);
	return 0;
}

int audit_copy_position_forget(struct store *store, struct err *err)
{
	struct store_key key = STORE_KEY(RECORD_NAME);
	CLEANUP_JSON json_t *record = NULL;

	if (store_get_json(store, STORE_META, &key, &record, err) < 0)
		return -1;
	if (json_object_del(record, "current") < 0)
		return 0;
	return store_put_json(store, STORE_META, &key, record, err);
}

void audit_copy_position_release(struct audit_copy_position *position)
{
	json_decref(position->record);
	*position = (struct audit_copy_position){ NULL };
}

int audit_copy_position_store(struct store *store, const struct audit_copy_position *position,
	struct err *err)
{
	struct store_key key = STORE_KEY(RECORD_NAME);

	if (store_put_json(store, STORE_META, &key, position->record, err) < 0)
		return -1;
	return store_flush(store, err);
}

static uint64_t number_of(const json_t *object, const char *key)
{
	json_int_t value = json_get_integer_or(object, key, 0);

	return value > 0 ? (uint64_t)value : 0;
}

uint64_t audit_copy_position_copied(const struct audit_copy_position *position)
{
	return number_of(position->place, "copied");
}

bool audit_copy_position_pending(const struct audit_copy_position *position, uint64_t first,
	uint64_t *last)
{
	const json_t *pending = json_object_get(position->place, "pending");

	*last = number_of(pending, "last");
	return number_of(pending, "first") == first && *last >= first;
}

void audit_copy_position_set_pending(struct audit_copy_position *position, uint64_t first,
	uint64_t last)
{
	json_object_set_new(position->place, "pending",
		json_pack("{s:I, s:I}", "first", (json_int_t)first, "last", (json_int_t)last));
}

void audit_copy_position_drop_pending(struct audit_copy_position *position)
{
	json_object_del(position->place, "pending");
}

void audit_copy_position_advance(struct audit_copy_position *position, uint64_t last)
{
	json_object_set_new(position->place, "copied", json_integer((json_int_t)last));
	audit_copy_position_drop_pending(position);
	(void)audit_copy_position_set_failed(position, NULL);
}

bool audit_copy_position_set_failed(struct audit_copy_position *position, const struct err *failure)
{
	char at[CLOCK_RFC3339_SIZE];

	if (failure == NULL)
		return json_object_del(position->place, "failed") == 0;
	clock_format_rfc3339(clock_now_ms(), at);
	json_object_set_new(position->place, "failed",
		json_pack("{s:s, s:o, s:o}", "at", at, "code", json_text(failure->code), "message",
			json_text(failure->message)));
	return true;
}

int audit_copy_status(struct store *store, json_t **out, struct err *err)
{
	struct store_key key = STORE_KEY(RECORD_NAME);
	CLEANUP_JSON json_t *record = NULL;
	struct audit_head head = { .seq = 0 };
	bool found;

	if (store_get_json(store, STORE_META, &key, &record, err) < 0 ||
		audit_head_read(store, &head, &found, err) < 0)
		return -1;
	const json_t *place = json_object_get(json_object_get(record, "destinations"),
		json_get_string_or(record, "current", ""));
	if (place == NULL) {
		*out = json_null();
		return 0;
	}
	json_t *failed = json_object_get(place, "failed");
	*out = json_pack("{s:O, s:O, s:O, s:I, s:O?}", "bucket", json_object_get(place, "bucket"),
		"prefix", json_object_get(place, "prefix"), "copied", json_object_get(place, "copied"),
		"last", (json_int_t)(found ? head.seq : 0), "failed", failed);
	return *out != NULL ? 0
						: err_set(err, ERR_STORE, "InvalidRecord",
							  "the stored position of the audit log's copy can't be read");
}
