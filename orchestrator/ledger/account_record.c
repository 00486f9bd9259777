#include "ledger/account_record.h"

#include "base/banned.h"
#include "ledger/record_read.h"
#include "ledger/record_store.h"
#include "ledger/record_write.h"

static const struct record_field unit_fields[] = {
	RECORD_TEXT(struct org_unit, id, "id", RECORD_REQUIRED),
	RECORD_TEXT(struct org_unit, name, "name", RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type unit_type = {
	.name = "organizational unit", .fields = unit_fields, RECORD_PART(struct org_unit)
};

#define ACCOUNT struct account_record
#define FACTS \
	RECORD_TEXT(ACCOUNT, id, "id", RECORD_REQUIRED), \
		RECORD_TEXT(ACCOUNT, name, "name", RECORD_REQUIRED), \
		RECORD_TEXT(ACCOUNT, state, "state", RECORD_REQUIRED), \
		RECORD_TEXT(ACCOUNT, path, "path", RECORD_REQUIRED), \
		RECORD_LIST(ACCOUNT, units, "units", RECORD_REQUIRED, &unit_type), \
		RECORD_OBJECT(ACCOUNT, tags, "tags", RECORD_NULLABLE)

static const struct record_field fields[] = {
	FACTS,
	RECORD_ARRAY(ACCOUNT, regions, "regions", RECORD_OPTIONAL),
	RECORD_END,
};
static const struct record_type stored_type = {
	.name = "account",
	.version = 1,
	.fields = fields,
	.identity = { "id" },
	RECORD_STORED(ACCOUNT),
};

static const struct record_field shown_fields[] = {
	FACTS,
	RECORD_ARRAY(ACCOUNT, regions, "regions", RECORD_NULLABLE),
	RECORD_END,
};
static const struct record_type shown_type = {
	.name = "account", .fields = shown_fields, RECORD_PART(ACCOUNT)
};

int account_record_read(struct store *store, const char *id, struct account_record *out,
	bool *found, struct err *err)
{
	struct store_key key = STORE_KEY(id);

	return record_get(store, STORE_ACCOUNTS, &key, &stored_type, out, found, err);
}

int account_record_put(struct store *store, const struct account_record *record, struct err *err)
{
	struct store_key key = STORE_KEY(record->id);

	return record_put(store, STORE_ACCOUNTS, &key, &stored_type, record, err);
}

int account_record_decode(const json_t *json, struct account_record *out, struct err *err)
{
	return record_decode(&stored_type, json, out, err);
}

void account_record_release(struct account_record *record)
{
	record_release(&stored_type, record);
}

json_t *account_record_document(const struct account_record *record)
{
	return record_encode(&shown_type, record);
}
