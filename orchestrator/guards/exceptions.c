#include "guards/exceptions.h"

#include "audit/audit.h"
#include "aws/sigv4/sigv4.h"
#include "base/banned.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/mem.h"
#include "config/exception.h"
#include "config/values.h"
#include "ledger/exception_record.h"
#include "store/store.h"

#define EXCEPTION_BYTES 65536
#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

/* The keys of an exception in the configuration. */
static const char *const keys[] = { "account", "ou", "tag", "region", "baseline", "resource",
	"reason", "owner", "ticket", "expires" };

struct item {
	json_t *json;        /* what exceptions_covering returns */
	const char *account; /* the account it is for; "*" for every account */
	int64_t expires_ms;  /* when it ends: the expiry, or when somebody ended it, whichever comes
							first */
	int64_t added_ms;
	bool ended; /* somebody ended it before its expiry */
};

struct exceptions {
	struct item *items; /* those of the configuration, then those of the store */
	size_t count;
	const struct catalogue *catalogue; /* the configuration's, borrowed */
	size_t **by_baseline; /* for each entry of the catalogue, the numbers of those that may cover
							 it; ends with SIZE_MAX */
};

/* --- reading --- */

static void make_id(const json_t *value, char out[EXCEPTION_ID_SIZE])
{
	CLEANUP_BUF struct buf canonical = BUF_INIT(EXCEPTION_BYTES);
	char hash[65];

	json_add_canonical(&canonical, value);
	sigv4_sha256_hex(canonical.data, canonical.length, hash);
	snprintf(out, EXCEPTION_ID_SIZE, "x-%.16s", hash);
}

/* Makes the form that is shown and compared: the exception's own keys, its source, and who added
 * and ended it. */
static json_t *make_item(const char *id, const char *source, const json_t *exception,
	const struct exception_record *record)
{
	CLEANUP_JSON json_t *origin = exception_record_origin(record);
	json_t *item = json_pack("{s:s, s:s}", "id", id, "source", source);

	for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
		json_t *value = json_object_get(exception, keys[i]);

		json_object_set(item, keys[i], value != NULL ? value : json_null());
	}
	json_object_update(item, origin);
	return item;
}

static void add_item(struct exceptions *exceptions, json_t *json,
	const struct exception_record *record)
{
	exceptions->items =
		xrealloc(exceptions->items, (exceptions->count + 1) * sizeof *exceptions->items);
	struct item *item = &exceptions->items[exceptions->count++];
	*item = (struct item){ .json = json,
		.account = json_get_string_or(json, "account", ""),
		.expires_ms = config_exception_expires_ms(json),
		.added_ms = record->at_ms,
		.ended = record->ended.at_ms != 0 };
	if (item->ended && record->ended.at_ms < item->expires_ms)
		item->expires_ms = record->ended.at_ms;
}

static void take_configured(struct exceptions *exceptions, const struct config *config)
{
	const struct exception_record none = { NULL };
	char id[EXCEPTION_ID_SIZE];
	size_t index;
	json_t *exception;

	json_array_foreach((json_t *)config_get(config, "exceptions"), index, exception) {
		make_id(exception, id);
		add_item(exceptions, make_item(id, "configuration", exception, &none), &none);
	}
}

static int take_stored(void *argument, const struct exception_record *record)
{
	CLEANUP_JSON json_t *resolved = NULL;
	const struct exceptions *exceptions = argument;
	struct err err = ERR_INIT;

	if (config_exception_resolve(exceptions->catalogue, record->exception, &resolved, &err) < 0)
		log_warning("the stored exception %s has no effect: %s", record->id, err.message);
	else
		add_item(argument, make_item(record->id, "store", resolved, record), record);
	return 0;
}

static int compare_added(const void *left, const void *right)
{
	const struct item *a = left, *b = right;

	return a->added_ms < b->added_ms ? -1 : a->added_ms > b->added_ms;
}

static bool is_glob(const char *text)
{
	return strpbrk(text, "*?") != NULL;
}

/* Builds an index, so that a finding is compared with few exceptions; config_exception_covers then
 * decides. */
static void build_index(struct exceptions *exceptions)
{
	const struct catalogue *catalogue = exceptions->catalogue;

	exceptions->by_baseline = xcalloc(catalogue->count + 1, sizeof *exceptions->by_baseline);
	for (size_t b = 0; b < catalogue->count; b++) {
		size_t *numbers = xcalloc(exceptions->count + 1, sizeof *numbers), used = 0;

		for (size_t i = 0; i < exceptions->count; i++) {
			const char *baseline = json_get_string_or(exceptions->items[i].json, "baseline", "");

			if (is_glob(baseline) || strcmp(baseline, catalogue->entries[b].id) == 0)
				numbers[used++] = i;
		}
		numbers[used] = SIZE_MAX;
		exceptions->by_baseline[b] = numbers;
	}
}

