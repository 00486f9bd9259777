/* Lists the accounts that the last walk of the organization found. */
#include "web/api/accounts.h"

#include "config/scope.h"
#include "web/api/input.h"
#include "web/api/private.h"

#include "base/banned.h"
#include "base/json.h"
#include "engine/run.h"

const struct org_place *api_place(const struct account_record *account, struct api_place *storage)
{
	size_t tag_count = 0;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)account->tags, key, value) {
		if (tag_count == ARRAY_LENGTH(storage->tags))
			break;
		if (json_is_string(value))
			storage->tags[tag_count++] = (struct org_tag){ key, json_string_value(value) };
	}
	storage->place = (struct org_place){ account->id, account->units, account->units_count,
		storage->tags, tag_count };
	return &storage->place;
}

/* Returns whether the account is in scope by the configuration in force. */
static bool is_in_scope(const struct config *config, const struct account_record *record)
{
	struct api_place storage;

	return config_in_scope(config, api_place(record, &storage));
}

/* Returns the account as the API shows it. */
static json_t *shown(const struct account_record *record, bool in_scope)
{
	json_t *account = account_record_document(record);

	json_object_set_new(account, "in_scope", json_boolean(in_scope));
	return account;
}

struct listing {
	const struct config *config;
	const char *state, *scope;
	size_t limit, bytes;
	json_t *accounts;
	struct err *err; /* of a record that is not understood, with the result */
	int result;
};

static int add(void *argument, const struct store_key *key, const json_t *json, size_t bytes)
{
	struct listing *listing = argument;
	struct account_record record;

	(void)key;
	listing->result = account_record_decode(json, &record, listing->err);
	if (listing->result < 0)
		return 1;
	bool in_scope = is_in_scope(listing->config, &record);
	if ((listing->state == NULL || strcmp(record.state, listing->state) == 0) &&
		(listing->scope == NULL || (strcmp(listing->scope, "true") == 0) == in_scope)) {
		json_array_append_new(listing->accounts, shown(&record, in_scope));
		listing->bytes += bytes;
	}
	account_record_release(&record);
	return json_array_size(listing->accounts) == listing->limit || listing->bytes >= API_PAGE_BYTES;
}

MAY_YIELD int api_list_accounts(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	struct api_page page;

	if (api_page(request, &page, err) < 0 || api_check_id(API_ID_ACCOUNT, page.after, err) < 0)
		return -1;
	CLEANUP_JSON json_t *accounts = json_array();
	struct listing listing = { .config = api_engine(request)->config,
		.state = api_text(request, "state"),
		.limit = page.limit,
		.accounts = accounts,
		.err = err };
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
	if (ledger_scan(&scan, err) < 0 || listing.result < 0)
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
	struct account_record record;
	bool found;

	if (api_check_id(API_ID_ACCOUNT, id, err) < 0 ||
		account_record_read(engine->store, id, &record, &found, err) < 0)
		return -1;
	if (!found)
		return api_not_found(err, "account", id);
	api_answer(response, "account", shown(&record, is_in_scope(engine->config, &record)));
	account_record_release(&record);
	return 0;
}
