/*
 * Exceptions: what is exempt, why, on whose responsibility and until when. They are written in the
 * configuration or, with `reeve exceptions add`, kept in the store; this file combines both for a
 * run, for the command and for reports. An exception that has ended has no effect, and is reported.
 * A stored exception that refers to something that no longer exists (such as a removed baseline)
 * has no effect. A stored record that can't be understood is an error: without it a resource that
 * is exempt might be changed.
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

/* Reads the exceptions of the configuration and of the store (NULL: only those of the
 * configuration). A running process reads them again when one was added. The configuration's
 * catalogue is borrowed. */
int exceptions_load(const struct config *config, struct store *store, struct exceptions **out,
	struct err *err) MUST_CHECK;
void exceptions_free(struct exceptions *exceptions); /* NULL is fine */
/* Reads the exceptions again in place, after one was added or ended, so that all holders see the
 * change. On failure the old ones stay. */
int exceptions_reload(struct exceptions *exceptions, const struct config *config,
	struct store *store, struct err *err) MUST_CHECK;

/* Returns the exception in force that covers the resource, borrowed; NULL when there is none. It
 * has the form of exceptions_list without state and days_left. */
const json_t *exceptions_covering(const struct exceptions *exceptions,
	const struct org_place *place, const char *region, const char *baseline, const char *resource,
	int64_t now_ms);

/* "x-…: the reason (owner, until 2027-01-31)", for the message of a finding's cause. */
#define EXCEPTION_TEXT_SIZE 512
void exceptions_describe(const json_t *item, char out[EXCEPTION_TEXT_SIZE]);

/* Returns whether an exception names a tag, so that the tags of accounts must be read even if
 * config_uses_tags says that the configuration doesn't need them. */
bool exceptions_use_tags(const struct exceptions *exceptions);

/* All exceptions, those of the configuration first, in the order in which they were made: {"id":
 * "x-…", "source": "configuration" | "store", "state": "in_force" | "expired" | "ended",
 * "days_left": N | null, "account", "ou", "tag", "region", "baseline", "resource", "reason",
 * "owner", "ticket", "expires", "added": RFC 3339 | null, "by": name | null, "ended": null |
 * {"at", "by"}}. days_left counts the day that has begun; null unless in force. New reference, a
 * list. */
json_t *exceptions_list(const struct exceptions *exceptions, int64_t now_ms);

/* The same list, only of those that expired in [since_ms, now_ms), for reports. */
json_t *exceptions_expired(const struct exceptions *exceptions, int64_t since_ms, int64_t now_ms);

/* --- adding and ending; audited, on disk when they return --- */

struct exception_author {
	const char *name; /* the person's name */
	int64_t now_ms;
};

/* Checks `given` (with the keys of the configuration) and adds it; *out is the exception, a new
 * reference. Refused (ERR_USAGE) when it is incomplete, invalid, or ends in the past. */
MAY_YIELD int exceptions_add(struct store *store, struct audit *audit,
	const struct catalogue *catalogue, const json_t *given, const struct exception_author *author,
	json_t **out, struct err *err) MUST_CHECK;

/* Ends an exception now. One of the configuration is refused: it must be ended there. */
MAY_YIELD int exceptions_end(struct store *store, struct audit *audit, const struct config *config,
	const char *id, const struct exception_author *author, json_t **out, struct err *err)
	MUST_CHECK;

#endif