int exceptions_load(const struct config *config, struct store *store, struct exceptions **out,
	struct err *err)
{
	struct exceptions *exceptions = xcalloc(1, sizeof *exceptions);

	exceptions->catalogue = config_catalogue(config);
	take_configured(exceptions, config);
	size_t configured = exceptions->count;
	if (store != NULL && exception_record_each(store, take_stored, exceptions, err) < 0) {
		exceptions_free(exceptions);
		return -1;
	}
	if (exceptions->count > configured)
		qsort(exceptions->items + configured, exceptions->count - configured,
			sizeof *exceptions->items, compare_added);
	build_index(exceptions);
	*out = exceptions;
	return 0;
}

void exceptions_free(struct exceptions *exceptions)
{
	if (exceptions == NULL)
		return;
	for (size_t i = 0; i < exceptions->count; i++)
		json_decref(exceptions->items[i].json);
	for (size_t b = 0; exceptions->by_baseline != NULL && b < exceptions->catalogue->count; b++)
		free(exceptions->by_baseline[b]);
	free(exceptions->by_baseline);
	free(exceptions->items);
	free(exceptions);
}

int exceptions_reload(struct exceptions *exceptions, const struct config *config,
	struct store *store, struct err *err)
{
	struct exceptions *fresh, old = *exceptions;

	if (exceptions_load(config, store, &fresh, err) < 0)
		return -1;
	*exceptions = *fresh;
	*fresh = old;
	exceptions_free(fresh);
	return 0;
}

/* --- asking --- */

static const size_t *numbers_of(const struct exceptions *exceptions, const char *baseline)
{
	static const size_t none[] = { SIZE_MAX };

	for (size_t b = 0; b < exceptions->catalogue->count; b++)
		if (strcmp(exceptions->catalogue->entries[b].id, baseline) == 0)
			return exceptions->by_baseline[b];
	return none;
}

const json_t *exceptions_covering(const struct exceptions *exceptions,
	const struct org_place *place, const char *region, const char *baseline, const char *resource,
	int64_t now_ms)
{
	for (const size_t *number = numbers_of(exceptions, baseline); *number != SIZE_MAX; number++) {
		const struct item *item = &exceptions->items[*number];

		if (now_ms >= item->expires_ms ||
			(strcmp(item->account, "*") != 0 && strcmp(item->account, place->account) != 0))
			continue;
		if (config_exception_covers(item->json, place, region, baseline, resource, now_ms))
			return item->json;
	}
	return NULL;
}

void exceptions_describe(const json_t *item, char out[EXCEPTION_TEXT_SIZE])
{
	snprintf(out, EXCEPTION_TEXT_SIZE, "%s: %.300s (%.64s, until %.32s)",
		json_get_string_or(item, "id", "?"), json_get_string_or(item, "reason", "?"),
		json_get_string_or(item, "owner", "?"), json_get_string_or(item, "expires", "?"));
}

bool exceptions_use_tags(const struct exceptions *exceptions)
{
	for (size_t i = 0; i < exceptions->count; i++)
		if (json_get_string(exceptions->items[i].json, "tag") != NULL)
			return true;
	return false;
}

static json_t *listed(const struct item *item, int64_t now_ms)
{
	json_t *json = json_copy(item->json);
	bool in_force = now_ms < item->expires_ms;

	json_object_set_new(json, "state",
		json_string(in_force  ? "in_force"
				: item->ended ? "ended"
							  : "expired"));
	json_object_set_new(json, "days_left",
		in_force ? json_integer((item->expires_ms - now_ms + DAY_MS - 1) / DAY_MS) : json_null());
	return json;
}

json_t *exceptions_list(const struct exceptions *exceptions, int64_t now_ms)
{
	json_t *list = json_array();

	for (size_t i = 0; i < exceptions->count; i++)
		json_array_append_new(list, listed(&exceptions->items[i], now_ms));
	return list;
}

json_t *exceptions_expired(const struct exceptions *exceptions, int64_t since_ms, int64_t now_ms)
{
	json_t *list = json_array();

	for (size_t i = 0; i < exceptions->count; i++) {
		const struct item *item = &exceptions->items[i];

		if (!item->ended && item->expires_ms >= since_ms && item->expires_ms <= now_ms)
			json_array_append_new(list, listed(item, now_ms));
	}
	return list;
}

/* --- adding and ending --- */

