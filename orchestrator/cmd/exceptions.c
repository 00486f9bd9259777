/* exceptions [list|add|expire ID]: shows what is exempt, why and until when; adds an exception, or
 * ends one. */
#include "cmd/command.h"

#include "audit/audit.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/json.h"
#include "cmd/fail.h"
#include "cmd/invoker.h"
#include "cmd/socket.h"
#include "cmd/socket_find.h"
#include "cmd/terminal.h"
#include "cmd/workplace.h"
#include "config/values.h"
#include "guards/exceptions.h"
#include "ledger/migrations.h"
#include "store/store.h"

/* --- list --- */

static const char *or_any(const char *text)
{
	return text == NULL || strcmp(text, "*") == 0 ? NULL : text;
}

static void print_part(const char *word, const char *text)
{
	if (text == NULL)
		return;
	printf(", %s ", word);
	print_text(stdout, text, 0, false);
}

static void print_state(const json_t *item)
{
	const char *state = json_get_string_or(item, "state", "?");
	json_int_t days = json_get_integer_or(item, "days_left", 0);

	if (strcmp(state, "in_force") == 0)
		printf("%sin force%s, %s left (until %s)",
			colour_on(stdout, days <= 14 ? COLOUR_YELLOW : COLOUR_GREEN), colour_off(stdout),
			count_of(days > 0 ? (size_t)days : 0, "day"), json_get_string_or(item, "expires", "?"));
	else
		printf("%s%s%s (was until %s)", colour_on(stdout, COLOUR_DIM), state, colour_off(stdout),
			json_get_string_or(item, "expires", "?"));
}

static void print_item(const json_t *item)
{
	const char *account = or_any(json_get_string(item, "account"));
	const json_t *ended = json_object_get(item, "ended");

	printf("%s  ", json_get_string_or(item, "id", "?"));
	print_state(item);
	printf("\n    covers ");
	print_text(stdout, json_get_string_or(item, "baseline", "?"), 0, false);
	print_part("in account", account);
	print_part("in OU", json_get_string(item, "ou"));
	print_part("in accounts with tag", json_get_string(item, "tag"));
	if (account == NULL && json_get_string(item, "ou") == NULL &&
		json_get_string(item, "tag") == NULL)
		printf(", in every account");
	print_part("region", or_any(json_get_string(item, "region")));
	print_part("resource", or_any(json_get_string(item, "resource")));
	printf("\n    why: ");
	print_text(stdout, json_get_string_or(item, "reason", "?"), 0, false);
	print_part("owner", json_get_string(item, "owner"));
	print_part("ticket", json_get_string(item, "ticket"));
	printf("\n    from the %s", json_get_string_or(item, "source", "?"));
	print_part("added by", json_get_string(item, "by"));
	print_part("at", json_get_string(item, "added"));
	print_part("ended by", json_get_string(ended, "by"));
	print_part("at", json_get_string(ended, "at"));
	putchar('\n');
}

static void print_list(const struct invocation *invocation, const json_t *list)
{
	size_t index;
	json_t *item;

	if (invocation->json) {
		CLEANUP_JSON json_t *document = json_pack("{s:O}", "exceptions", list);

		print_document(stdout, document);
		return;
	}
	json_array_foreach((json_t *)list, index, item)
		print_item(item);
	if (json_array_size(list) == 0)
		printf("there are no exceptions\n");
}

static int list_by_daemon(const struct invocation *invocation, struct err *err)
{
	CLEANUP_JSON json_t *list = NULL;

	if (socket_list(invocation, "/api/v1/exceptions", "exceptions", &list, err) < 0)
		return -1;
	print_list(invocation, list);
	return 0;
}

static int list_here(const struct invocation *invocation, const struct config *config,
	struct err *err)
{
	struct store_options options = { .mode = STORE_READ };
	struct exceptions *exceptions = NULL;
	struct store *store = NULL;
	struct err close_err = ERR_INIT;

	/* Without a state folder only the configuration has exceptions. */
	if (store_open(invocation->state_folder, &options, NULL, &store, err) < 0) {
		if (!err_is(err, ERR_STORE, "Missing"))
			return -1;
		err_clear(err);
	}
	int result = exceptions_load(config, store, &exceptions, err);
	if (result == 0) {
		CLEANUP_JSON json_t *list = exceptions_list(exceptions, clock_now_ms());

		print_list(invocation, list);
	}
	exceptions_free(exceptions);
	(void)!store_close(store, &close_err);
	return result;
}

static int list_exceptions(const struct invocation *invocation, const struct config *config,
	struct err *err)
{
	struct err unused = ERR_INIT;

	/* Where there is neither a daemon nor a state folder, list_here lists the configuration's. */
	return socket_route(invocation, FOLDER_READ, &unused) > 0 ? list_by_daemon(invocation, err)
															  : list_here(invocation, config, err);
}

/* --- add, expire --- */

static int take_one(json_t *given, const char *key, const json_t *values, struct err *err)
{
	if (json_array_size(values) > 1)
		return err_set(err, ERR_USAGE, "OnlyOne",
			"an exception takes one --%s; add an exception for each", key);
	if (json_array_size(values) == 1)
		json_object_set(given, key, json_array_get(values, 0));
	return 0;
}

static void take_text(json_t *given, const char *key, const char *text)
{
	if (text != NULL)
		json_object_set_new(given, key, json_text(text));
}

