#include "ledger/scan.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/json_read.h"
#include "io/fiber.h"
#include "store/read.h"

#define PART_END 0x1f
#define PREFIX_MOST 447 /* bytes; the store does not look for a longer prefix */

/* --- in the order of keys --- */

struct turn {
	struct ledger_scan *scan;
	bool stopped;     /* by `each` */
	bool interrupted; /* there is more */
	struct err *err;
	int result;
};

/* Passing over so many keys takes as long as reading one record. */
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
	struct ledger_scan *scan = turn->scan;
	CLEANUP_JSON json_t *record = NULL;

	if (!is_past(&scan->after, key))
		return 0;
	if (scan->unrested >= LEDGER_TURN_RECORDS * PASSES_PER_RECORD) {
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
	struct ledger_scan *scan = turn->scan;

	return store_each(scan->store, scan->database, prefix, visit, turn, turn->err) < 0 ||
			turn->result < 0
		? -1
		: 0;
}

static bool goes_on(const struct turn *turn)
{
	return !turn->stopped && !turn->interrupted;
}

/* The store can only look for prefixes, and passing over all records that were read before would
 * take longer with each turn. A key that follows another one begins with that key, or with some of
 * its first bytes and then a larger byte. */
static int walk_on(struct turn *turn)
{
	struct ledger_scan *scan = turn->scan;
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
	const struct ledger_scan *scan = turn->scan;

	if (scan->after.length == 0)
		return look_below(turn, scan->prefix);
	if (scan->prefix == NULL || begins_with(&scan->after, scan->prefix))
		return walk_on(turn);
	/* The cursor stands before the prefix, or behind it. */
	return is_past(&scan->after, scan->prefix) ? look_below(turn, scan->prefix) : 0;
}

static MAY_YIELD int rest(struct err *err)
{
	if (fiber_self() == NULL || fiber_sleep(0) == 0)
		return 0;
	return err_set(err, ERR_CANCELLED, "Cancelled", "the process is stopping");
}

int ledger_scan(struct ledger_scan *scan, struct err *err)
{
	for (;;) {
		struct turn turn = { .scan = scan, .err = err };

		if (walk(&turn) < 0)
			return -1;
		scan->ended = goes_on(&turn);
		if (scan->ended || turn.stopped || scan->unrested < LEDGER_TURN_RECORDS * PASSES_PER_RECORD)
			return 0;
		scan->unrested = 0;
		if (rest(err) < 0)
			return -1;
	}
}

void ledger_key_part(const struct store_key *key, size_t n, char *out, size_t size)
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
	ledger_key_part(key, 0, argument, LEDGER_PART_SIZE);
	return 1;
}

/* All parts are numbers with the same number of digits: the part that follows one begins with some
 * of its digits and then a larger digit. */
int ledger_next_part(struct store *store, enum store_database database, const char *after,
	char out[LEDGER_PART_SIZE], struct err *err)
{
	struct store_key prefix = { .length = 0 };
	size_t length = strnlen(after, LEDGER_PART_SIZE - 1);
	char from[LEDGER_PART_SIZE];

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
