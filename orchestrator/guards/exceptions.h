/*
 * Exceptions: what is exempt, why, on whose responsibility and until when. They stand in the
 * configuration and, added with `reeve exceptions add`, in the store; this brings the two together
 * for a run, for the command and for reports. One that has ended exempts nothing and is reported. A
 * stored one that can't be read or that no longer fits what there is (a baseline that is gone)
 * exempts nothing.
 */
#ifndef REEVE_GUARDS_EXCEPTIONS_H
#define REEVE_GUARDS_EXCEPTIONS_H

#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct audit;
struct store;
struct exceptions;

#define EXCEPTION_ID_SIZE 24 /* "x-0123456789abcdef" */
#define EXCEPTION_CAUSE "Exception"

/* Those of the configuration and of the store, read now: a running process reads them again when
 * one was added. Borrows the configuration's catalogue. store NULL: the configuration's alone. */
int exceptions_load(const struct config *config, struct store *store, struct exceptions **out,
	struct err *err) MUST_CHECK;
void exceptions_free(struct exceptions *exceptions); /* NULL is fine */
/* Reads them again in place, after one was added or ended: whoever holds them follows. On failure
 * the old ones stay. */
int exceptions_reload(struct exceptions *exceptions, const struct config *config,
	struct store *store, struct err *err) MUST_CHECK;

/* The exception in force that covers the resource, or NULL; borrowed. An item as exceptions_list
 * has it, but for state and days_left. */
const json_t *exceptions_covering(const struct exceptions *exceptions,
	const struct org_place *place, const char *region, const char *baseline, const char *resource,
	int64_t now_ms);

/* "x-…: the reason (owner, until 2027-01-31)", for the message of a finding's cause. */
#define EXCEPTION_TEXT_SIZE 512
void exceptions_describe(const json_t *item, char out[EXCEPTION_TEXT_SIZE]);

/* Whether one of them names a tag, so that the tags of accounts have to be read, whatever
 * config_uses_tags says. */
bool exceptions_use_tags(const struct exceptions *exceptions);

/* Every one, the configuration's first, in the order of their making: {"id": "x-…", "source":
 * "configuration" | "store", "state": "in_force" | "expired" | "ended", "days_left": N | null,
 * "account", "ou", "tag", "region", "baseline", "resource", "reason", "owner", "ticket", "expires",
 * "added": RFC 3339 | null, "by": name | null, "ended": null |
 * {"at", "by"}}. days_left counts begun days; null unless in force. New reference, a list. */
json_t *exceptions_list(const struct exceptions *exceptions, int64_t now_ms);

/* The same of those only that ran out by themselves in [since_ms, now_ms): for reports. */
json_t *exceptions_expired(const struct exceptions *exceptions, int64_t since_ms, int64_t now_ms);

/* --- adding and ending; audited, on disk when they return --- */

struct exception_author {
	const char *name; /* the person */
	int64_t now_ms;
};

/* Checks `given` (keys as in the configuration) and adds it; *out is the item, a new reference.
 * Refused (ERR_USAGE) when it is incomplete, wrong, or ends in the past. */
MAY_YIELD int exceptions_add(struct store *store, struct audit *audit,
	const struct catalogue *catalogue, const json_t *given, const struct exception_author *author,
	json_t **out, struct err *err) MUST_CHECK;

/* Ends one now. One of the configuration is refused: it ends there. */
MAY_YIELD int exceptions_end(struct store *store, struct audit *audit, const struct config *config,
	const char *id, const struct exception_author *author, json_t **out, struct err *err)
	MUST_CHECK;

#endif
