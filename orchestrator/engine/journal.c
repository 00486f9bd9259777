#include "engine/journal.h"

#include "aws/sigv4.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"

#define CHANGE_MAX_BYTES (4 * 1024 * 1024)

void journal_change_hash(const struct drift *drift, char out[65])
{
	const struct cell *cell = drift->cell;
	CLEANUP_JSON json_t *change = json_pack("{s:s, s:s, s:s, s:s, s:O?, s:O?, s:O?}", "account", cell->account->account->id, "region",
	                                        drift->region, "baseline", cell->baseline->id, "resource", drift->resource, "before",
	                                        drift->before, "after", drift->verdict->after, "calls", drift->verdict->calls);
	CLEANUP_BUF struct buf canonical;

	buf_init(&canonical, CHANGE_MAX_BYTES);
	json_add_canonical(&canonical, change);
	sigv4_sha256_hex(canonical.data, canonical.length, out);
}

void journal_change_id(const char *run_id, const struct drift *drift, char out[32])
{
	char hash[65], text[65 + RUN_ID_SIZE], id[65];

	journal_change_hash(drift, hash);
	snprintf(text, sizeof text, "%s%s", hash, run_id);
	sigv4_sha256_hex(text, strlen(text), id);
	snprintf(out, 32, "c-%.16s", id);
}

static json_t *record(const struct drift *drift, const char *state, const struct err *cause)
{
	const struct cell *cell = drift->cell;
	char hash[65], now[CLOCK_RFC3339_SIZE];
	json_t *json;

	journal_change_hash(drift, hash);
	clock_format_rfc3339(clock_now_ms(), now);
	json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:O?, s:O?, s:O?}", "id", drift->change_id, "hash", hash,
	                 "state", state, "at", now, "run", cell->account->run->id, "account", cell->account->account->id, "cell_region",
	                 cell->region, "region", drift->region, "baseline", cell->baseline->id, "resource", drift->resource, "before",
	                 drift->before, "after", drift->verdict->after, "calls", drift->verdict->calls);
	if (cause != NULL)
		json_object_set_new(json, "cause", json_pack("{s:o, s:o, s:o}", "code", json_text(cause->code), "message",
		                                             json_text(cause->message), "request_id", json_text(cause->request_id)));
	return json;
}

static MAY_YIELD int put(const struct drift *drift, const char *state, const struct err *cause, struct err *err)
{
	struct store_key key = STORE_KEY(drift->change_id);
	CLEANUP_JSON json_t *json = record(drift, state, cause);

	return store_put_json(drift->cell->account->run->engine.store, STORE_JOURNAL, &key, json, err);
}

int journal_intent(const struct drift *drift, struct err *err)
{
	if (put(drift, "intent", NULL, err) < 0)
		return -1;
	return store_flush(drift->cell->account->run->engine.store, err);
}

int journal_outcome(const struct drift *drift, const char *state, const struct err *cause, struct err *err)
{
	return put(drift, state, cause, err);
}
