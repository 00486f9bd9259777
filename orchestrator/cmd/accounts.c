/* accounts: walks the organization and prints the OU tree with each account's state, scope and
 * enabled regions. */
#include "cmd/command.h"

#include "base/banned.h"
#include "base/count.h"
#include "base/json.h"
#include "base/mem.h"
#include "cmd/fail.h"
#include "cmd/terminal.h"
#include "cmd/workplace.h"
#include "engine/account_list.h"

static json_t *account_document(const struct listed_account *surveyed)
{
	json_t *json = account_to_json(surveyed->account);

	json_object_set_new(json, "in_scope", json_boolean(surveyed->in_scope));
	json_object_set(json, "regions", surveyed->regions != NULL ? surveyed->regions : json_null());
	if (surveyed->failure.kind != ERR_NONE)
		json_object_set_new(json, "cause",
			json_pack("{s:o, s:o}", "code", json_text(surveyed->failure.code), "message",
				json_text(surveyed->failure.message)));
	return json;
}

static void print_json(const struct account_list *survey)
{
	json_t *accounts = json_array();

	for (size_t i = 0; i < survey->count; i++)
		json_array_append_new(accounts, account_document(&survey->accounts[i]));
	CLEANUP_JSON json_t *document = json_pack("{s:{s:s, s:s, s:I}, s:o}", "organization", "id",
		survey->organization->id, "management_account", survey->organization->management_account_id,
		"accounts", (json_int_t)survey->count, "accounts", accounts);
	print_document(stdout, document);
}

static void print_account(const struct listed_account *surveyed, size_t indent)
{
	const struct account *account = surveyed->account;

	printf("%*s%s  ", (int)indent, "", account->id);
	print_text(stdout, account->name, 32, true);
	printf("  %s%-10s%s", colour_on(stdout, account_is_active(account) ? COLOUR_GREEN : COLOUR_DIM),
		account->state, colour_off(stdout));
	if (!surveyed->in_scope) {
		printf("  %sout of scope%s\n", colour_on(stdout, COLOUR_DIM), colour_off(stdout));
	} else if (surveyed->regions != NULL) {
		printf("  in scope, %s\n", count_of(json_array_size(surveyed->regions), "region"));
	} else {
		printf("  %sin scope, regions unknown:%s ", colour_on(stdout, COLOUR_MAGENTA),
			colour_off(stdout));
		print_text(stdout, surveyed->failure.message, 160, false);
		putchar('\n');
	}
}

static void print_unit(const struct account_list *survey, const struct organizational_unit *unit)
{
	size_t indent = 2 * unit->depth;

	printf("%*s%s", (int)indent, "", colour_on(stdout, COLOUR_BOLD));
	print_text(stdout, unit->name, 0, false);
	printf("%s  %s%s%s\n", colour_off(stdout), colour_on(stdout, COLOUR_DIM), unit->id,
		colour_off(stdout));
	for (size_t i = 0; i < survey->count; i++)
		if (survey->accounts[i].account->parent == unit)
			print_account(&survey->accounts[i], indent + 2);
	for (const struct organizational_unit *child = survey->organization->units; child != NULL;
		child = child->next)
		if (child->parent == unit)
			print_unit(survey, child); /* the recursion is at most ORGANIZATION_MAX_DEPTH deep */
}

static void print_tree(const struct account_list *survey)
{
	size_t in_scope = 0;

	for (size_t i = 0; i < survey->count; i++)
		in_scope += survey->accounts[i].in_scope;
	printf("organization %s, management account %s\n", survey->organization->id,
		survey->organization->management_account_id);
	print_unit(survey, survey->organization->units);
	printf("\n%s in scope\n", count_among(in_scope, survey->count, "account"));
}

static int exit_status(const struct account_list *survey)
{
	for (size_t i = 0; i < survey->count; i++)
		if (survey->accounts[i].failure.kind != ERR_NONE)
			return EXIT_UNKNOWN;
	return EXIT_FINE;
}

static int run(struct invocation *invocation)
{
	struct workplace workplace;
	struct account_list survey = { 0 };
	struct err err = ERR_INIT;
	int status = EXIT_FAULT;

	if (workplace_open(&workplace, invocation, NULL, &err) < 0 ||
		account_list_read(&workplace.engine, &invocation->selection, &survey, &err) < 0) {
		command_fail(&err);
	} else {
		if (invocation->json)
			print_json(&survey);
		else
			print_tree(&survey);
		status = exit_status(&survey);
	}
	account_list_release(&survey);
	(void)!workplace_close(&workplace, &err);
	return status;
}

const struct command command_accounts = {
	.name = "accounts",
	.arguments = "",
	.summary = "print the OU tree with each account's state, scope and regions",
	.description = "Walks the organization and assumes the role in each account in scope to ask "
				   "for its enabled regions. Run this command first, once the roles exist. The "
				   "exit status is 3 when the role of some account can't be assumed.",
	.options = OPTIONS_SELECTORS,
	.run = run,
};
