/* Makes change records for tests, with every field that a stored record must have. */
#ifndef REEVE_UNIT_CHANGE_HELP_H
#define REEVE_UNIT_CHANGE_HELP_H

#include <jansson.h>

/* Returns a planned change. A test sets the fields that it is about. */
static inline json_t *change_json(const char *id, const char *run)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{}, s:{}, s:[], s:s, "
					 "s:s, s:[]}",
		"id", id, "run", run, "hash", "h", "kind", "remedy", "tier", "auto", "account",
		"111122223333", "cell_region", "eu-west-1", "region", "eu-west-1", "baseline",
		"s3.bucket-default-encryption", "resource", "bucket", "before", "after", "calls", "state",
		"planned", "at", "2026-11-24T08:00:00Z", "history");
}

static inline void set_text(json_t *change, const char *key, const char *text)
{
	json_object_set_new(change, key, json_string(text));
}

#endif
