#include "guards/windows.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/calendar/cron.h"
#include "config/calendar/zone.h"
#include "config/target.h"
#include "config/values.h"

struct window {
	const json_t *targets; /* borrowed from the configuration */
	struct cron cron;
	struct zone *zone;
	int64_t duration_ms;
};

struct windows {
	struct window *items;
	size_t count;
};

static int compile(const json_t *item, size_t number, struct window *window, struct err *err)
{
	const char *reason = "";

	window->targets = json_object_get(item, "targets");
	window->duration_ms = (int64_t)json_get_integer_or(item, "duration_minutes", 0) * 60000;
	if (zone_load(json_get_string_or(item, "time_zone", ""), &window->zone, &reason) < 0)
		return err_set(err, ERR_CONFIG, "BadValue", "/windows/%zu/time_zone: \"%s\" %s", number,
			json_get_string_or(item, "time_zone", ""), reason);
	if (cron_parse(json_get_string_or(item, "cron", ""), &window->cron, &reason) < 0)
		return err_set(err, ERR_CONFIG, "BadValue", "/windows/%zu/cron: \"%s\" %s", number,
			json_get_string_or(item, "cron", ""), reason);
	return 0;
}

int windows_new(const struct config *config, struct windows **out, struct err *err)
{
	const json_t *list = config_get(config, "windows");
	struct windows *windows = xcalloc(1, sizeof *windows);

	windows->count = json_array_size(list);
	windows->items = xcalloc(windows->count + 1, sizeof *windows->items);
	for (size_t i = 0; i < windows->count; i++) {
		if (compile(json_array_get(list, i), i, &windows->items[i], err) < 0) {
			windows_free(windows);
			return -1;
		}
	}
	*out = windows;
	return 0;
}

void windows_free(struct windows *windows)
{
	if (windows == NULL)
		return;
	for (size_t i = 0; i < windows->count; i++)
		zone_free(windows->items[i].zone);
	free(windows->items);
	free(windows);
}

static bool applies(const struct window *window, const struct org_place *place)
{
	size_t index;
	json_t *target;

	json_array_foreach((json_t *)window->targets, index, target)
		if (config_target_matches(json_string_value(target), place))
			return true;
	return false;
}

bool windows_open(const struct windows *windows, const struct org_place *place, int64_t now_ms,
	int64_t *opens_ms)
{
	bool any = windows == NULL;

	*opens_ms = INT64_MAX;
	for (size_t i = 0; windows != NULL && i < windows->count; i++) {
		const struct window *window = &windows->items[i];

		if (!applies(window, place))
			continue;
		any = true;
		/* A window is open when it began less than its duration ago. */
		if (cron_next_in(&window->cron, window->zone, now_ms - window->duration_ms) <= now_ms) {
			*opens_ms = now_ms;
			return true;
		}
		int64_t next_ms = cron_next_in(&window->cron, window->zone, now_ms);
		if (next_ms < *opens_ms)
			*opens_ms = next_ms;
	}
	if (any)
		return false;
	*opens_ms = now_ms;
	return true;
}

void windows_describe_closed(int64_t opens_ms, char why[WINDOWS_WHY_SIZE])
{
	char at[CLOCK_RFC3339_SIZE];

	if (opens_ms == INT64_MAX) {
		snprintf(why, WINDOWS_WHY_SIZE,
			"outside the change windows of the account, none of which opens again");
		return;
	}
	clock_format_rfc3339(opens_ms, at);
	snprintf(why, WINDOWS_WHY_SIZE,
		"outside the change windows of the account; the next opens at %s", at);
}