static MAY_YIELD int audit_item(struct audit *audit, const char *action, const json_t *item,
	const char *actor, struct err *err)
{
	const char *account = json_get_string_or(item, "account", "*"),
			   *ou = json_get_string(item, "ou"), *tag = json_get_string(item, "tag");
	char rule[512];

	snprintf(rule, sizeof rule, "%s, until %s, owner %.64s%s%.64s%s%.96s%s%.96s",
		json_get_string_or(item, "id", "?"), json_get_string_or(item, "expires", "?"),
		json_get_string_or(item, "owner", "?"),
		json_get_string(item, "ticket") != NULL ? ", ticket " : "",
		json_get_string_or(item, "ticket", ""), ou != NULL ? ", ou " : "", ou != NULL ? ou : "",
		tag != NULL ? ", tag " : "", tag != NULL ? tag : "");
	return audit_append(audit,
		&(struct audit_entry){ .kind = AUDIT_COMMAND,
			.action = action,
			.outcome = "done",
			.actor = actor,
			.account = account,
			.region = json_get_string(item, "region"),
			.baseline = json_get_string(item, "baseline"),
			.resource = json_get_string(item, "resource"),
			.reason = json_get_string(item, "reason"),
			.rule = rule,
			.after = item },
		err);
}

/* The audit entry is written first, so that no exception is in force that is not on record. */
static MAY_YIELD int put(struct store *store, struct audit *audit, const char *action,
	const struct exception_record *record, const json_t *item, const char *actor, struct err *err)
{
	if (audit_item(audit, action, item, actor, err) < 0 ||
		exception_record_put(store, record, err) < 0)
		return -1;
	return audit_flush(audit, err);
}

/* The same exception that is added again at another time has another id. */
static void make_stored_id(const struct exception_record *record, char out[EXCEPTION_ID_SIZE])
{
	CLEANUP_JSON json_t *identity =
		json_pack("[O, I, o]", record->exception, (json_int_t)record->at_ms, json_text(record->by));

	make_id(identity, out);
}

int exceptions_add(struct store *store, struct audit *audit, const struct catalogue *catalogue,
	const json_t *given, const struct exception_author *author, json_t **out, struct err *err)
{
	CLEANUP_JSON json_t *resolved = NULL;
	char id[EXCEPTION_ID_SIZE];

	if (config_exception_resolve(catalogue, given, &resolved, err) < 0) {
		err->kind = ERR_USAGE;
		return -1;
	}
	if (config_exception_expires_ms(resolved) <= author->now_ms)
		return err_set(err, ERR_USAGE, "AlreadyExpired",
			"an exception that ends at %s would exempt nothing; give a later end",
			json_get_string_or(resolved, "expires", "?"));
	struct exception_record record = {
		.exception = resolved, .at_ms = author->now_ms, .by = author->name
	};
	make_stored_id(&record, id);
	record.id = id;
	CLEANUP_JSON json_t *item = make_item(id, "store", resolved, &record);
	if (put(store, audit, "exception.add", &record, item, author->name, err) < 0)
		return -1;
	*out = json_incref(item);
	return 0;
}

static int refuse_unknown(const struct config *config, const char *id, struct err *err)
{
	char configured[EXCEPTION_ID_SIZE];
	size_t index;
	json_t *exception;

	json_array_foreach((json_t *)config_get(config, "exceptions"), index, exception) {
		make_id(exception, configured);
		if (strcmp(configured, id) == 0)
			return err_set(err, ERR_USAGE, "InConfiguration",
				"exception %s is part of the configuration (/exceptions/%zu of %s): end it there",
				id, index, config_path(config));
	}
	return err_set(err, ERR_USAGE, "UnknownException",
		"there is no exception %s; `reeve exceptions` lists all", id);
}

/* Ends the exception of the record, if it is in force. */
static MAY_YIELD int end_stored(struct store *store, struct audit *audit,
	const struct exception_record *record, const struct exception_author *author, json_t **out,
	struct err *err)
{
	struct exception_record ended = *record;

	if (record->ended.at_ms != 0 ||
		config_exception_expires_ms(record->exception) <= author->now_ms)
		return err_set(err, ERR_USAGE, "AlreadyEnded", "exception %s is no longer in force",
			record->id);
	ended.ended = (struct exception_end){ author->now_ms, author->name };
	CLEANUP_JSON json_t *item = make_item(record->id, "store", record->exception, &ended);
	if (put(store, audit, "exception.expire", &ended, item, author->name, err) < 0)
		return -1;
	*out = json_incref(item);
	return 0;
}

int exceptions_end(struct store *store, struct audit *audit, const struct config *config,
	const char *id, const struct exception_author *author, json_t **out, struct err *err)
{
	struct exception_record record;
	bool found;

	if (exception_record_read(store, id, &record, &found, err) < 0)
		return -1;
	int result = found ? end_stored(store, audit, &record, author, out, err)
					   : refuse_unknown(config, id, err);
	exception_record_release(&record);
	return result;
}
