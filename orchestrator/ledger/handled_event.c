#include "ledger/handled_event.h"

#include "base/banned.h"
#include "ledger/record_read.h"
#include "ledger/record_store.h"
#include "ledger/record_write.h"
#include "store/queue.h"

#define DAY_MS (24 * 60 * 60 * 1000LL)
/* Pruning looks back so far. Older records exist only when no process has run for more than a
 * year. */
#define OLDEST_DAYS 400
#define AHEAD_DAYS 1 /* the clock may have been set back since the record was written */

/* --- outcomes --- */

static const char *const outcome_names[] = {
#define ROW(symbol, name) [HANDLED_##symbol] = name,
	STATUS_LIST(ROW)
#undef ROW
		[HANDLED_UNASSIGNED] = "unassigned",
	[HANDLED_OUT_OF_SCOPE] = "out_of_scope",
	[HANDLED_UNKNOWN_ACCOUNT] = "unknown_account",
	[HANDLED_NO_ACCOUNT] = "no_account",
	[HANDLED_RETIRED] = "retired",
	[HANDLED_IGNORED] = "ignored",
	[HANDLED_OWN] = "own",
	[HANDLED_REFUSED] = "refused",
	[HANDLED_DUPLICATE] = "duplicate",
};
static const struct record_names outcomes = { "outcome", outcome_names,
	ARRAY_LENGTH(outcome_names) };

const char *handled_outcome_name(enum handled_outcome outcome)
{
	return record_name(&outcomes, (int)outcome);
}

enum handled_outcome handled_outcome_of(const struct status_counts *cells)
{
	for (size_t i = 0; i < STATUS_COUNT; i++)
		if (cells->of[i] > 0)
			return (enum handled_outcome)(HANDLED_UNKNOWN + i);
	return HANDLED_UNASSIGNED;
}

/* The statuses stand first in the enum, the worst of them before the others. */
static bool is_status(enum handled_outcome outcome)
{
	return outcome >= HANDLED_UNKNOWN && outcome < HANDLED_UNASSIGNED;
}

enum handled_outcome handled_outcome_worst(enum handled_outcome left, enum handled_outcome right)
{
	if (left == HANDLED_NONE || left == HANDLED_UNASSIGNED)
		return right;
	return is_status(left) && is_status(right) && right < left ? right : left;
}

/* --- the tables --- */

#define EVENT struct handled_event
#define IDENTITY RECORD_TEXT(EVENT, identity, "identity", RECORD_REQUIRED)
#define ARRIVAL RECORD_TIME(EVENT, at_ms, "at", RECORD_REQUIRED)
#define OUTCOME RECORD_ENUM(EVENT, outcome, "outcome", RECORD_REQUIRED, &outcomes)
#define WHY RECORD_TEXT(EVENT, why, "why", RECORD_NULLABLE)
#define MESSAGE RECORD_TEXT(EVENT, message, "message", RECORD_NULLABLE)

static const struct record_field fields[] = {
	IDENTITY,
	ARRIVAL,
	RECORD_TEXT(EVENT, signal_source, "source", RECORD_NULLABLE),
	RECORD_TEXT(EVENT, type, "type", RECORD_NULLABLE),
	RECORD_TEXT(EVENT, account, "account", RECORD_NULLABLE),
	RECORD_TEXT(EVENT, region, "region", RECORD_NULLABLE),
	RECORD_TEXT(EVENT, resource, "resource", RECORD_NULLABLE),
	RECORD_INTEGER(EVENT, severity, "severity", RECORD_ALWAYS),
	RECORD_TEXT(EVENT, title, "title", RECORD_NULLABLE),
	OUTCOME,
	RECORD_TEXT(EVENT, code, "code", RECORD_OPTIONAL),
	RECORD_TEXT(EVENT, rule, "rule", RECORD_NULLABLE),
	WHY,
	RECORD_INTEGER(EVENT, bytes, "bytes", RECORD_OPTIONAL),
	RECORD_TEXT(EVENT, run, "run", RECORD_NULLABLE),
	RECORD_INTEGER(EVENT, changes, "changes", RECORD_ALWAYS),
	MESSAGE,
	RECORD_TEXT(EVENT, by, "by", RECORD_NULLABLE),
	RECORD_END,
};
/* What is known of a body that can't be decoded. */
static const struct record_field refused_fields[] = {
	IDENTITY,
	ARRIVAL,
	OUTCOME,
	RECORD_TEXT(EVENT, code, "code", RECORD_REQUIRED),
	WHY,
	RECORD_INTEGER(EVENT, bytes, "bytes", RECORD_REQUIRED),
	MESSAGE,
	RECORD_END,
};

#define STORED(rows) \
	{ .name = "handled event", \
		.version = 1, \
		.fields = (rows), \
		.identity = { "identity" }, \
		RECORD_STORED(EVENT) }
#define SHOWN(rows) { .name = "handled event", .fields = (rows), RECORD_PART(EVENT) }
static const struct record_type stored = STORED(fields), stored_refused = STORED(refused_fields);
static const struct record_type shown = SHOWN(fields), shown_refused = SHOWN(refused_fields);

int handled_event_decode(const json_t *json, struct handled_event *out, struct err *err)
{
	return record_decode(&stored, json, out, err);
}

void handled_event_release(struct handled_event *record)
{
	record_release(&stored, record);
}

json_t *handled_event_document(const struct handled_event *record)
{
	return record_encode(record->outcome == HANDLED_REFUSED ? &shown_refused : &shown, record);
}

/* --- the store --- */

static void day_name(int64_t now_ms, int64_t days_ago, char out[24])
{
	snprintf(out, 24, "%06lld", (long long)(now_ms / DAY_MS - days_ago));
}

int handled_event_find(struct store *store, const char *identity, int64_t now_ms, int64_t days,
	bool *found, struct err *err)
{
	struct handled_event record;
	char day[24];

	*found = false;
	for (int64_t ago = -AHEAD_DAYS; ago <= days && !*found; ago++) {
		day_name(now_ms, ago, day);
		struct store_key key = STORE_KEY(day, identity);
		if (record_get(store, STORE_SEEN, &key, &stored, &record, found, err) < 0)
			return -1;
		handled_event_release(&record);
	}
	return 0;
}

int handled_event_put(struct store *store, const struct handled_event *record, int64_t now_ms,
	struct err *err)
{
	char day[24];

	day_name(now_ms, 0, day);
	struct store_key key = STORE_KEY(day, record->identity);
	return record_put(store, STORE_SEEN, &key,
		record->outcome == HANDLED_REFUSED ? &stored_refused : &stored, record, err);
}

int handled_event_prune(struct store *store, int64_t now_ms, int64_t days, struct err *err)
{
	char day[24];

	for (int64_t ago = days + 1; ago <= OLDEST_DAYS; ago++) {
		day_name(now_ms, ago, day);
		struct store_key prefix = STORE_KEY(day);
		if (store_delete_prefix(store, STORE_SEEN, &prefix, err) < 0)
			return -1;
	}
	return 0;
}
