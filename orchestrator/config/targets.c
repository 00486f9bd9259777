/* Visits every target that the configuration names. */
#include "config/targets.h"

#include "config/internal.h"
#include "config/values.h"

#include "base/banned.h"
#include "base/json.h"

struct visit {
	void (*each)(void *user, const char *pointer, const char *target);
	void *user;
};

/* Reports the target at the JSON pointer FORMAT, with `prefix` before its text; does nothing when
 * `text` is NULL. */
static void visit_one(const struct visit *visit, const char *prefix, const char *text,
	const char *format, ...) PRINTF_LIKE(4, 5);

static void visit_one(const struct visit *visit, const char *prefix, const char *text,
	const char *format, ...)
{
	char pointer[96];
	struct buf target;
	va_list args;

	if (text == NULL)
		return;
	va_start(args, format);
	vsnprintf(pointer, sizeof pointer, format, args);
	va_end(args);
	buf_init(&target, SIZE_MAX);
	buf_add_format(&target, "%s%s", prefix, text);
	visit->each(visit->user, pointer, target.data);
	buf_release(&target);
}

static void visit_scope(const struct visit *visit, const json_t *scope)
{
	static const char *const lists[] = { "include", "exclude" };
	size_t index;
	json_t *item;

	for (size_t i = 0; i < ARRAY_LENGTH(lists); i++) {
		json_array_foreach(json_object_get(scope, lists[i]), index, item)
			visit_one(visit, "", json_string_value(item), "/scope/%s/%zu", lists[i], index);
	}
	json_array_foreach(json_object_get(scope, "regions"), index, item)
		visit_one(visit, "", json_get_string(item, "target"), "/scope/regions/%zu/target", index);
}

static void visit_assignments(const struct visit *visit, const struct config *config,
	const char *section)
{
	size_t index;
	json_t *item;

	json_array_foreach(config_get(config, section), index, item)
		visit_one(visit, "", json_get_string(item, "assign"), "/%s/%zu/assign", section, index);
}

void config_each_target(const struct config *config,
	void (*each)(void *user, const char *pointer, const char *target), void *user)
{
	static const char *const target_lists[] = { "rollout", "windows" };
	const struct visit visit = { each, user };
	size_t index, i;
	json_t *item, *target;

	visit_scope(&visit, config_get(config, "scope"));
	visit_assignments(&visit, config, "baselines");
	visit_assignments(&visit, config, "tiers");
	json_array_foreach(config_get(config, "exceptions"), index, item) {
		const char *account = json_get_string(item, "account");

		if (account != NULL && strcmp(account, "*") != 0)
			visit_one(&visit, "account:", account, "/exceptions/%zu/account", index);
		visit_one(&visit, "ou:", json_get_string(item, "ou"), "/exceptions/%zu/ou", index);
		visit_one(&visit, "tag:", json_get_string(item, "tag"), "/exceptions/%zu/tag", index);
	}
	for (size_t list = 0; list < ARRAY_LENGTH(target_lists); list++) {
		json_array_foreach(config_get(config, target_lists[list]), index, item) {
			json_array_foreach(json_object_get(item, "targets"), i, target)
				visit_one(&visit, "", json_string_value(target), "/%s/%zu/targets/%zu",
					target_lists[list], index, i);
		}
	}
}
