#include "ledger/exception_record.h"

#include "base/banned.h"
#include "ledger/record_read.h"
#include "ledger/record_store.h"
#include "ledger/record_write.h"
#include "store/read.h"

static const struct record_field end_fields[] = {
	RECORD_TIME(struct exception_end, at_ms, "at", RECORD_REQUIRED),
	RECORD_TEXT(struct exception_end, by, "by", RECORD_NULLABLE),
	RECORD_END,
};
static const struct record_type end_type = {
	.name = "end of an exception", .fields = end_fields, RECORD_PART(struct exception_end)
};

#define EXCEPTION struct exception_record
#define BY RECORD_TEXT(EXCEPTION, by, "by", RECORD_NULLABLE)
#define ENDED RECORD_NESTED(EXCEPTION, ended, "ended", RECORD_NULLABLE, &end_type)

static const struct record_field fields[] = {
	RECORD_OBJECT(EXCEPTION, exception, "exception", RECORD_REQUIRED),
	RECORD_TIME(EXCEPTION, at_ms, "at", RECORD_REQUIRED),
	BY,
	ENDED,
	RECORD_TEXT(EXCEPTION, id, "id", RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type type = {
	.name = "exception",
	.version = 1,
	.fields = fields,
	.identity = { "id" },
	RECORD_STORED(EXCEPTION),
};

static const struct record_field origin_fields[] = {
	RECORD_TIME(EXCEPTION, at_ms, "added", RECORD_NULLABLE),
	BY,
	ENDED,
	RECORD_END,
};
static const struct record_type origin_type = {
	.name = "exception", .fields = origin_fields, RECORD_PART(EXCEPTION)
};

json_t *exception_record_origin(const struct exception_record *record)
{
	return record_encode(&origin_type, record);
}

int exception_record_put(struct store *store, const struct exception_record *record,
	struct err *err)
{
	struct store_key key = STORE_KEY(record->id);

	return record_put(store, STORE_EXCEPTIONS, &key, &type, record, err);
}

int exception_record_read(struct store *store, const char *id, struct exception_record *out,
	bool *found, struct err *err)
{
	struct store_key key = STORE_KEY(id);

	return record_get(store, STORE_EXCEPTIONS, &key, &type, out, found, err);
}

void exception_record_release(struct exception_record *record)
{
	record_release(&type, record);
}

struct each {
	int (*each)(void *argument, const struct exception_record *record);
	void *argument;
	struct err *err;
	int result;
};

static int visit(void *argument, const struct store_key *key, const json_t *json)
{
	struct each *each = argument;
	struct exception_record record;

	(void)key;
	each->result = record_decode(&type, json, &record, each->err);
	if (each->result < 0)
		return 1;
	int stop = each->each(each->argument, &record);
	exception_record_release(&record);
	return stop;
}

int exception_record_each(struct store *store,
	int (*each)(void *argument, const struct exception_record *record), void *argument,
	struct err *err)
{
	struct each visiting = { each, argument, err, 0 };

	if (store_each_json(store, STORE_EXCEPTIONS, NULL, visit, &visiting, err) < 0)
		return -1;
	return visiting.result;
}
