/* baselines: lists the baselines with their settings, tiers, permissions and controls. */
#include "cmd/command.h"

#include "base/banned.h"
#include "base/json.h"
#include "baselines/names.h"
#include "baselines/set.h"
#include "cmd/fail.h"
#include "cmd/terminal.h"
#include "config/catalogue.h"

static json_t *permissions_json(const struct aws_permission *permissions)
{
	json_t *json = json_array();

	for (; permissions != NULL && permissions->action != NULL; permissions++)
		json_array_append_new(json, json_string(permissions->action));
	return json;
}

static json_t *settings_json(const struct setting *settings)
{
	json_t *json = json_object();

	for (; settings->name != NULL; settings++)
		json_object_set_new(json, settings->name,
			json_pack("{s:o, s:s}", "default",
				json_loads(settings->default_json, JSON_DECODE_ANY, NULL), "help", settings->help));
	return json;
}

static json_t *baseline_json(const struct baseline *baseline)
{
	json_t *controls = json_object();

	for (const struct control *control = baseline->controls; control->id != NULL; control++)
		json_object_set_new(controls, framework_name(control->framework), json_string(control->id));
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s?}", "id", baseline->id,
		"title", baseline->title, "rationale", baseline->rationale, "severity",
		severity_name(baseline->severity), "tier", tier_name(baseline->tier), "scope",
		scope_name(baseline->scope), "reads", permissions_json(baseline->reads), "writes",
		permissions_json(baseline->writes), "controls", controls, "settings",
		settings_json(baseline->settings), "irreversible", baseline->irreversible);
}

static void print_baseline(const struct baseline *baseline)
{
	printf("%s%s%s\n  %s\n  severity %s, tier %s, once per %s\n  %s\n",
		colour_on(stdout, COLOUR_BOLD), baseline->id, colour_off(stdout), baseline->title,
		severity_name(baseline->severity), tier_name(baseline->tier), scope_name(baseline->scope),
		baseline->rationale);
	for (const struct setting *setting = baseline->settings; setting->name != NULL; setting++)
		printf("    %-28s %s (default %s)\n", setting->name, setting->help, setting->default_json);
	for (const struct control *control = baseline->controls; control->id != NULL; control++)
		printf("    %-28s %s\n", framework_name(control->framework), control->id);
	putchar('\n');
}

static int run(struct invocation *invocation)
{
	const char *only = invocation->argument_count > 0 ? invocation->arguments[0] : NULL;
	CLEANUP_JSON json_t *all = json_array();
	struct err err = ERR_INIT;

	if (only != NULL && baseline_set_find(invocation->baselines, only) == NULL) {
		(void)err_set(&err, ERR_USAGE, "UnknownBaseline",
			"there is no baseline '%s'; `reeve baselines` lists them", only);
		return command_fail(&err);
	}
	for (size_t i = 0; i < baseline_set_count(invocation->baselines); i++) {
		const struct baseline *baseline = baseline_set_at(invocation->baselines, i);

		if (only != NULL && strcmp(baseline->id, only) != 0)
			continue;
		if (invocation->json)
			json_array_append_new(all, baseline_json(baseline));
		else
			print_baseline(baseline);
	}
	if (invocation->json) {
		CLEANUP_JSON json_t *document = json_pack("{s:O}", "baselines", all);

		print_document(stdout, document);
	}
	return EXIT_FINE;
}

const struct command command_baselines = {
	.name = "baselines",
	.arguments = "[ID]",
	.summary = "list the baselines: desired state, severity, tier and controls",
	.description = "Prints each baseline with its severity, default tier, settings and the "
				   "controls that it covers.",
	.most_arguments = 1,
	.run = run,
};
