#include "engine/recovery.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "ledger/journal.h"

struct recovery *recovery_new(void)
{
	return xcalloc(1, sizeof(struct recovery));
}

void recovery_free(struct recovery *recovery)
{
	struct recovery_account *entry, *next;

	if (recovery == NULL)
		return;
	HASH_ITER(hh, recovery->accounts, entry, next) {
		HASH_DEL(recovery->accounts, entry);
		json_decref(entry->records);
		free(entry);
	}
	free(recovery);
}

struct recovery_account *recovery_find(const struct recovery *recovery, const char *account)
{
	struct recovery_account *entry;

	HASH_FIND_STR(recovery->accounts, account, entry);
	return entry;
}

static void add(struct recovery *recovery, json_t *record)
{
	const char *account = json_get_string_or(record, "account", "");
	struct recovery_account *entry = recovery_find(recovery, account);

	if (entry == NULL) {
		entry = xcalloc(1, sizeof *entry);
		snprintf(entry->account, sizeof entry->account, "%s", account);
		entry->records = json_array();
		HASH_ADD_STR(recovery->accounts, account, entry);
	}
	json_array_append(entry->records, record);
}

int recovery_load(struct recovery *recovery, struct store *store, struct err *err)
{
	CLEANUP_JSON json_t *records = NULL;
	size_t index;
	json_t *record;

	if (recovery->loaded_ms != 0)
		return 0;
	if (journal_in_flight(store, &records, err) < 0)
		return -1;
	recovery->loaded_ms = clock_now_ms();
	json_array_foreach(records, index, record)
		add(recovery, record);
	return 0;
}

const json_t *recovery_holding(const struct recovery *recovery, const char *account,
	const char *cell_region, const char *baseline, const char *resource)
{
	const struct recovery_account *entry = recovery != NULL ? recovery_find(recovery, account)
															: NULL;
	size_t index;
	json_t *record;

	json_array_foreach(entry != NULL ? entry->records : NULL, index, record)
		if (strcmp(json_get_string_or(record, "cell_region", ""), cell_region) == 0 &&
			strcmp(json_get_string_or(record, "baseline", ""), baseline) == 0 &&
			strcmp(json_get_string_or(record, "resource", ""), resource) == 0)
			return record;
	return NULL;
}
