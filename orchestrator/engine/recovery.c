#include "engine/recovery.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/mem.h"
#include "baselines/set.h"
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
		change_list_release(&entry->records);
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

static void add(struct recovery *recovery, const struct change_record *record)
{
	const char *account = record->account;
	struct recovery_account *entry = recovery_find(recovery, account);

	if (entry == NULL) {
		entry = xcalloc(1, sizeof *entry);
		snprintf(entry->account, sizeof entry->account, "%s", account);
		HASH_ADD_STR(recovery->accounts, account, entry);
	}
	change_list_add(&entry->records, record);
}

int recovery_load(struct recovery *recovery, struct store *store, struct err *err)
{
	struct change_list records = { 0 };

	if (recovery->loaded_ms != 0)
		return 0;
	int result = journal_in_flight(store, &records, err);
	if (result == 0)
		recovery->loaded_ms = clock_now_ms();
	for (size_t i = 0; i < records.count && result == 0; i++)
		add(recovery, &records.items[i]);
	change_list_release(&records);
	return result;
}

const struct change_record *recovery_holding(const struct recovery *recovery, const char *account,
	const char *cell_region, const char *baseline, const char *resource)
{
	const struct recovery_account *entry = recovery != NULL ? recovery_find(recovery, account)
															: NULL;

	for (size_t i = 0; entry != NULL && i < entry->records.count; i++) {
		const struct change_record *record = &entry->records.items[i];

		if (strcmp(record->cell_region, cell_region) == 0 &&
			strcmp(record->baseline, baseline) == 0 && strcmp(record->resource, resource) == 0)
			return record;
	}
	return NULL;
}

const struct change_record *recovery_holding_unknown(const struct recovery *recovery,
	const struct baseline_set *baselines, const char *account, const char *region,
	const char *resource)
{
	const struct recovery_account *entry = recovery != NULL ? recovery_find(recovery, account)
															: NULL;

	for (size_t i = 0; entry != NULL && i < entry->records.count; i++) {
		const struct change_record *record = &entry->records.items[i];

		if (strcmp(resource, account) != 0 && strcmp(record->resource, resource) == 0 &&
			strcmp(record->region, region) == 0 &&
			baseline_set_find(baselines, record->baseline) == NULL)
			return record;
	}
	return NULL;
}
