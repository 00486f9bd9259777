/* Reads and checks the parameters of a request; makes the JSON of answers. */
#include "web/api/input.h"

#include "web/api/private.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "engine/run.h"

const struct engine *api_engine(const struct api_request *request)
{
	return request->host->engine(request->host->daemon);
}

/* --- ids --- */

#define DIGITS "0123456789"
#define HEX DIGITS "abcdef"
#define LETTERS "abcdefghijklmnopqrstuvwxyz"

struct id_form {
	const char *what, *prefix, *characters; /* `characters`: those allowed after the prefix */
	size_t least, most;
	bool prefix_optional;
	const char *help;
};

static const struct id_form id_forms[] = {
	[API_ID_ACCOUNT] = { "an account", "", DIGITS, 12, 12, false, "12 digits" },
	[API_ID_REGION] = { "a region", "", LETTERS DIGITS "-", 1, 32, false,
		"a region such as eu-west-1, or global" },
	[API_ID_BASELINE] = { "a baseline", "", LETTERS DIGITS ".-", 1, 96, false,
		"an id such as s3.account-public-access-block" },
	[API_ID_CHANGE] = { "a change", "c-", HEX, 16, 16, false, "c- and 16 hexadecimal digits" },
	[API_ID_RUN] = { "a run", "", HEX "TZ.-", 1, RUN_ID_SIZE - 1, false,
		"an id such as 20261124T080000.000Z-0a1b2c3d" },
	[API_ID_APPROVAL] = { "an approval", "a-", HEX, 1, 12, true,
		"a- and up to 12 hexadecimal digits" },
	[API_ID_EXCEPTION] = { "an exception", "x-", HEX, 16, 16, false,
		"x- and 16 hexadecimal digits" },
};

int api_check_id(enum api_id kind, const char *text, struct err *err)
{
	const struct id_form *form = &id_forms[kind];
	const char *rest = text;

	if (text == NULL)
		return 0;
	if (strncmp(text, form->prefix, strlen(form->prefix)) == 0)
		rest = text + strlen(form->prefix);
	else if (!form->prefix_optional)
		rest = "";
	size_t length = strlen(rest);
	if (length >= form->least && length <= form->most && strspn(rest, form->characters) == length)
		return 0;
	return err_set(err, ERR_USAGE, "InvalidId", "'%.64s' is not the id of %s; such an id is %s",
		text, form->what, form->help);
}

/* --- the query --- */

const char *api_text(const struct api_request *request, const char *name)
{
	return json_get_string(request->query, name);
}

bool api_flag(const struct api_request *request, const char *name)
{
	const json_t *value = json_object_get(request->query, name);

	return json_is_true(value) ||
		(json_is_string(value) && strcmp(json_string_value(value), "true") == 0);
}

static int64_t api_integer(const struct api_request *request, const char *name, int64_t otherwise)
{
	const json_t *value = json_object_get(request->query, name);
	const char *text = json_string_value(value);
	char *end;

	if (json_is_integer(value))
		return json_integer_value(value);
	if (text == NULL || text[0] == '\0')
		return otherwise;
	int64_t number = strtoll(text, &end, 10);
	return *end == '\0' ? number : -1;
}

int api_page(const struct api_request *request, struct api_page *page, struct err *err)
{
	int64_t limit = api_integer(request, "limit", API_PAGE_DEFAULT);

	if (limit < 1 || limit > API_PAGE_MOST)
		return err_set(err, ERR_USAGE, "InvalidLimit", "limit must be a number from 1 to %d",
			API_PAGE_MOST);
	*page = (struct api_page){ .limit = (size_t)limit, .after = api_text(request, "after") };
	if (page->after != NULL && page->after[0] == '\0')
		page->after = NULL;
	return page->after != NULL && strlen(page->after) > API_AFTER_MAX ? api_bad_after(err) : 0;
}

int api_bad_after(struct err *err)
{
	return err_set(err, ERR_USAGE, "InvalidCursor",
		"after must be the \"next\" of an earlier page, and its record must still exist; begin "
		"again without it");
}

int api_time(const char *name, const char *text, int64_t *ms, struct err *err)
{
	*ms = 0;
	if (text == NULL || clock_parse_rfc3339(text, ms) == 0)
		return 0;
	return err_set(err, ERR_USAGE, "InvalidTime",
		"%s takes a time such as 2026-11-24T08:00:00Z, not '%.64s'", name, text);
}

int api_reason(const struct api_request *request, const char *name, const char **out,
	struct err *err)
{
	*out = json_get_string(request->body, name);
	if (*out == NULL || strlen(*out) <= API_REASON_MAX)
		return 0;
	return err_set(err, ERR_USAGE, "TextTooLong", "%s has %zu bytes; the most is %d", name,
		strlen(*out), API_REASON_MAX);
}

/* --- answers --- */

void api_answer_page(struct api_response *response, const char *name, json_t *list,
	const char *next)
{
	response->json = json_pack("{s:o, s:o}", name, list, "next",
		json_text(next != NULL && next[0] != '\0' ? next : NULL));
}

void api_answer(struct api_response *response, const char *name, json_t *value)
{
	response->json = json_pack("{s:o}", name, value);
}

int api_refuse(struct api_response *response, int status, const char *code, const char *message)
{
	response->status = status;
	response->json =
		json_pack("{s:{s:s, s:o}}", "error", "code", code, "message", json_text(message));
	return 0;
}

int api_not_found(struct err *err, const char *what, const char *id)
{
	return err_set(err, ERR_USAGE, "NotFound", "there is no %s %.96s", what, id);
}

static int recode(struct err *err, const char *code, enum err_kind kind, const char *new_code)
{
	if (strcmp(err->code, code) == 0) {
		err->kind = kind;
		if (new_code != NULL)
			snprintf(err->code, sizeof err->code, "%s", new_code);
	}
	return -1;
}

int api_as_not_found(struct err *err, const char *code)
{
	return recode(err, code, ERR_USAGE, "NotFound");
}

int api_as_conflict(struct err *err, const char *code)
{
	return recode(err, code, ERR_LIMIT, NULL);
}

int api_page_of_list(const json_t *list, const struct api_page *page, json_t **out,
	const char **next, struct err *err)
{
	size_t count = json_array_size(list), from = 0;

	if (page->after != NULL) {
		while (from < count &&
			strcmp(json_get_string_or(json_array_get(list, from), "id", ""), page->after) != 0)
			from++;
		if (from++ == count)
			return api_bad_after(err);
	}
	*out = json_array();
	*next = NULL;
	for (size_t i = from; i < count && i < from + page->limit; i++)
		json_array_append(*out, json_array_get(list, i));
	if (count > from + page->limit)
		*next = json_get_string(json_array_get(list, from + page->limit - 1), "id");
	return 0;
}
