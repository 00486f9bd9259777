#include "approvals/store.h"

#include "approvals/check.h"
#include "approvals/open_requests.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"
#include "io/fiber.h"
#include "ledger/held_change.h"
#include "store/queue.h"
#include "store/read.h"

/* How many records are written and kept in memory before the disk is waited for. */
#define WRITTEN_MOST 256
#define NAME_MAX_BYTES 8192
#define SEPARATOR '\x1f'

struct approvals {
	struct store *store;
	json_t *written; /* by the name of the key: what was written and may not be committed; null:
						deleted. No value is altered after it was put here. */
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

static const char *const place_names[] = {
	[APPROVALS_REQUEST] = "request",
	[APPROVALS_PAST] = "past",
	[APPROVALS_INDEX] = "resource",
};

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
		buf_add_char(&place.name, SEPARATOR);
	}
	return place;
}
#define PLACE(...) \
	place_of((const char *const[]){ __VA_ARGS__ }, \
		sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static struct place index_place(const struct change_record *change)
{
	return PLACE(place_names[APPROVALS_INDEX], change->account, change->region, change->baseline,
		change->resource);
}

static struct place request_place(enum approvals_place place,
	const struct approval_request *request)
{
	switch (place) {
	case APPROVALS_REQUEST:
		return PLACE(place_names[place], request->hash);
	case APPROVALS_PAST:
		return PLACE(place_names[place], request->id);
	case APPROVALS_INDEX:
		break;
	}
	return index_place(&request->change);
}

/* Gives what lies there as a new reference, or NULL, and releases the place. */
static int read_place(struct approvals *approvals, struct place *place, json_t **out,
	struct err *err)
{
	json_t *written = json_object_get(approvals->written, place->name.data);
	int result = 0;

	*out = NULL;
	if (written == NULL)
		result = store_get_json(approvals->store, STORE_APPROVALS, &place->key, out, err);
	else if (!json_is_null(written))
		*out = json_incref(written);
	buf_release(&place->name);
	return result;
}

/* --- writing --- */

static MAY_YIELD int queue_one(struct approvals *approvals, const struct approvals_write *write,
	json_t *names, struct err *err)
{
	const struct approval_index index = { .hash = write->request->hash };
	CLEANUP_JSON json_t *value = write->place == APPROVALS_INDEX
		? approval_index_encode(&index)
		: approval_request_encode(write->request);
	struct place place = request_place(write->place, write->request);
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
		result =
			held_change_put(approvals->store, writes[0].request->hash, HELD_DENIED, denied, err);
	store_batch_end(approvals->store);
	if (result < 0)
		return -1;
	json_object_update(approvals->written, names);
	for (size_t i = 0; i < count && approvals->open != NULL; i++)
		if (writes[i].place == APPROVALS_REQUEST && writes[i].request != NULL)
			open_requests_keep(approvals->open, writes[i].request);
	return 0;
}

int approvals_drop(struct approvals *approvals, enum approvals_place place,
	const struct approval_request *request, struct err *err)
{
	struct place dropped = request_place(place, request);
	int result = store_delete(approvals->store, STORE_APPROVALS, &dropped.key, err);

	if (result == 0)
		json_object_set_new(approvals->written, dropped.name.data, json_null());
	buf_release(&dropped.name);
	return result;
}

/* Waits for the disk, and removes from memory what is on disk then. */
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

int approvals_read_record(enum approvals_place place, const char *name, const json_t *record,
	struct approval_request *out, struct err *err)
{
	if (approval_request_decode(record, out, err) < 0)
		return -1;
	int result = approval_check(out, err);
	if (result == 0 && strcmp(place == APPROVALS_PAST ? out->id : out->hash, name) != 0)
		result = err_set(err, ERR_STORE, "InvalidRecord",
			"the record of approval request %s lies where the one of another request should be; it "
			"approves nothing",
			out->id);
	if (result < 0)
		approval_request_release(out);
	return result;
}

static int read_request(struct approvals *approvals, enum approvals_place place, const char *name,
	struct approval_request *out, bool *found, struct err *err)
{
	struct place where = PLACE(place_names[place], name);
	CLEANUP_JSON json_t *record = NULL;

	*out = (struct approval_request){ 0 };
	*found = false;
	if (read_place(approvals, &where, &record, err) < 0)
		return -1;
	if (record == NULL)
		return 0;
	if (approvals_read_record(place, name, record, out, err) < 0)
		return -1;
	*found = true;
	return 0;
}

int approvals_by_hash(struct approvals *approvals, const char *hash, struct approval_request *out,
	bool *found, struct err *err)
{
	return read_request(approvals, APPROVALS_REQUEST, hash, out, found, err);
}

int approvals_read_past(struct approvals *approvals, const char *id, struct approval_request *out,
	bool *found, struct err *err)
{
	return read_request(approvals, APPROVALS_PAST, id, out, found, err);
}

int approvals_read_index(struct approvals *approvals, const struct change_record *change,
	struct approval_index *out, bool *found, struct err *err)
{
	struct place place = index_place(change);
	CLEANUP_JSON json_t *record = NULL;

	*out = (struct approval_index){ 0 };
	*found = false;
	if (read_place(approvals, &place, &record, err) < 0 ||
		(record != NULL && approval_index_decode(record, out, err) < 0))
		return -1;
	*found = record != NULL;
	return 0;
}

static int collect(void *argument, const struct store_key *key, const json_t *value)
{
	json_t *records = argument;
	char name[sizeof key->bytes + 1];

	/* A key that was cut off gets a name that no key has, so that the record is shown as one that
	 * can't be read. */
	if (store_key_part(key, 1, name, sizeof name) < 0)
		snprintf(name, sizeof name, "?%zu", json_object_size(records));
	/* The value was parsed for this call alone. */
	json_object_set(records, name, (json_t *)value);
	return 0;
}

/* What the name of a key in `written` says after the place's, without the separator at its end;
 * NULL for the key of another place. */
static char *name_in(enum approvals_place place, const char *key)
{
	const char *below = place_names[place];
	size_t length = strlen(below);

	if (strncmp(key, below, length) != 0 || key[length] != SEPARATOR)
		return NULL;
	char *name = xstrdup(key + length + 1);
	if (name[0] != '\0')
		name[strlen(name) - 1] = '\0';
	return name;
}

int approvals_collect(struct approvals *approvals, enum approvals_place place, json_t *records,
	struct err *err)
{
	struct store_key prefix = STORE_KEY(place_names[place]);
	const char *key;
	json_t *value;

	if (store_each_json(approvals->store, STORE_APPROVALS, &prefix, collect, records, err) < 0)
		return -1;
	json_object_foreach(approvals->written, key, value) {
		CLEANUP_FREE char *name = name_in(place, key);

		if (name == NULL)
			continue;
		if (json_is_null(value))
			json_object_del(records, name);
		else
			json_object_set(records, name, value);
	}
	return 0;
}

static void load_open(struct approvals *approvals, const json_t *records)
{
	const char *hash;
	json_t *record;

	approvals->open = open_requests_new();
	json_object_foreach((json_t *)records, hash, record) {
		CLEANUP_REQUEST struct approval_request request;

		/* A request that can't be read allows nothing. */
		if (approvals_read_record(APPROVALS_REQUEST, hash, record, &request, NULL) == 0)
			open_requests_load(approvals->open, &request);
	}
}

int approvals_open_requests(struct approvals *approvals, const json_t *records,
	struct open_requests **open, struct err *err)
{
	if (approvals->open == NULL && records != NULL) {
		load_open(approvals, records);
	} else if (approvals->open == NULL) {
		CLEANUP_JSON json_t *all = json_object();

		if (approvals_collect(approvals, APPROVALS_REQUEST, all, err) < 0)
			return -1;
		load_open(approvals, all);
	}
	*open = approvals->open;
	return 0;
}
