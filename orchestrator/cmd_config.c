/* config check|schema: is the configuration right, and what may stand in it. */
#include "command.h"

#include "base/banned.h"
#include "base/json.h"
#include "baselines/baseline.h"
#include "config/config.h"
#include "workplace.h"

static int check(struct invocation *invocation)
{
	struct config *config = NULL;
	struct err err = ERR_INIT;
	bool ok = workplace_load_config(invocation, &config, &err) == 0;

	if (invocation->json) {
		CLEANUP_JSON json_t *errors = json_array();

		if (!ok)
			json_array_append_new(errors, json_pack("{s:o, s:o}", "code", json_text(err.code), "message", json_text(err.message)));
		CLEANUP_JSON json_t *document = json_pack("{s:b, s:s?, s:O}", "valid", ok, "generation", ok ? config_generation(config) : NULL, "errors", errors);
		json_dumpf(document, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (ok) {
		printf("The configuration is valid (generation %.12s).\n", config_generation(config));
	}
	config_free(config);
	if (ok)
		return EXIT_FINE;
	return invocation->json ? EXIT_FAULT : command_fail(&err);
}

static int schema(void)
{
	CLEANUP_JSON json_t *document = config_schema(baseline_catalogue());

	json_dumpf(document, stdout, JSON_INDENT(2));
	putchar('\n');
	return EXIT_FINE;
}

static int run(struct invocation *invocation)
{
	const char *what = invocation->argument_count > 0 ? invocation->arguments[0] : "";
	struct err err = ERR_INIT;

	if (strcmp(what, "check") == 0)
		return check(invocation);
	if (strcmp(what, "schema") == 0)
		return schema();
	(void)err_set(&err, ERR_USAGE, "UnknownArgument", "`reeve config` takes check or schema, not '%s'", what);
	return command_fail(&err);
}

const struct command command_config = {
	.name = "config",
	.arguments = "check|schema ",
	.summary = "check the configuration; print its JSON Schema",
	.description = "check: reads the configuration and says what is wrong, where, and what to write instead.\n"
	               "schema: prints the JSON Schema, for editors.",
	.most_arguments = 1,
	.run = run,
};
