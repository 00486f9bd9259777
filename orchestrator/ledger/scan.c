/* Walking the store in short turns. */
#include "web/api/private.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "io/fiber.h"

#define PART_END 0x1f
#define PREFIX_MOST 447 /* bytes; the store looks for no longer one */

/* --- in the order of keys --- */

struct turn {
	struct api_scan *scan;
	bool stopped;     /* by `each` */
	bool interrupted; /* there is more */
	struct err *err;
	int result;
};

/* To pass over a key is so much less than to read its record. */
#define PASSES_PER_RECORD 20

static bool is_past(const struct store_key *after, const struct store_key *key)
{
	size_t shared = after->length < key->length ? after->length : key->length;
	int order = memcmp(key->bytes, after->bytes, shared);

	return order != 0 ? order > 0 : key->length > after->length;
}

static int visit(void *argument, const struct store_key *key, const void *value, size_t length)
{
	struct turn *turn = argument;
	struct api_scan *scan = turn->scan;
	CLEANUP_JSON json_t *record = NULL;

	if (!is_past(&scan->after, key))
		return 0;
	if (scan->unrested >= API_TURN_RECORDS * PASSES_PER_RECORD) {
		turn->interrupted = true;
		return 1;
	}
	if (scan->wants != NULL && !scan->wants(scan->argument, key)) {
		scan->unrested++;
		scan->after = *key;
		return 0;
	}
	if (scan->records == 0) {
		turn->interrupted = true;
		return 1;
	}
	scan->unrested += PASSES_PER_RECORD;
	scan->records--;
	scan->after = *key;
	if (json_parse(value, length, "record of the state folder", &record, turn->err) < 0) {
		turn->err->kind = ERR_STORE;
		turn->result = -1;
		return 1;
	}
	turn->stopped = scan->each(scan->argument, key, record, length) != 0;
	return turn->stopped;
}

static bool begins_with(const struct store_key *key, const struct store_key *prefix)
{
	return key->length >= prefix->length && memcmp(key->bytes, prefix->bytes, prefix->length) == 0;
}

static int look_below(struct turn *turn, const struct store_key *prefix)
{
	struct api_scan *scan = turn->scan;

	return store_each(scan->store, scan->database, prefix, visit, turn, turn->err) < 0 ||
			turn->result < 0
		? -1
		: 0;
}

static bool goes_on(const struct turn *turn)
{
	return !turn->stopped && !turn->interrupted;
}

/* The store looks for prefixes only, and passing over all that was read before would take longer
 * with each turn. What comes after a key begins with it, or with some of its first bytes and then a
 * larger one. */
static int walk_on(struct turn *turn)
{
	struct api_scan *scan = turn->scan;
	struct store_key next = scan->after;
	size_t least = scan->prefix != NULL ? scan->prefix->length : 0;

	if (next.length > PREFIX_MOST)
		next.length = PREFIX_MOST;
	if (look_below(turn, &next) < 0)
		return -1;
	for (size_t i = next.length; i-- > least && goes_on(turn);) {
		next.length = i + 1;
		for (unsigned byte = next.bytes[i] + 1U; byte <= UINT8_MAX && goes_on(turn); byte++) {
			next.bytes[i] = (unsigned char)byte;
			if (look_below(turn, &next) < 0)
				return -1;
		}
	}
	return 0;
}

static int walk(struct turn *turn)
{
	const struct api_scan *scan = turn->scan;

	if (scan->after.length == 0)
		return look_below(turn, scan->prefix);
	if (scan->prefix == NULL || begins_with(&scan->after, scan->prefix))
		return walk_on(turn);
	/* A cursor from before the prefix, or from behind it. */
	return is_past(&scan->after, scan->prefix) ? look_below(turn, scan->prefix) : 0;
}

static MAY_YIELD int rest(struct err *err)
{
	if (fiber_self() == NULL || fiber_sleep(0) == 0)
		return 0;
	return err_set(err, ERR_CANCELLED, "Cancelled", "the process is stopping");
}

int api_scan(struct api_scan *scan, struct err *err)
{
	for (;;) {
		struct turn turn = { .scan = scan, .err = err };

		if (walk(&turn) < 0)
			return -1;
		scan->ended = goes_on(&turn);
		if (scan->ended || turn.stopped || scan->unrested < API_TURN_RECORDS * PASSES_PER_RECORD)
			return 0;
		scan->unrested = 0;
		if (rest(err) < 0)
			return -1;
	}
}

