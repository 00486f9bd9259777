#include "ledger/audit_copy_record.h"

#include "base/banned.h"
#include "ledger/record_read.h"
#include "ledger/record_store.h"
#include "ledger/record_write.h"

#define RECORD_NAME "audit-copy" /* in the database meta */

static const struct record_field range_fields[] = {
	RECORD_INTEGER(struct audit_copy_range, first, "first", RECORD_REQUIRED),
	RECORD_INTEGER(struct audit_copy_range, last, "last", RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type range_type = {
	.name = "range", .fields = range_fields, RECORD_PART(struct audit_copy_range)
};

/* A failure counts as absent when its first field is. */
static const struct record_field failure_fields[] = {
	RECORD_TEXT(struct audit_copy_failure, code, "code", RECORD_REQUIRED),
	RECORD_TEXT(struct audit_copy_failure, message, "message", RECORD_NULLABLE),
	RECORD_TIME(struct audit_copy_failure, at_ms, "at", RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type failure_type = {
	.name = "failure", .fields = failure_fields, RECORD_PART(struct audit_copy_failure)
};

#define PLACE struct audit_copy_place
#define BUCKET RECORD_TEXT(PLACE, bucket, "bucket", RECORD_REQUIRED)
#define PREFIX RECORD_TEXT(PLACE, prefix, "prefix", RECORD_REQUIRED)
#define COPIED RECORD_INTEGER(PLACE, copied, "copied", RECORD_REQUIRED)
static const struct record_field place_fields[] = {
	BUCKET,
	PREFIX,
	COPIED,
	RECORD_NESTED(PLACE, pending, "pending", RECORD_OPTIONAL, &range_type),
	RECORD_NESTED(PLACE, failed, "failed", RECORD_OPTIONAL, &failure_type),
	RECORD_END,
};
static const struct record_type place_type = {
	.name = "audit copy",
	.fields = place_fields,
	.identity = { "bucket", "prefix" },
	RECORD_PART(PLACE),
};
static const struct record_field shown_fields[] = {
	BUCKET,
	PREFIX,
	COPIED,
	RECORD_NESTED(PLACE, failed, "failed", RECORD_NULLABLE, &failure_type),
	RECORD_END,
};
static const struct record_type shown_type = {
	.name = "destination", .fields = shown_fields, RECORD_PART(PLACE)
};

static const struct record_field fields[] = {
	RECORD_TEXT(struct audit_copy_record, log, "log", RECORD_REQUIRED),
	RECORD_TEXT(struct audit_copy_record, current, "current", RECORD_OPTIONAL),
	RECORD_OBJECT(struct audit_copy_record, destinations, "destinations", RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type type = {
	.name = "audit copy",
	.version = 1,
	.fields = fields,
	.identity = { "log" },
	RECORD_STORED(struct audit_copy_record),
};

int audit_copy_record_read(struct store *store, struct audit_copy_record *out, bool *found,
	struct err *err)
{
	struct store_key key = STORE_KEY(RECORD_NAME);

	return record_get(store, STORE_META, &key, &type, out, found, err);
}

int audit_copy_record_write(struct store *store, const struct audit_copy_record *record,
	struct err *err)
{
	struct store_key key = STORE_KEY(RECORD_NAME);

	return record_put(store, STORE_META, &key, &type, record, err);
}

void audit_copy_record_release(struct audit_copy_record *record)
{
	record_release(&type, record);
}

int audit_copy_record_place(const struct audit_copy_record *record, const char *name,
	struct audit_copy_place *out, bool *found, struct err *err)
{
	const json_t *place = json_object_get(record->destinations, name);

	memset(out, 0, sizeof *out);
	*found = place != NULL;
	return place != NULL ? record_decode(&place_type, place, out, err) : 0;
}

json_t *audit_copy_place_encode(const struct audit_copy_place *place)
{
	return record_encode(&place_type, place);
}

json_t *audit_copy_place_document(const struct audit_copy_place *place, int64_t last)
{
	json_t *document = record_encode(&shown_type, place);

	json_object_set_new(document, "last", json_integer(last));
	return document;
}
