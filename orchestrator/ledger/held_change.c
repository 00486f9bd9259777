#include "ledger/held_change.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"

#define HELD "held"

int held_change_put(struct store *store, const char *hash, const char *code, const char *change,
	struct err *err)
{
	struct store_key key = STORE_KEY(HELD, hash);
	char now[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(clock_now_ms(), now);
	CLEANUP_JSON json_t *value =
		json_pack("{s:s, s:s, s:s}", "code", code, "change", change, "at", now);
	return store_put_json(store, STORE_META, &key, value, err);
}

int held_change_remove(struct store *store, const char *hash, struct err *err)
{
	struct store_key key = STORE_KEY(HELD, hash);

	return store_delete(store, STORE_META, &key, err);
}

int held_change_read(struct store *store, const char *hash, json_t **out, struct err *err)
{
	struct store_key key = STORE_KEY(HELD, hash);

	return store_get_json(store, STORE_META, &key, out, err);
}
