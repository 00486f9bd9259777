/*
 * Writes to Security Hub as a run does, but without a run, for security_hub_moto.py and
 * check_ocsf.py.
 *
 * usage: security-hub-driver asff PARTITION
 *        security-hub-driver ocsf
 *        security-hub-driver import CONFIG STATE ACCOUNT
 *        security-hub-driver tell CONFIG STATE ACCOUNT
 *
 * - asff and ocsf read a finding from each line of stdin, and write its form in Security Hub as a
 *   line of stdout.
 * - import reads {"findings": […], "seen": [[REGION, BASELINE, STATUS], …]} from stdin.
 * - tell reads [{"id", "product_arn", "uid", "region", "mended", "note"}, …] from stdin.
 */
#include "audit/audit.h"
#include "aws/credentials/credentials.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/mem.h"
#include "baselines_help.h"
#include "config/values.h"
#include "engine/run.h"
#include "engine/run_cells.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "ledger/finding.h"
#include "security_hub/asff.h"
#include "security_hub/import.h"
#include "security_hub/ocsf.h"
#include "security_hub/security_hub.h"
#include "security_hub/update.h"
#include "store/queue.h"

#define NOW "2026-11-24T09:00:00Z"

struct driver {
	struct engine engine;
	struct run run;
	const char *account;
	const json_t *input;
	bool tells;
	struct err err;
};

static int convert(const char *partition)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	while ((length = getline(&line, &size, stdin)) > 0) {
		CLEANUP_JSON json_t *document = NULL;
		struct finding finding;
		struct err err = ERR_INIT;

		if (json_parse(line, (size_t)length, "stdin", &document, &err) < 0 ||
			finding_from_document(document, &finding, &err) < 0) {
			fprintf(stderr, "security-hub-driver: %s\n", err.message);
			free(line);
			return 1;
		}
		const char *first_seen = json_get_string(document, "first_seen");
		CLEANUP_JSON json_t *made = partition != NULL
			? security_hub_asff(all_baselines(), &finding, partition, first_seen, NOW)
			: security_hub_ocsf(all_baselines(), &finding, first_seen, NOW);
		CLEANUP_FREE char *text = json_to_text(made);
		puts(text);
		finding_release(&finding);
	}
	free(line);
	return 0;
}

/* Fills the store as a sweep leaves it: the account's findings, and the cells that it has seen. */
static MAY_YIELD int fill(struct driver *driver)
{
	struct store_key prefix = STORE_KEY(driver->account);
	size_t index;
	json_t *item;

	if (store_delete_prefix(driver->engine.store, STORE_FINDINGS, &prefix, &driver->err) < 0)
		return -1;
	json_array_foreach(json_object_get(driver->input, "findings"), index, item) {
		const char *id = json_get_string_or(item, "baseline", ""),
				   *region = json_get_string_or(item, "region", "");
		const struct baseline *baseline = baseline_named(id);
		struct store_key key = STORE_KEY(driver->account,
			baseline != NULL && baseline->scope == SCOPE_ACCOUNT ? REGION_GLOBAL : region, id,
			json_get_string_or(item, "resource", ""));

		json_object_set_new(item, "run", json_string(driver->run.id));
		if (store_put_json(driver->engine.store, STORE_FINDINGS, &key, item, &driver->err) < 0)
			return -1;
	}
	json_array_foreach(json_object_get(driver->input, "seen"), index, item) {
		enum status status;

		if (status_parse(json_string_value(json_array_get(item, 2)), &status) < 0 ||
			run_record_cell(&driver->run, driver->account,
				json_string_value(json_array_get(item, 0)),
				json_string_value(json_array_get(item, 1)), status, &driver->err) < 0)
			return -1;
	}
	return run_write_cells(&driver->run, &driver->err);
}

static MAY_YIELD void tell(struct driver *driver)
{
	size_t count = json_array_size(driver->input);
	struct security_hub_update *updates = xcalloc(count + 1, sizeof *updates);

	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_array_get(driver->input, i);

		updates[i] = (struct security_hub_update){
			.finding_id = json_get_string(item, "id"),
			.product_arn = json_get_string(item, "product_arn"),
			.metadata_uid = json_get_string(item, "uid"),
			.region = json_get_string(item, "region"),
			.mended = json_get_bool_or(item, "mended", false),
			.note = json_get_string(item, "note"),
		};
	}
	struct hub_run run = run_for_security_hub(&driver->run);
	security_hub_send_updates(&run, updates, count);
	free(updates);
}

static MAY_YIELD void work(void *argument)
{
	struct driver *driver = argument;
	struct hub_run run = run_for_security_hub(&driver->run);

	if (driver->tells)
		tell(driver);
	else if (fill(driver) == 0)
		security_hub_import(&run, driver->account, driver->run.own);
	if (audit_close(driver->engine.audit, driver->err.kind == ERR_NONE ? &driver->err : NULL) < 0)
		fprintf(stderr, "security-hub-driver: the audit log can't be closed\n");
}

static int open_all(struct driver *driver, const char *config_path, const char *state,
	struct config **config, struct selection *selection)
{
	const struct store_options options = { .mode = STORE_WRITE, .holder = "test" };
	struct engine *engine = &driver->engine;

	if (config_load(config_path, all_catalogue(), config, &driver->err) < 0 ||
		loop_new(NULL, &engine->loop, &driver->err) < 0 ||
		aws_new(engine->loop, NULL, credentials_resolve, &engine->aws, &driver->err) < 0 ||
		store_open(state, &options, engine->loop, &engine->store, &driver->err) < 0 ||
		audit_open(engine->store, state, NULL, &engine->audit, &driver->err) < 0)
		return -1;
	engine->config = *config;
	if (run_prepare(engine, RUN_SWEEP, selection, &driver->run, &driver->err) < 0)
		return -1;
	snprintf(driver->run.orchestrator_account, sizeof driver->run.orchestrator_account, "%s",
		driver->account);
	return fiber_spawn(engine->loop, "work", work, driver, &driver->err);
}

static int with_run(bool tells, const char *config_path, const char *state, const char *account)
{
	struct driver driver = { .account = account, .tells = tells };
	CLEANUP_JSON json_t *input = json_loadf(stdin, 0, NULL);
	struct config *config = NULL;
	struct selection selection;

	selection_init(&selection);
	driver.input = input;
	log_set_level(LOG_INFO);
	if (input != NULL && open_all(&driver, config_path, state, &config, &selection) == 0)
		loop_run(driver.engine.loop);
	if (driver.run.own != NULL)
		run_release(&driver.run);
	selection_release(&selection);
	aws_free(driver.engine.aws);
	(void)!store_close(driver.engine.store, driver.err.kind == ERR_NONE ? &driver.err : NULL);
	loop_free(driver.engine.loop);
	config_free(config);
	if (driver.err.kind != ERR_NONE)
		fprintf(stderr, "security-hub-driver: %s\n", driver.err.message);
	return input == NULL || driver.err.kind != ERR_NONE;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "asff") == 0)
		return convert(argv[2]);
	if (argc == 2 && strcmp(argv[1], "ocsf") == 0)
		return convert(NULL);
	if (argc == 5 && (strcmp(argv[1], "import") == 0 || strcmp(argv[1], "tell") == 0))
		return with_run(strcmp(argv[1], "tell") == 0, argv[2], argv[3], argv[4]);
	fprintf(stderr,
		"usage: security-hub-driver asff PARTITION | ocsf | import CONFIG STATE ACCOUNT | tell "
		"CONFIG STATE ACCOUNT\n");
	return 1;
}
