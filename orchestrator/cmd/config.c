/* config check|schema: checks the configuration; prints its JSON Schema. */
#include "cmd/command.h"

#include "base/banned.h"
#include "base/json.h"
#include "baselines/set.h"
#include "cmd/fail.h"
#include "cmd/terminal.h"
#include "cmd/workplace.h"
#include "config/config.h"
#include "config/load.h"
#include "config/schema.h"
#include "config/values.h"

static void add_error(void *user, const struct err *err)
{
	json_array_append_new(user,
		json_pack("{s:o, s:o}", "code", json_text(err->code), "message", json_text(err->message)));
}

static void print_error(void *user, const struct err *err)
{
	(void)user;
	command_fail(err);
}

/* Reports every error, not only the first. */
static int check(struct invocation *invocation)
{
	CLEANUP_BUF struct buf text = BUF_INIT(CONFIG_MAX_BYTES);
	CLEANUP_JSON json_t *errors = json_array();
	const char *path = NULL;
	struct config *config = NULL;
	struct err err = ERR_INIT;

	if (config_read(invocation->config_path, &text, &path, &err) < 0)
		return command_fail(&err);
	size_t count = config_check(text.data, text.length, path,
		baseline_set_catalogue(invocation->baselines), invocation->json ? add_error : print_error,
		errors);
	bool ok = count == 0 &&
		config_parse(text.data, text.length, path, baseline_set_catalogue(invocation->baselines),
			&config, &err) == 0;
	if (invocation->json) {
		CLEANUP_JSON json_t *document = json_pack("{s:b, s:s?, s:O}", "valid", ok, "generation",
			ok ? config_generation(config) : NULL, "errors", errors);

		print_document(stdout, document);
	} else if (ok) {
		printf("%s is valid (generation %.12s).\n", path, config_generation(config));
	}
	config_free(config);
	return ok ? EXIT_FINE : EXIT_FAULT;
}

static int schema(struct invocation *invocation)
{
	CLEANUP_JSON json_t *document = config_schema(baseline_set_catalogue(invocation->baselines));

	print_document(stdout, document);
	return EXIT_FINE;
}

static int run(struct invocation *invocation)
{
	const char *what = invocation->argument_count > 0 ? invocation->arguments[0] : "";
	struct err err = ERR_INIT;

	if (strcmp(what, "check") == 0)
		return check(invocation);
	if (strcmp(what, "schema") == 0)
		return schema(invocation);
	(void)err_set(&err, ERR_USAGE, "UnknownArgument",
		"`reeve config` takes check or schema, not '%s'", what);
	return command_fail(&err);
}

const struct command command_config = {
	.name = "config",
	.arguments = "check|schema",
	.summary = "check the configuration; print its JSON Schema",
	.description = "check: reads the configuration and says what is wrong, where, and what to "
				   "write instead.\nschema: prints the JSON Schema, for editors.",
	.most_arguments = 1,
	.run = run,
};
