/* The stored form of requests, and the writes that are not committed yet. */
#include "approvals/private.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "io/fiber.h"
#include "ledger/held_change.h"
#include "store/queue.h"
#include "store/read.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define KEPT_DAYS 400
/* Written and kept here, before the disk is waited for. */
#define WRITTEN_MOST 256
#define NAME_MAX_BYTES 8192

struct approvals {
	struct store *store;
	json_t *written; /* by the name of the key: what was written and may not be committed; null:
						deleted */
	struct open_requests *open; /* NULL: not read yet */
};

struct approvals *approvals_new(struct store *store)
{
	struct approvals *approvals = xcalloc(1, sizeof *approvals);

	approvals->store = store;
	approvals->written = json_object();
	return approvals;
}

void approvals_free(struct approvals *approvals)
{
	if (approvals == NULL)
		return;
	json_decref(approvals->written);
	open_requests_free(approvals->open);
	free(approvals);
}

/* --- keys: in the store, and by name in `written` --- */

struct place {
	struct store_key key;
	struct buf name;
};

static struct place place_of(const char *const *parts, size_t count)
{
	struct place place = { .key = store_key_of(parts, count) };

	buf_init(&place.name, NAME_MAX_BYTES);
	for (size_t i = 0; i < count; i++) {
		buf_add_string(&place.name, parts[i]);
		buf_add_char(&place.name, '\x1f');
	}
	return place;
}
#define PLACE(...) \
	place_of((const char *const[]){ __VA_ARGS__ }, \
		sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static struct place request_place(const char *hash)
{
	return PLACE("request", hash);
}

static struct place index_place(const json_t *change)
{
	return PLACE("resource", json_get_string_or(change, "account", ""),
		json_get_string_or(change, "region", ""), json_get_string_or(change, "baseline", ""),
		json_get_string_or(change, "resource", ""));
}

/* A new reference to a value of its own, or NULL. */
static int read_place(struct approvals *approvals, const struct place *place, json_t **out,
	struct err *err)
{
	json_t *written = json_object_get(approvals->written, place->name.data);

	*out = NULL;
	if (written == NULL)
		return store_get_json(approvals->store, STORE_APPROVALS, &place->key, out, err);
	if (!json_is_null(written))
		*out = approval_copy(written);
	return 0;
}

/* --- writing --- */

static MAY_YIELD int queue_one(struct approvals *approvals, const struct approvals_write *write,
	json_t *names, struct err *err)
{
	const json_t *change = json_object_get(write->request, "change");
	CLEANUP_JSON json_t *value = write->place == APPROVALS_INDEX
		? json_pack("{s:O}", "hash", json_object_get(write->request, "hash"))
		: json_incref((json_t *)write->request);
	struct place place = write->place == APPROVALS_REQUEST
		? request_place(json_get_string_or(write->request, "hash", ""))
		: write->place == APPROVALS_PAST
		? PLACE("past", json_get_string_or(write->request, "id", ""))
		: index_place(change);
	int result = store_put_json(approvals->store, STORE_APPROVALS, &place.key, value, err);

	json_object_set(names, place.name.data, value);
	buf_release(&place.name);
	return result;
}

int approvals_write(struct approvals *approvals, const struct approvals_write *writes, size_t count,
	const char *denied, struct err *err)
{
	CLEANUP_JSON json_t *names = json_object();
	int result = 0;

	store_batch_begin(approvals->store);
	for (size_t i = 0; i < count && result == 0; i++)
		if (writes[i].request != NULL)
			result = queue_one(approvals, &writes[i], names, err);
	if (result == 0 && denied != NULL)
		result = held_change_put(approvals->store,
			json_get_string_or(writes[0].request, "hash", ""), HELD_DENIED, denied, err);
	store_batch_end(approvals->store);
	if (result < 0)
		return -1;
	json_object_update(approvals->written, names);
	for (size_t i = 0; i < count && approvals->open != NULL; i++)
		if (writes[i].place == APPROVALS_REQUEST && writes[i].request != NULL)
			open_requests_keep(approvals->open, writes[i].request);
	return 0;
}

/* Once more than a few were written, those that are on disk are forgotten here. */
static MAY_YIELD int flush(struct approvals *approvals, struct err *err)
{
	CLEANUP_JSON json_t *before = json_copy(approvals->written);
	const char *name;
	json_t *value;

	if (store_flush(approvals->store, err) < 0)
		return -1;
	json_object_foreach(before, name, value)
		if (json_object_get(approvals->written, name) == value)
			json_object_del(approvals->written, name);
	return 0;
}

int approvals_settle(struct approvals *approvals, struct err *err)
{
	return json_object_size(approvals->written) < WRITTEN_MOST ? 0 : flush(approvals, err);
}

int approvals_flush(struct approvals *approvals, struct err *err)
{
	bool fiber = fiber_self() != NULL;

	if (fiber)
		fiber_shield();
	int result = flush(approvals, err);
	if (fiber)
		fiber_unshield();
	return result;
}

/* --- reading --- */

int approvals_by_hash(struct approvals *approvals, const char *hash, json_t **request,
	struct err *err)
{
	struct place place = request_place(hash);
	CLEANUP_JSON json_t *found = NULL;
	int result = read_place(approvals, &place, &found, err);

	buf_release(&place.name);
	*request = NULL;
	if (result < 0 || found == NULL)
		return result;
	if (approval_check(found, err) < 0)
		return -1;
	if (strcmp(json_get_string_or(found, "hash", ""), hash) != 0)
		return err_set(err, ERR_STORE, "InvalidRecord",
			"approval %s lies where another change's should be; nothing is done by it",
			json_get_string_or(found, "id", "?"));
	*request = json_incref(found);
	return 0;
}

int approvals_read_index(struct approvals *approvals, const json_t *change, json_t **out,
	struct err *err)
{
	struct place place = index_place(change);
	int result = read_place(approvals, &place, out, err);

	buf_release(&place.name);
	return result;
}

struct collection {
	const char *below;
	json_t *records; /* by the name of their key */
};

static int collect(void *argument, const struct store_key *key, const json_t *value)
{
	struct collection *collection = argument;
	bool past = strcmp(collection->below, "past") == 0;
	const char *own = json_get_string(value, past ? "id" : "hash");
	CLEANUP_BUF struct buf name = BUF_INIT(NAME_MAX_BYTES);

	/* What does not say where it lies gets a name that no key has: it is shown as unreadable. */
	(void)key;
	if (own != NULL)
		buf_add_format(&name, "%s\x1f%s\x1f", collection->below, own);
	if (own == NULL || json_object_get(collection->records, name.data) != NULL) {
		buf_reset(&name);
		buf_add_format(&name, "?%zu", json_object_size(collection->records));
	}
	json_object_set(collection->records, name.data, (json_t *)value); /* was parsed for this call
																		 alone */
	return 0;
}

/* The requests below "request" or "past" as they are after all that was written, by the names of
 * their keys. */
static int collect_all(struct approvals *approvals, const char *below, json_t *records,
	struct err *err)
{
	struct collection collection = { below, records };
	struct store_key prefix = STORE_KEY(below);
	size_t length = strlen(below);
	const char *name;
	json_t *value;

	if (store_each_json(approvals->store, STORE_APPROVALS, &prefix, collect, &collection, err) < 0)
		return -1;
	json_object_foreach(approvals->written, name, value) {
		if (strncmp(name, below, length) != 0 || name[length] != '\x1f')
			continue;
		if (json_is_null(value))
			json_object_del(records, name);
		else
			json_object_set_new(records, name, approval_copy(value));
	}
	return 0;
}

static void load_open(struct approvals *approvals, const json_t *records)
{
	if (approvals->open != NULL)
		return;
	approvals->open = open_requests_new();
	open_requests_load(approvals->open, records);
}

int approvals_open_requests(struct approvals *approvals, struct open_requests **open,
	struct err *err)
{
	CLEANUP_JSON json_t *records = json_object();

	if (approvals->open == NULL && collect_all(approvals, "request", records, err) < 0)
		return -1;
	load_open(approvals, records);
	*open = approvals->open;
	return 0;
}

static json_t *shown(const json_t *record, int64_t now_ms)
{
	struct err err = ERR_INIT;
	json_t *copy;

	if (approval_check(record, &err) < 0)
		return json_pack("{s:o, s:s, s:o}", "id", json_text(json_get_string_or(record, "id", "?")),
			"state", "unreadable", "cause", json_text(err.message));
	copy = json_deep_copy(record);
	json_object_set_new(copy, "state",
		json_string(approval_state_name(approval_state_at(record, now_ms))));
	return copy;
}

static bool is_open(const json_t *shown_record)
{
	enum approval_state state;

	/* A request that can't be read is shown with a state that no request has. */
	if (approval_state_parse(json_get_string_or(shown_record, "state", ""), &state) < 0)
		return true;
	return state == APPROVAL_WAITING || state == APPROVAL_APPROVED;
}

static int by_time(const void *left, const void *right)
{
	const json_t *a = *(json_t *const *)left, *b = *(json_t *const *)right;
	int64_t at = 0, other = 0;

	if (clock_parse_rfc3339(json_get_string_or(a, "requested_at", ""), &at) < 0)
		at = 0;
	if (clock_parse_rfc3339(json_get_string_or(b, "requested_at", ""), &other) < 0)
		other = 0;
	if (at != other)
		return at < other ? -1 : 1;
	return strcmp(json_get_string_or(a, "id", ""), json_get_string_or(b, "id", ""));
}

int approvals_list(struct approvals *approvals, bool all, int64_t now_ms, json_t **requests,
	struct err *err)
{
	CLEANUP_JSON json_t *records = json_object();
	const char *name;
	json_t *record;
	size_t count = 0;

	if (collect_all(approvals, "request", records, err) < 0 ||
		(all && collect_all(approvals, "past", records, err) < 0))
		return -1;
	json_t **list = xcalloc(json_object_size(records) + 1, sizeof *list);
	json_object_foreach(records, name, record) {
		list[count] = shown(record, now_ms);
		if (all || is_open(list[count]))
			count++;
		else
			json_decref(list[count]);
	}
	qsort(list, count, sizeof *list, by_time);
	*requests = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(*requests, list[i]);
	free(list);
	return 0;
}

int approvals_find(struct approvals *approvals, const char *id, json_t **request, struct err *err)
{
	CLEANUP_JSON json_t *records = json_object();
	const char *digits = strncmp(id, "a-", 2) == 0 ? id + 2 : id, *name;
	const json_t *found = NULL;
	struct place past = PLACE("past", id);
	json_t *record;

	*request = NULL;
	int result = read_place(approvals, &past, request, err);
	buf_release(&past.name);
	if (result < 0 || *request != NULL || collect_all(approvals, "request", records, err) < 0)
		return *request != NULL ? approval_check(*request, err) : -1;
	json_object_foreach(records, name, record) {
		const char *other = json_get_string_or(record, "id", "");

		if (digits[0] == '\0' || strncmp(other, "a-", 2) != 0 ||
			strncmp(other + 2, digits, strlen(digits)) != 0)
			continue;
		if (found != NULL)
			return err_set(err, ERR_USAGE, "AmbiguousApproval",
				"more than one approval begins with %s (%s and %s): write more of it", id,
				json_get_string_or(found, "id", "?"), other);
		found = record;
	}
	if (found == NULL)
		return err_set(err, ERR_USAGE, "UnknownApproval",
			"there is no approval %s; `reeve approvals list` shows what waits", id);
	if (approval_check(found, err) < 0)
		return -1;
	*request = json_deep_copy(found);
	return 0;
}

/* --- what time ends --- */

static int64_t last_at(const json_t *request)
{
	const json_t *history = json_object_get(request, "history");
	int64_t ms;

	if (clock_parse_rfc3339(
			json_get_string_or(json_array_get(history, json_array_size(history) - 1), "at", ""),
			&ms) < 0)
		return INT64_MAX; /* what can't be read is not dropped: somebody should see it */
	return ms;
}

static MAY_YIELD int drop(struct approvals *approvals, struct place place, struct err *err)
{
	int result = store_delete(approvals->store, STORE_APPROVALS, &place.key, err);

	if (result == 0)
		json_object_set_new(approvals->written, place.name.data, json_null());
	buf_release(&place.name);
	return result;
}

static bool is_over(const json_t *request, int64_t now_ms)
{
	enum approval_state state = approval_state_at(request, now_ms);

	return state != APPROVAL_WAITING && state != APPROVAL_APPROVED &&
		last_at(request) < now_ms - KEPT_DAYS * DAY_MS;
}

static MAY_YIELD int expire_one(struct approvals *approvals, json_t *record, int64_t now_ms,
	size_t *count, struct err *err)
{
	const struct approval_event event = { .kind = APPROVAL_EVENT_CLOCK, .now_ms = now_ms };
	const struct approvals_write write = { APPROVALS_REQUEST, record };
	const char *hash = json_get_string_or(record, "hash", "");
	CLEANUP_JSON json_t *now = NULL;

	/* Read anew: writing the others may have taken a while. */
	if (approval_check(record, NULL) < 0 || approvals_by_hash(approvals, hash, &now, NULL) < 0 ||
		now == NULL || !json_equal(now, record))
		return 0;
	if (is_over(record, now_ms)) {
		CLEANUP_JSON json_t *index = NULL;
		const json_t *change = json_object_get(record, "change");

		if (approvals_read_index(approvals, change, &index, err) < 0 ||
			drop(approvals, request_place(hash), err) < 0)
			return -1;
		return strcmp(json_get_string_or(index, "hash", ""), hash) == 0
			? drop(approvals, index_place(change), err)
			: 0;
	}
	bool open = approval_has_state(record, APPROVAL_WAITING) ||
		approval_has_state(record, APPROVAL_APPROVED);
	if (!open || approval_state_at(record, now_ms) != APPROVAL_EXPIRED)
		return 0;
	if (approval_step(record, &event, err) < 0 ||
		approvals_write(approvals, &write, 1, NULL, err) < 0)
		return -1;
	++*count;
	return 0;
}

int approvals_expire(struct approvals *approvals, int64_t now_ms, size_t *count, struct err *err)
{
	CLEANUP_JSON json_t *current = json_object();
	CLEANUP_JSON json_t *past = json_object();
	const char *name;
	json_t *record;
	size_t expired = 0;

	if (collect_all(approvals, "request", current, err) < 0 ||
		collect_all(approvals, "past", past, err) < 0)
		return -1;
	load_open(approvals, current);
	json_object_foreach(current, name, record)
		if (expire_one(approvals, record, now_ms, &expired, err) < 0 ||
			approvals_settle(approvals, err) < 0)
			return -1;
	json_object_foreach(past, name, record) {
		if (approval_check(record, NULL) < 0 || !is_over(record, now_ms))
			continue;
		if (drop(approvals, PLACE("past", json_get_string_or(record, "id", "")), err) < 0 ||
			approvals_settle(approvals, err) < 0)
			return -1;
	}
	if (count != NULL)
		*count = expired;
	return 0;
}