void api_key_part(const struct store_key *key, size_t n, char *out, size_t size)
{
	size_t from = 0, length = 0;

	while (n > 0 && from < key->length)
		n -= key->bytes[from++] == PART_END;
	while (n == 0 && from + length < key->length && key->bytes[from + length] != PART_END &&
		length + 1 < size)
		length++;
	memcpy(out, key->bytes + from, length);
	out[length] = '\0';
}

/* --- by the first part of the key --- */

static int keep_first(void *argument, const struct store_key *key, const void *value, size_t length)
{
	(void)value;
	(void)length;
	api_key_part(key, 0, argument, API_PART_SIZE);
	return 1;
}

/* All are numbers of as many digits: what comes after one begins with some of its digits and then a
 * larger one. */
int api_next_part(struct store *store, enum store_database database, const char *after,
	char out[API_PART_SIZE], struct err *err)
{
	struct store_key prefix = { .length = 0 };
	size_t length = strnlen(after, API_PART_SIZE - 1);
	char from[API_PART_SIZE];

	snprintf(from, sizeof from, "%s", after); /* which may be `out` */
	out[0] = '\0';
	if (length == 0)
		return store_each(store, database, NULL, keep_first, out, err);
	memcpy(prefix.bytes, from, length);
	for (size_t i = length; i-- > 0 && out[0] == '\0';) {
		prefix.length = i + 1;
		for (prefix.bytes[i] = (unsigned char)from[i] + 1; prefix.bytes[i] <= '9' && out[0] == '\0';
			prefix.bytes[i]++)
			if (store_each(store, database, &prefix, keep_first, out, err) < 0)
				return -1;
	}
	return 0;
}

/* --- the newest --- */

int api_newest_init(struct api_newest *newest, const struct api_page *page, struct err *err)
{
	char *end;

	*newest = (struct api_newest){ .limit = page->limit, .before_ms = INT64_MAX };
	if (page->after != NULL) {
		newest->before_ms = strtoll(page->after, &end, 10);
		if (end == page->after || *end != ',' || strlen(end + 1) >= sizeof newest->before_id)
			return api_bad_after(err);
		snprintf(newest->before_id, sizeof newest->before_id, "%s", end + 1);
	}
	newest->items = xcalloc(page->limit + 1, sizeof *newest->items);
	return 0;
}

void api_newest_release(struct api_newest *newest)
{
	for (size_t i = 0; i < newest->count; i++)
		json_decref(newest->items[i].record);
	free(newest->items);
	*newest = (struct api_newest){ .limit = 0 };
}

static const char *id_of(const struct api_newest_item *item)
{
	return json_get_string_or(item->record, "id", "");
}

static bool is_newer(int64_t ms, const char *id, int64_t than_ms, const char *than_id)
{
	return ms != than_ms ? ms > than_ms : strcmp(id, than_id) > 0;
}

bool api_newest_wants(struct api_newest *newest, int64_t ms, const char *id)
{
	if (newest->before_ms != INT64_MAX && !is_newer(newest->before_ms, newest->before_id, ms, id))
		return false;
	if (newest->count < newest->limit)
		return true;
	newest->more = true;
	const struct api_newest_item *oldest = &newest->items[newest->count - 1];
	return is_newer(ms, id, oldest->ms, id_of(oldest));
}

void api_newest_add(struct api_newest *newest, int64_t ms, json_t *record)
{
	const char *id = json_get_string_or(record, "id", "");
	size_t low = 0, high = newest->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (is_newer(ms, id, newest->items[middle].ms, id_of(&newest->items[middle])))
			high = middle;
		else
			low = middle + 1;
	}
	memmove(&newest->items[low + 1], &newest->items[low],
		(newest->count - low) * sizeof *newest->items);
	newest->items[low] = (struct api_newest_item){ ms, record };
	if (++newest->count > newest->limit)
		json_decref(newest->items[--newest->count].record);
}

json_t *api_newest_list(const struct api_newest *newest, char next[96])
{
	json_t *list = json_array();

	next[0] = '\0';
	for (size_t i = 0; i < newest->count; i++)
		json_array_append(list, newest->items[i].record);
	if (newest->more && newest->count > 0) {
		const struct api_newest_item *last = &newest->items[newest->count - 1];

		snprintf(next, 96, "%lld,%.63s", (long long)last->ms, id_of(last));
	}
	return list;
}
