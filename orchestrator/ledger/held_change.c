#include "ledger/held_change.h"

#include "base/banned.h"
#include "base/clock.h"
#include "ledger/record_read.h"
#include "ledger/record_store.h"
#include "store/queue.h"

#define HELD "held"

static const char *const code_names[] = {
	[HELD_ROLLED_BACK] = "RolledBack",
	[HELD_DENIED] = "Denied",
};
static const struct record_names codes = { "code", code_names, ARRAY_LENGTH(code_names) };

static const struct record_field fields[] = {
	RECORD_ENUM(struct held_change, code, "code", RECORD_REQUIRED, &codes),
	RECORD_TEXT(struct held_change, change, "change", RECORD_REQUIRED),
	RECORD_TIME(struct held_change, at_ms, "at", RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type type = { .name = "held change",
	.version = 1,
	.fields = fields,
	.identity = { "change" },
	RECORD_STORED(struct held_change) };

int held_change_put(struct store *store, const char *hash, enum held_code code, const char *change,
	struct err *err)
{
	struct store_key key = STORE_KEY(HELD, hash);
	const struct held_change record = { .code = code, .change = change, .at_ms = clock_now_ms() };

	return record_put(store, STORE_META, &key, &type, &record, err);
}

int held_change_remove(struct store *store, const char *hash, struct err *err)
{
	struct store_key key = STORE_KEY(HELD, hash);

	return store_delete(store, STORE_META, &key, err);
}

int held_change_read(struct store *store, const char *hash, struct held_change *out, bool *found,
	struct err *err)
{
	struct store_key key = STORE_KEY(HELD, hash);

	return record_get(store, STORE_META, &key, &type, out, found, err);
}

void held_change_release(struct held_change *record)
{
	record_release(&type, record);
}
