/* Lists the accounts that the last walk of the organization found. */
#include "web/api/accounts.h"

#include "config/scope.h"
#include "store/read.h"
#include "web/api/input.h"
#include "web/api/private.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/run.h"

const struct org_place *api_place(const json_t *account, struct account_place *storage)
{
	const json_t *units = json_object_get(account, "units"), *unit;
	size_t index, unit_count = 0, tag_count = 0;
	const char *key;
	json_t *value;

	json_array_foreach((json_t *)units, index, unit) {
		if (unit_count == ARRAY_LENGTH(storage->units))
			break;
		storage->units[unit_count++] = (struct org_unit){ json_get_string_or(unit, "id", ""),
			json_get_string_or(unit, "name", "") };
	}
	json_object_foreach(json_object_get(account, "tags"), key, value) {
		if (tag_count == ARRAY_LENGTH(storage->tags))
			break;
		if (json_is_string(value))
			storage->tags[tag_count++] = (struct org_tag){ key, json_string_value(value) };
	}
	storage->place = (struct org_place){ json_get_string_or(account, "id", ""), storage->units,
		unit_count, storage->tags, tag_count };
	return &storage->place;
}

/* The account as the API shows it; whether it is in scope follows from the configuration in force
 * now. */
static json_t *shown(const struct config *config, const json_t *record)
{
	struct account_place *storage = xmalloc(sizeof *storage); /* too large for a fiber's stack */
	const json_t *regions = json_object_get(record, "regions");
	json_t *account = json_copy((json_t *)record);

	json_object_set_new(account, "in_scope",
		json_boolean(config_in_scope(config, api_place(record, storage))));
	json_object_set(account, "regions", regions != NULL ? (json_t *)regions : json_null());
	free(storage);
	return account;
}

struct listing {
	const struct api_request *request;
	const char *state, *scope;
	size_t limit, bytes;
	json_t *accounts;
};

static int add(void *argument, const struct store_key *key, const json_t *record, size_t bytes)
{
	struct listing *listing = argument;
	CLEANUP_JSON json_t *account = shown(api_engine(listing->request)->config, record);
	bool in_scope = json_is_true(json_object_get(account, "in_scope"));

	(void)key;
	if ((listing->state != NULL &&
			strcmp(json_get_string_or(account, "state", ""), listing->state) != 0) ||
		(listing->scope != NULL && (strcmp(listing->scope, "true") == 0) != in_scope))
		return 0;
	json_array_append(listing->accounts, account);
	listing->bytes += bytes;
	return json_array_size(listing->accounts) == listing->limit || listing->bytes >= API_PAGE_BYTES;
}

MAY_YIELD int api_list_accounts(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	struct api_page page;

	if (api_page(request, &page, err) < 0 || api_check_id(API_ID_ACCOUNT, page.after, err) < 0)
		return -1;
	CLEANUP_JSON json_t *accounts = json_array();
	struct listing listing = { .request = request,
		.state = api_text(request, "state"),
		.limit = page.limit,
		.accounts = accounts };
	if (api_text(request, "in_scope") != NULL ||
		json_is_boolean(json_object_get(request->query, "in_scope")))
		listing.scope = api_flag(request, "in_scope") ? "true" : "false";
	struct ledger_scan scan = { .store = api_engine(request)->store,
		.database = STORE_ACCOUNTS,
		.records = API_PAGE_RECORDS,
		.each = add,
		.argument = &listing };
	if (page.after != NULL)
		scan.after = STORE_KEY(page.after);
	if (ledger_scan(&scan, err) < 0)
		return -1;
	char next[LEDGER_ACCOUNT_SIZE] = "";
	if (!scan.ended)
		ledger_key_part(&scan.after, 0, next, sizeof next);
	api_answer_page(response, "accounts", json_incref(accounts), next);
	return 0;
}

int api_get_account(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	const struct engine *engine = api_engine(request);
	const char *id = request->parameters[0];
	CLEANUP_JSON json_t *record = NULL;

	if (api_check_id(API_ID_ACCOUNT, id, err) < 0)
		return -1;
	struct store_key key = STORE_KEY(id);
	if (store_get_json(engine->store, STORE_ACCOUNTS, &key, &record, err) < 0)
		return -1;
	if (record == NULL)
		return api_not_found(err, "account", id);
	api_answer(response, "account", shown(engine->config, record));
	return 0;
}
