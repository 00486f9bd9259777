/* Pages of the newest records, for a list whose records are not stored in order of time. */
#include "web/api/newest.h"

#include "web/api/input.h"
#include "web/api/private.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"

int api_newest_init(struct api_newest *newest, const struct api_page *page, struct err *err)
{
	char *end;

	*newest = (struct api_newest){ .limit = page->limit, .before_ms = INT64_MAX };
	if (page->after != NULL) {
		newest->before_ms = strtoll(page->after, &end, 10);
		if (end == page->after || *end != ',' || strlen(end + 1) >= sizeof newest->before_id)
			return api_bad_after(err);
		snprintf(newest->before_id, sizeof newest->before_id, "%s", end + 1);
	}
	newest->items = xcalloc(page->limit + 1, sizeof *newest->items);
	return 0;
}

void api_newest_release(struct api_newest *newest)
{
	for (size_t i = 0; i < newest->count; i++)
		json_decref(newest->items[i].record);
	free(newest->items);
	*newest = (struct api_newest){ .limit = 0 };
}

static const char *id_of(const struct api_newest_item *item)
{
	return json_get_string_or(item->record, "id", "");
}

static bool is_newer(int64_t ms, const char *id, int64_t than_ms, const char *than_id)
{
	return ms != than_ms ? ms > than_ms : strcmp(id, than_id) > 0;
}

bool api_newest_wants(struct api_newest *newest, int64_t ms, const char *id)
{
	if (newest->before_ms != INT64_MAX && !is_newer(newest->before_ms, newest->before_id, ms, id))
		return false;
	if (newest->count < newest->limit)
		return true;
	newest->more = true;
	const struct api_newest_item *oldest = &newest->items[newest->count - 1];
	return is_newer(ms, id, oldest->ms, id_of(oldest));
}

void api_newest_add(struct api_newest *newest, int64_t ms, json_t *record)
{
	const char *id = json_get_string_or(record, "id", "");
	size_t low = 0, high = newest->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (is_newer(ms, id, newest->items[middle].ms, id_of(&newest->items[middle])))
			high = middle;
		else
			low = middle + 1;
	}
	memmove(&newest->items[low + 1], &newest->items[low],
		(newest->count - low) * sizeof *newest->items);
	newest->items[low] = (struct api_newest_item){ ms, record };
	if (++newest->count > newest->limit)
		json_decref(newest->items[--newest->count].record);
}

json_t *api_newest_list(const struct api_newest *newest, char next[96])
{
	json_t *list = json_array();

	next[0] = '\0';
	for (size_t i = 0; i < newest->count; i++)
		json_array_append(list, newest->items[i].record);
	if (newest->more && newest->count > 0) {
		const struct api_newest_item *last = &newest->items[newest->count - 1];

		snprintf(next, 96, "%lld,%.63s", (long long)last->ms, id_of(last));
	}
	return list;
}
