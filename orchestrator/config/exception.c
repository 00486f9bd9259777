/* Exceptions: the resources that are exempt, and until when. */
#include "config/exception.h"

#include "config/catalogue.h"
#include "config/checks.h"
#include "config/internal.h"
#include "config/sections.h"
#include "config/target.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"

bool glob_matches(const char *glob, const char *text)
{
	const char *star = NULL, *resume = NULL;

	/* Only the last "*" is ever retried, so the work is at most the product of the two lengths. */
	while (*text != '\0') {
		if (*glob == '*') {
			star = glob++;
			resume = text;
		} else if (*glob == '?' || *glob == *text) {
			glob++;
			text++;
		} else if (star != NULL) {
			glob = star + 1;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return *glob == '\0';
}

static bool is_glob(const char *text)
{
	return strpbrk(text, "*?") != NULL;
}

/* Checks what the rows can't: that the exception names whom it is for, and that its baseline
 * exists. */
static void check_exception(const struct config *config, const json_t *given,
	const json_t *resolved, const struct where *where, struct complaints *complaints)
{
	const struct where place = { .up = where, .key = "baseline" };
	const char *baseline = json_get_string(resolved, "baseline");
	bool known = false;

	if (json_get_string(given, "account") == NULL && json_get_string(given, "ou") == NULL &&
		json_get_string(given, "tag") == NULL)
		complain(complaints, where, "MissingKey",
			"names no account: it must have \"account\" (an id, or \"*\" for every account), "
			"\"ou\" or \"tag\"");
	if (baseline == NULL)
		return;
	if (!is_glob(baseline)) {
		(void)entry_number(config, baseline, &place, complaints);
		return;
	}
	for (size_t i = 0; i < config->catalogue->count; i++)
		known |= glob_matches(baseline, config->catalogue->entries[i].id);
	if (!known)
		complain(complaints, &place, "UnknownBaseline",
			"no baseline matches %s; `reeve baselines` lists the known ones", quote(baseline).text);
}

/* The values of "ou" and "tag" are written without the "ou:" or "tag:" of a target. */
static char *prefixed(const char *prefix, const char *text)
{
	return text != NULL ? xasprintf("%s%s", prefix, text) : NULL;
}

static void exception_init(struct exception *exception, const json_t *value)
{
	*exception =
		(struct exception){ .value = value, .expires_ms = config_exception_expires_ms(value) };
	exception->account = json_get_string_or(value, "account", "");
	exception->region = json_get_string_or(value, "region", "");
	exception->resource = json_get_string_or(value, "resource", "");
	exception->unit = prefixed("ou:", json_get_string(value, "ou"));
	exception->tag = prefixed("tag:", json_get_string(value, "tag"));
}

static void exception_release(struct exception *exception)
{
	free(exception->unit);
	free(exception->tag);
}

int64_t config_exception_expires_ms(const json_t *exception)
{
	const char *expires = json_get_string(exception, "expires");
	int64_t expires_ms;

	/* An exception whose end can't be parsed counts as expired. */
	return expires != NULL && parse_expiry(expires, &expires_ms) == 0 ? expires_ms : INT64_MIN;
}

/* Returns whether the exception covers the resource, apart from its baseline and its end. The cheap
 * comparisons come first. */
static bool covers(const struct exception *exception, const struct org_place *place,
	const char *region, const char *resource)
{
	return (strcmp(exception->account, "*") == 0 ||
			   strcmp(exception->account, place->account) == 0) &&
		glob_matches(exception->region, region) && glob_matches(exception->resource, resource) &&
		(exception->unit == NULL || target_matches(exception->unit, place)) &&
		(exception->tag == NULL || target_matches(exception->tag, place));
}

static void add_number(struct exception_list *list, size_t number)
{
	if ((list->count & (list->count - 1)) == 0)
		list->numbers =
			xrealloc(list->numbers, (list->count ? 2 * list->count : 1) * sizeof *list->numbers);
	list->numbers[list->count++] = number;
}

void exceptions_build(struct config *config, const json_t *given, struct complaints *complaints)
{
	const struct where top = { .up = NULL }, section = { .up = &top, .key = "exceptions" };
	struct exceptions *exceptions = &config->exceptions;
	json_t *items = json_object_get(config->sections, "exceptions"), *item;
	size_t number;

	exceptions->count = json_array_size(items);
	exceptions->items = xcalloc(exceptions->count, sizeof *exceptions->items);
	exceptions->entry_count = config->catalogue->count;
	exceptions->by_entry = xcalloc(exceptions->entry_count, sizeof *exceptions->by_entry);
	json_array_foreach(items, number, item) {
		const struct where where = { .up = &section, .index = number };
		const char *baseline = json_get_string_or(item, "baseline", "");

		if (json_is_object(json_array_get(given, number)))
			check_exception(config, json_array_get(given, number), item, &where, complaints);
		exception_init(&exceptions->items[number], item);
		for (size_t i = 0; i < exceptions->entry_count; i++)
			if (glob_matches(baseline, config->catalogue->entries[i].id))
				add_number(&exceptions->by_entry[i], number);
	}
}

void exceptions_release(struct exceptions *exceptions)
{
	for (size_t i = 0; i < exceptions->count; i++)
		exception_release(&exceptions->items[i]);
	for (size_t i = 0; i < exceptions->entry_count; i++)
		free(exceptions->by_entry[i].numbers);
	free(exceptions->by_entry);
	free(exceptions->items);
	*exceptions = (struct exceptions){ 0 };
}

const json_t *config_exception(const struct config *config, const struct org_place *place,
	const char *region, const char *baseline, const char *resource, int64_t now_ms)
{
	const struct exceptions *exceptions = &config->exceptions;
	long entry = entry_number(config, baseline, NULL, NULL);

	for (size_t i = 0; entry >= 0 && i < exceptions->by_entry[entry].count; i++) {
		const struct exception *exception =
			&exceptions->items[exceptions->by_entry[entry].numbers[i]];

		if (now_ms < exception->expires_ms && covers(exception, place, region, resource))
			return exception->value;
	}
	return NULL;
}

int config_exception_resolve(const struct catalogue *catalogue, const json_t *given, json_t **out,
	struct err *err)
{
	const struct where top = { .up = NULL };
	struct config config = { .catalogue = catalogue, .entry_numbers = json_object() };
	struct complaints complaints;
	json_t *resolved = json_object();

	for (size_t i = 0; i < catalogue->count; i++)
		json_object_set_new(config.entry_numbers, catalogue->entries[i].id,
			json_integer((json_int_t)i));
	complaints_init_first(&complaints, err);
	settings_collect(section_find("exceptions")->rows, given, &top, true, &complaints, resolved);
	if (complaints.count == 0)
		check_exception(&config, given, resolved, &top, &complaints);
	json_decref(config.entry_numbers);
	if (complaints.count > 0) {
		json_decref(resolved);
		return -1;
	}
	*out = resolved;
	return 0;
}

bool config_exception_covers(const json_t *value, const struct org_place *place, const char *region,
	const char *baseline, const char *resource, int64_t now_ms)
{
	struct exception exception;
	bool result;

	exception_init(&exception, value);
	result = now_ms < exception.expires_ms &&
		glob_matches(json_get_string_or(value, "baseline", ""), baseline) &&
		covers(&exception, place, region, resource);
	exception_release(&exception);
	return result;
}
