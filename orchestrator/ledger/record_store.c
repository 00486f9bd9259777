#include "ledger/record_store.h"

#include "base/banned.h"
#include "base/json.h"
#include "ledger/record_read.h"
#include "ledger/record_write.h"
#include "store/queue.h"
#include "store/read.h"

int record_get(struct store *store, enum store_database database, const struct store_key *key,
	const struct record_type *type, void *out, bool *found, struct err *err)
{
	CLEANUP_JSON json_t *json = NULL;

	*found = false;
	memset(out, 0, type->size);
	if (store_get_json(store, database, key, &json, err) < 0)
		return -1;
	if (json != NULL && record_decode(type, json, out, err) < 0)
		return -1;
	*found = json != NULL;
	return 0;
}

int record_put(struct store *store, enum store_database database, const struct store_key *key,
	const struct record_type *type, const void *record, struct err *err)
{
	struct buf *text;

	if (!record_fits(type, record)) {
		/* The store refuses the record, and with it the whole batch that the record is part of. */
		CLEANUP_JSON json_t *json = record_encode(type, record);

		return store_put_json(store, database, key, json, err);
	}
	text = store_text(store);
	record_add_text(text, type, record);
	return store_put(store, database, key, text->data, text->length, err);
}
