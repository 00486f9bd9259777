/* Lists, adds and ends exceptions. */
#include "web/api/private.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "config/values.h"
#include "guards/exceptions.h"
#include "web/api/input.h"

int api_list_exceptions(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	const char *state = api_text(request, "state"), *next;
	json_t *list = NULL, *item;
	struct api_page page;
	size_t index;

	if (api_page(request, &page, err) < 0 || api_check_id(API_ID_EXCEPTION, page.after, err) < 0)
		return -1;
	CLEANUP_JSON json_t *all = exceptions_list(api_engine(request)->exceptions, clock_now_ms());
	CLEANUP_JSON json_t *wanted = json_array();
	json_array_foreach(all, index, item)
		if (state == NULL || strcmp(json_get_string_or(item, "state", ""), state) == 0)
			json_array_append(wanted, item);
	if (api_page_of_list(wanted, &page, &list, &next, err) < 0)
		return -1;
	api_answer_page(response, "exceptions", list, next);
	return 0;
}

/* Asks the running process to load the changed exceptions, and answers with the exception. */
static MAY_YIELD int follow(const struct api_request *request, json_t *item, const char *done,
	struct api_response *response, struct err *err)
{
	if (request->host->exceptions_changed(request->host->daemon, err) < 0) {
		(void)err_prefix(err,
			"exception %s %s, but the daemon could not load it; reload its configuration or "
			"restart it",
			json_get_string_or(item, "id", "?"), done);
		json_decref(item);
		return -1;
	}
	api_answer(response, "exception", item);
	return 0;
}

static int check_lengths(const json_t *given, struct err *err)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)given, key, value)
		if (json_string_length(value) > API_REASON_MAX)
			return err_set(err, ERR_USAGE, "TextTooLong", "%.32s has %zu bytes; the most is %d",
				key, json_string_length(value), API_REASON_MAX);
	return 0;
}

MAY_YIELD int api_add_exception(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	const struct engine *engine = api_engine(request);
	struct exception_author author = { request->person->name, clock_now_ms() };
	json_t *item = NULL;

	if (request->body == NULL)
		return err_set(err, ERR_USAGE, "MissingBody",
			"an exception is a JSON object with the same keys as in the configuration");
	if (check_lengths(request->body, err) < 0 ||
		exceptions_add(engine->store, engine->audit, config_catalogue(engine->config),
			request->body, &author, &item, err) < 0)
		return -1;
	return follow(request, item, "is on record", response, err);
}

MAY_YIELD int api_end_exception(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	const struct engine *engine = api_engine(request);
	struct exception_author author = { request->person->name, clock_now_ms() };
	const char *id = request->parameters[0];
	json_t *item = NULL;

	if (api_check_id(API_ID_EXCEPTION, id, err) < 0)
		return -1;
	if (exceptions_end(engine->store, engine->audit, engine->config, id, &author, &item, err) < 0) {
		(void)api_as_not_found(err, "UnknownException");
		(void)api_as_conflict(err, "InConfiguration");
		return api_as_conflict(err, "AlreadyEnded");
	}
	return follow(request, item, "has ended", response, err);
}
