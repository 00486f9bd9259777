#include "ledger/desired_record.h"

#include "base/banned.h"
#include "ledger/record_read.h"
#include "ledger/record_store.h"

static const struct record_field fields[] = {
	RECORD_TEXT(struct desired_record, generation, "generation", RECORD_REQUIRED),
	RECORD_TEXT(struct desired_record, place, "place", RECORD_REQUIRED),
	RECORD_OBJECT(struct desired_record, baselines, "baselines", RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type type = {
	.name = "desired state",
	.version = 1,
	.fields = fields,
	RECORD_STORED(struct desired_record),
};

int desired_record_read(struct store *store, const char *account, struct desired_record *out,
	bool *found, struct err *err)
{
	struct store_key key = STORE_KEY(account);

	return record_get(store, STORE_DESIRED, &key, &type, out, found, err);
}

int desired_record_put(struct store *store, const char *account,
	const struct desired_record *record, struct err *err)
{
	struct store_key key = STORE_KEY(account);

	return record_put(store, STORE_DESIRED, &key, &type, record, err);
}

void desired_record_release(struct desired_record *record)
{
	record_release(&type, record);
}
