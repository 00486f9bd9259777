#include "ledger/request_list.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"
#include "ledger/record_read.h"
#include "ledger/record_write.h"

#define STATE_KEY "state"

static const char *const state_names[] = { [REQUEST_UNREADABLE] = "unreadable" };
static const struct record_names states = { "state", state_names, ARRAY_LENGTH(state_names) };

static const struct record_field unreadable_fields[] = {
	RECORD_TEXT(struct unreadable_request, id, "id", RECORD_REQUIRED),
	RECORD_ENUM(struct unreadable_request, state, STATE_KEY, RECORD_REQUIRED, &states),
	RECORD_TEXT(struct unreadable_request, cause, "cause", RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type unreadable_type = { .name = "approval request",
	.fields = unreadable_fields,
	.identity = { "id" },
	RECORD_PART(struct unreadable_request) };

static struct request_item *new_item(struct request_list *list)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity > 0 ? 2 * list->capacity : 8;
		list->items = xrealloc(list->items, list->capacity * sizeof *list->items);
	}
	struct request_item *item = &list->items[list->count++];
	*item = (struct request_item){ 0 };
	return item;
}

void request_list_add(struct request_list *list, struct approval_request *request)
{
	new_item(list)->request = *request;
	*request = (struct approval_request){ 0 };
}

static int add_unreadable(struct request_list *list, const json_t *json, struct err *err)
{
	struct unreadable_request unreadable;

	if (record_decode(&unreadable_type, json, &unreadable, err) < 0)
		return -1;
	struct request_item *item = new_item(list);
	item->unreadable = unreadable;
	item->source = json_incref((json_t *)json);
	return 0;
}

void request_list_add_unreadable(struct request_list *list, const char *id, const char *cause)
{
	const struct unreadable_request unreadable = { id, REQUEST_UNREADABLE, cause };
	CLEANUP_JSON json_t *json = record_encode(&unreadable_type, &unreadable);

	if (add_unreadable(list, json, NULL) < 0)
		abort(); /* what was written by the table is read by it */
}

static int compare(const void *left, const void *right)
{
	const struct request_item *a = left, *b = right;

	if (a->request.requested_ms != b->request.requested_ms)
		return a->request.requested_ms < b->request.requested_ms ? -1 : 1;
	return strcmp(a->unreadable.cause != NULL ? a->unreadable.id : a->request.id,
		b->unreadable.cause != NULL ? b->unreadable.id : b->request.id);
}

void request_list_sort(struct request_list *list)
{
	if (list->count > 0)
		qsort(list->items, list->count, sizeof *list->items, compare);
}

void request_list_release(struct request_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		approval_request_release(&list->items[i].request);
		json_decref(list->items[i].source);
	}
	free(list->items);
	*list = (struct request_list){ 0 };
}

json_t *request_list_document(const struct request_list *list, int64_t now_ms)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++) {
		const struct request_item *item = &list->items[i];

		json_array_append_new(array,
			item->unreadable.cause != NULL ? json_incref(item->source)
										   : approval_request_document(&item->request, now_ms));
	}
	return array;
}

int request_list_from_document(const json_t *array, struct request_list *out, struct err *err)
{
	size_t index;
	json_t *json;

	json_array_foreach(array, index, json) {
		const char *state = json_get_string_or(json, STATE_KEY, "");
		struct approval_request request;
		int value, result;

		if (record_parse_name(&states, state, &value) == 0) {
			result = add_unreadable(out, json, err);
		} else {
			result = approval_request_from_document(json, &request, err);
			if (result == 0)
				request_list_add(out, &request);
		}
		if (result < 0) {
			request_list_release(out);
			return -1;
		}
	}
	return 0;
}