/* Makes the exception that the options describe, in the form of the configuration. */
static int given_of(const struct invocation *invocation, json_t *given, struct err *err)
{
	const struct selection *selection = &invocation->selection;

	if (take_one(given, "account", selection->accounts, err) < 0 ||
		take_one(given, "ou", selection->ous, err) < 0 ||
		take_one(given, "region", selection->regions, err) < 0 ||
		take_one(given, "baseline", selection->baselines, err) < 0)
		return -1;
	const char *ou = json_get_string(given, "ou");
	if (ou != NULL && strncmp(ou, "ou:", 3) == 0)
		json_object_set_new(given, "ou", json_string(ou + 3));
	take_text(given, "tag", invocation->tag);
	take_text(given, "resource", invocation->resource);
	take_text(given, "reason", invocation->reason);
	take_text(given, "owner", invocation->owner);
	take_text(given, "ticket", invocation->ticket);
	take_text(given, "expires", invocation->expires);
	return 0;
}

static int change(struct invocation *invocation, const struct config *config, struct store *store,
	struct audit *audit, json_t **item, struct err *err)
{
	struct exception_author author = { invoker_name(), clock_now_ms() };
	CLEANUP_JSON json_t *given = json_object();

	if (strcmp(invocation->arguments[0], "expire") == 0)
		return exceptions_end(store, audit, config, invocation->arguments[1], &author, item, err);
	return given_of(invocation, given, err) < 0
		? -1
		: exceptions_add(store, audit, config_catalogue(config), given, &author, item, err);
}

static void keep_first(int result, const struct err *failure, int *whole, struct err *err)
{
	if (result < 0 && *whole == 0) {
		*err = *failure;
		*whole = -1;
	}
}

/* Asks the daemon to add or end the exception. The caller passes in *err why the state folder could
 * not be opened; ERR_NONE when it was not tried. */
static int change_by_daemon(const struct invocation *invocation, json_t **item, struct err *err)
{
	bool expires = strcmp(invocation->arguments[0], "expire") == 0;
	CLEANUP_JSON json_t *given = json_object();
	CLEANUP_JSON json_t *answer = NULL;
	CLEANUP_BUF struct buf path = BUF_INIT(1);

	if (!expires && given_of(invocation, given, err) < 0)
		return -1;
	socket_path(&path, expires ? "/api/v1/exceptions/" : "/api/v1/exceptions",
		expires ? invocation->arguments[1] : "", "");
	if (socket_ask(invocation, expires ? "DELETE" : "POST", &path, expires ? NULL : given, &answer,
			err) < 0)
		return -1;
	*item = json_incref(json_object_get(answer, "exception"));
	return 0;
}

static int change_here(struct invocation *invocation, const struct config *config, json_t **item,
	struct err *err)
{
	struct store_options options = {
		.mode = STORE_WRITE, .holder = "exceptions", .steps = ledger_migrations
	};
	struct store *store = NULL;
	struct audit *audit = NULL;
	struct err close_err = ERR_INIT;

	if (store_open(invocation->state_folder, &options, NULL, &store, err) < 0)
		return err->kind == ERR_BUSY ? change_by_daemon(invocation, item, err) : -1;
	int result = audit_open(store, invocation->state_folder, NULL, &audit, err) < 0
		? -1
		: change(invocation, config, store, audit, item, err);
	keep_first(audit_close(audit, &close_err), &close_err, &result, err);
	keep_first(store_close(store, &close_err), &close_err, &result, err);
	return result;
}

static int change_exceptions(struct invocation *invocation, const struct config *config,
	struct err *err)
{
	CLEANUP_JSON json_t *item = NULL;

	int route = socket_route(invocation, FOLDER_WRITE, err);
	if (route < 0 ||
		(route > 0 ? change_by_daemon(invocation, &item, err)
				   : change_here(invocation, config, &item, err)) < 0)
		return -1;
	if (invocation->json) {
		print_document(stdout, item);
	} else {
		printf("exception %s %s\n", json_get_string_or(item, "id", "?"),
			strcmp(invocation->arguments[0], "add") == 0 ? "is in force" : "has ended");
	}
	return 0;
}

static int run(struct invocation *invocation)
{
	const char *what = invocation->argument_count > 0 ? invocation->arguments[0] : "list";
	bool expire = strcmp(what, "expire") == 0;
	struct config *config = NULL;
	struct err err = ERR_INIT;
	int result;

	if (strcmp(what, "list") != 0 && strcmp(what, "add") != 0 && !expire)
		result = err_set(&err, ERR_USAGE, "UnknownArgument",
			"`reeve exceptions` takes list, add or expire, not '%s'", what);
	else if (invocation->argument_count != (expire ? 2 : 1) && invocation->argument_count != 0)
		result = err_set(&err, ERR_USAGE, "WrongArguments",
			expire ? "`reeve exceptions expire` needs the id of one exception"
				   : "`reeve exceptions list` and `add` take options only");
	else if (workplace_load_config(invocation, &config, &err) < 0)
		result = -1;
	else if (strcmp(what, "list") == 0)
		result = list_exceptions(invocation, config, &err);
	else
		result = change_exceptions(invocation, config, &err);
	config_free(config);
	return result < 0 ? command_fail(&err) : EXIT_FINE;
}

const struct command command_exceptions = {
	.name = "exceptions",
	.arguments = "[list|add|expire ID]",
	.summary = "show what is exempt, why and until when; add or end an exception",
	.description =
		"list: shows the exceptions of the configuration and those that were added by command or "
		"API: whether each is in force, expired or ended, how many days are left, and what it "
		"covers.\nadd: exempts what --account, --ou or --tag, --region, --resource and --baseline "
		"select, until --expires. --reason, --owner, --expires, --baseline and one of --account, "
		"--ou and --tag are required.\nexpire ID: ends an added exception now.\nWhile `reeve "
		"serve` holds the state folder, the command asks it to add or end the exception.",
	.options = OPTIONS_WHOM | OPTIONS_REASON | OPTIONS_EXCEPTION,
	.most_arguments = 2,
	.run = run,
};
