/* Lists runs, the newest first: their ids begin with the time of their start. */
#include "web/api/runs.h"

#include "store/read.h"
#include "web/api/input.h"
#include "web/api/private.h"

#include "base/banned.h"
#include "base/mem.h"
#include "ledger/run_record.h"

/* The last keys before an id, in a ring. */
struct last_keys {
	struct store_key *keys;
	size_t size, count; /* `count`: all keys that were read */
	struct store_key before;
};

static bool is_before(const struct store_key *key, const struct store_key *before)
{
	size_t shared = key->length < before->length ? key->length : before->length;
	int order = memcmp(key->bytes, before->bytes, shared);

	return order < 0 || (order == 0 && key->length < before->length);
}

static int keep_key(void *argument, const struct store_key *key, const void *value, size_t length)
{
	struct last_keys *last = argument;

	(void)value;
	(void)length;
	if (last->before.length > 0 && !is_before(key, &last->before))
		return 1;
	last->keys[last->count++ % last->size] = *key;
	return 0;
}

void api_runs_release(struct api_runs *runs)
{
	for (size_t i = 0; i < runs->count; i++)
		run_record_release(&runs->items[i]);
	free(runs->items);
	*runs = (struct api_runs){ NULL };
}

/* Appends the run at the key. A run that retention has removed meanwhile is skipped; a record that
 * is not understood is an error. */
static int add_run(struct store *store, const struct store_key *key, struct api_runs *runs,
	struct err *err)
{
	char id[RUN_ID_SIZE];
	bool found;

	if (store_key_part(key, 0, id, sizeof id) < 0)
		return 0; /* no run has such a key */
	if (run_record_read(store, id, &runs->items[runs->count], &found, err) < 0)
		return -1;
	runs->count += found;
	return 0;
}

int api_latest_runs(struct store *store, size_t limit, const char *before, struct api_runs *runs,
	bool *more, struct err *err)
{
	struct last_keys last = { .size = limit, .before = { .length = 0 } };
	int result;

	if (before != NULL)
		last.before = STORE_KEY(before);
	last.keys = xcalloc(limit, sizeof *last.keys);
	*runs = (struct api_runs){ .items = xcalloc(limit, sizeof *runs->items) };
	result = store_each(store, STORE_RUNS, NULL, keep_key, &last, err);
	*more = last.count > limit;
	for (size_t i = 0; result == 0 && i < limit && i < last.count; i++)
		result = add_run(store, &last.keys[(last.count - 1 - i) % limit], runs, err);
	free(last.keys);
	if (result < 0)
		api_runs_release(runs);
	return result;
}

json_t *api_runs_document(const struct api_runs *runs, size_t most)
{
	json_t *list = json_array();

	for (size_t i = 0; i < runs->count && i < most; i++)
		json_array_append_new(list, run_record_document(&runs->items[i]));
	return list;
}

MAY_YIELD int api_list_runs(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	CLEANUP_RUNS struct api_runs runs = { NULL };
	struct api_page page;
	bool more;

	if (api_page(request, &page, err) < 0 || api_check_id(API_ID_RUN, page.after, err) < 0 ||
		api_latest_runs(api_engine(request)->store, page.limit, page.after, &runs, &more, err) < 0)
		return -1;
	api_answer_page(response, "runs", api_runs_document(&runs, page.limit),
		more && runs.count > 0 ? runs.items[runs.count - 1].id : NULL);
	return 0;
}

int api_get_run(const struct api_request *request, struct api_response *response, struct err *err)
{
	const char *id = request->parameters[0];
	struct run_record record;
	bool found;

	if (api_check_id(API_ID_RUN, id, err) < 0 ||
		run_record_read(api_engine(request)->store, id, &record, &found, err) < 0)
		return -1;
	if (!found)
		return api_not_found(err, "run", id);
	api_answer(response, "run", run_record_document(&record));
	run_record_release(&record);
	return 0;
}
