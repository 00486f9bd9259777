/* Paged listings, driven by the operation's row. */
#include "aws/client_pages.h"

#include "aws/client.h"
#include "aws/client_view.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"

enum { MAX_PAGES = 100000 };

/* Returns the value at a dotted path ("DistributionList.Items"). */
static json_t *at_path(const json_t *object, const char *path)
{
	const char *dot;

	while ((dot = strchr(path, '.')) != NULL && object != NULL) {
		object = json_object_getn(object, path, (size_t)(dot - path));
		path = dot + 1;
	}
	return json_object_get(object, path);
}

/* Finds a cycle of page tokens of any length while it keeps one of them (Brent's algorithm): the
 * kept token is replaced at each power of two. */
struct token_watch {
	char *kept;
	size_t seen, keep_at;
};

static bool repeats(struct token_watch *watch, const char *token)
{
	if (watch->kept != NULL && strcmp(watch->kept, token) == 0)
		return true;
	if (++watch->seen >= watch->keep_at) {
		free(watch->kept);
		watch->kept = xstrdup(token);
		watch->keep_at = watch->seen * 2;
	}
	return false;
}

/* Returns whether there is another page, and puts its token into *params. */
static int next_page(const struct aws_operation *operation, const json_t *output,
	struct token_watch *watch, json_t *params, struct err *err)
{
	const struct aws_paging *paging = operation->paging;
	json_t *token = at_path(output, paging->output_token);
	const char *text = json_string_value(token);

	if (paging->more_flag != NULL && !json_is_true(at_path(output, paging->more_flag)))
		return 0;
	if (text == NULL || *text == '\0') {
		if (paging->more_flag == NULL)
			return 0;
		return err_set(err, ERR_PROTOCOL, "NoToken",
			"%s %s says that there is another page, but gives no token for it",
			operation->service->id, operation->name);
	}
	if (repeats(watch, text))
		return err_set(err, ERR_PROTOCOL, "RepeatedToken", "%s %s gives the same page token again",
			operation->service->id, operation->name);
	json_object_set(params, paging->input_token, token);
	return 1;
}

static json_t *first_params(const struct aws_paging *paging, json_t *given)
{
	json_t *params = given != NULL ? json_copy(given) : json_object();

	if (paging != NULL && paging->limit_key != NULL && paging->limit > 0 &&
		json_object_get(params, paging->limit_key) == NULL)
		json_object_set_new(params, paging->limit_key, json_integer(paging->limit));
	return params;
}

int aws_read_pages(struct aws_reader *reader, const struct aws_call *call,
	int (*page)(void *argument, const json_t *output, struct err *err), void *argument,
	struct err *err)
{
	const struct aws_paging *paging = call->operation->paging;
	json_t *params CLEANUP_JSON = first_params(paging, call->params);
	struct token_watch watch = { .keep_at = 1 };
	int more = 1;

	json_decref(call->params);
	for (size_t i = 0; more > 0; i++) {
		struct aws_call one = *call;
		json_t *output CLEANUP_JSON = NULL;

		if (i == MAX_PAGES) {
			more = err_set(err, ERR_LIMIT, "TooManyPages", "%s %s has more than %d pages",
				call->operation->service->id, call->operation->name, MAX_PAGES);
			break;
		}
		one.params = json_incref(params);
		more = aws_read(reader, &one, &output, err);
		if (more < 0)
			break;
		int verdict = page(argument, output, err);
		if (verdict != 0) {
			more = verdict < 0 ? -1 : 0;
			break;
		}
		more = paging == NULL ? 0 : next_page(call->operation, output, &watch, params, err);
	}
	free(watch.kept);
	return more < 0 ? -1 : 0;
}

struct gathering {
	const struct aws_operation *operation;
	size_t max_items;
	json_t *items;
};

static int gather(void *argument, const json_t *output, struct err *err)
{
	struct gathering *gathering = argument;
	const json_t *list = at_path(output, gathering->operation->paging->result_key);

	if (json_array_size(gathering->items) + json_array_size(list) > gathering->max_items)
		return err_set(err, ERR_LIMIT, "TooManyItems", "%s %s lists more than %zu items",
			gathering->operation->service->id, gathering->operation->name, gathering->max_items);
	if (json_is_array(list))
		json_array_extend(gathering->items, (json_t *)list);
	return 0;
}

int aws_read_all(struct aws_reader *reader, const struct aws_call *call, size_t max_items,
	json_t **items, struct err *err)
{
	struct gathering gathering = { .operation = call->operation, .max_items = max_items };

	if (call->operation->paging == NULL || call->operation->paging->result_key == NULL) {
		json_decref(call->params);
		return err_set(err, ERR_UNDECLARED, "NotPaged",
			"%s %s is not a paged listing in the operation tables", call->operation->service->id,
			call->operation->name);
	}
	gathering.items = json_array();
	if (aws_read_pages(reader, call, gather, &gathering, err) < 0) {
		json_decref(gathering.items);
		return -1;
	}
	*items = gathering.items;
	return 0;
}
