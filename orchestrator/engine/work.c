#include "engine/work.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/mem.h"

/* Without this, uthash would call exit() when it is out of memory. */
#define uthash_malloc(size) xmalloc(size)
#include <uthash.h>

#define NAME_MAX_BYTES 8192

/* The items of one account or of one cell: the first one, and the last one to which the next is
 * appended. */
struct work_group {
	char *name;
	struct work_item *first, *last;
	UT_hash_handle hh;
};

void work_init(struct work *work, bool rollback, bool force)
{
	*work = (struct work){ .rollback = rollback, .force = force };
	work->end = &work->first;
}

/* The analyzer does not see that uthash releases what it deletes. */
/* NOLINTBEGIN(clang-analyzer-unix.Malloc) */
static void release_groups(struct work_group **groups)
{
	struct work_group *group, *next;

	HASH_ITER(hh, *groups, group, next) {
		HASH_DEL(*groups, group);
		free(group->name);
		free(group);
	}
}
/* NOLINTEND(clang-analyzer-unix.Malloc) */

void work_release(struct work *work)
{
	for (struct work_item *item = work->first, *next; item != NULL; item = next) {
		next = item->next;
		change_record_release(&item->record);
		free(item);
	}
	release_groups(&work->accounts);
	release_groups(&work->cells);
	work->first = NULL;
	work->end = &work->first;
	work->count = 0;
}

static void add_cell_name(struct buf *name, const char *account, const char *region,
	const char *baseline)
{
	buf_add_format(name, "%s\x1f%s\x1f%s", account, region, baseline);
}

static struct work_group *find_group(struct work_group *groups, const char *name)
{
	struct work_group *group;

	HASH_FIND_STR(groups, name, group);
	return group;
}

/* Appends the item to the group of that name. *last is the item that was the last one before, or
 * NULL. */
static void join_group(struct work_group **groups, const char *name, struct work_item *item,
	struct work_item **last)
{
	struct work_group *group = find_group(*groups, name);

	if (group == NULL) {
		group = xcalloc(1, sizeof *group);
		group->name = xstrdup(name);
		group->first = item;
		HASH_ADD_KEYPTR(hh, *groups, group->name, strlen(group->name), group);
	}
	*last = group->last;
	group->last = item;
}

static void join_groups(struct work *work, struct work_item *item)
{
	CLEANUP_BUF struct buf cell = BUF_INIT(NAME_MAX_BYTES);
	struct work_item *before;

	join_group(&work->accounts, item->account, item, &before);
	if (before != NULL)
		before->next_in_account = item;
	add_cell_name(&cell, item->account, item->cell_region, item->baseline);
	join_group(&work->cells, cell.data, item, &before);
	if (before != NULL)
		before->next_in_cell = item;
}

int work_add(struct work *work, const json_t *record, struct err *err)
{
	struct change_record change;

	if (change_record_decode(record, &change, err) < 0)
		return -1;
	if (strlen(change.account) + strlen(change.cell_region) + strlen(change.baseline) >
		NAME_MAX_BYTES / 2) {
		(void)err_set(err, ERR_STORE, "InvalidRecord",
			"the stored record of change %s can't be used: its account, region and baseline are "
			"too long",
			change.id);
		change_record_release(&change);
		return -1;
	}
	struct work_item *item = xcalloc(1, sizeof *item);
	*item = (struct work_item){
		.record = change,
		.account = change.account,
		.cell_region = change.cell_region,
		.baseline = change.baseline,
		.resource = change.resource,
		.hash = change.hash,
	};
	*work->end = item;
	work->end = &item->next;
	work->count++;
	join_groups(work, item);
	return 0;
}

bool work_has_account(const struct work *work, const char *account)
{
	return find_group(work->accounts, account) != NULL;
}

struct work_item *work_of_account(const struct work *work, const char *account,
	const struct work_item *after)
{
	const struct work_group *group = after == NULL ? find_group(work->accounts, account) : NULL;

	return after != NULL ? after->next_in_account : group != NULL ? group->first : NULL;
}

struct work_item *work_of_cell(const struct work *work, const char *account, const char *region,
	const char *baseline, struct work_item *after)
{
	CLEANUP_BUF struct buf name = BUF_INIT(NAME_MAX_BYTES);

	if (after != NULL)
		return after->next_in_cell;
	add_cell_name(&name, account, region, baseline);
	const struct work_group *group = find_group(work->cells, name.data);
	return group != NULL ? group->first : NULL;
}
