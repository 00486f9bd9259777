#include "engine/work.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"

void work_init(struct work *work, bool rollback, bool force)
{
	*work = (struct work){ .rollback = rollback, .force = force };
	work->end = &work->first;
}

void work_release(struct work *work)
{
	for (struct work_item *item = work->first, *next; item != NULL; item = next) {
		next = item->next;
		json_decref((json_t *)item->record);
		free(item);
	}
	work->first = NULL;
	work->end = &work->first;
	work->count = 0;
}

int work_add(struct work *work, const json_t *record, struct err *err)
{
	struct work_item found = {
		.record = record,
		.account = json_get_string(record, "account"),
		.cell_region = json_get_string(record, "cell_region"),
		.baseline = json_get_string(record, "baseline"),
		.resource = json_get_string(record, "resource"),
		.hash = json_get_string(record, "hash"),
	};

	if (found.account == NULL || found.cell_region == NULL || found.baseline == NULL || found.resource == NULL || found.hash == NULL)
		return err_set(err, ERR_STORE, "InvalidRecord", "a change's record lacks its account, cell, baseline, resource or hash");
	struct work_item *item = xmalloc(sizeof *item);
	*item = found;
	item->next = NULL;
	json_incref((json_t *)record);
	*work->end = item;
	work->end = &item->next;
	work->count++;
	return 0;
}

bool work_has_account(const struct work *work, const char *account)
{
	for (const struct work_item *item = work->first; item != NULL; item = item->next)
		if (strcmp(item->account, account) == 0)
			return true;
	return false;
}

struct work_item *work_of_cell(const struct work *work, const char *account, const char *region, const char *baseline,
                               struct work_item *after)
{
	for (struct work_item *item = after == NULL ? work->first : after->next; item != NULL; item = item->next)
		if (strcmp(item->account, account) == 0 && strcmp(item->cell_region, region) == 0 && strcmp(item->baseline, baseline) == 0)
			return item;
	return NULL;
}
