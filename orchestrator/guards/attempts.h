/*
 * Attempts: how often a resource was mended and undone again. A change that keeps being undone is
 * somebody else's doing (another tool, a pipeline, a person), and mending it once more helps
 * nobody: it becomes an alert.
 *
 * Only verified remedies are recorded, so what a crash cut off does not count. When
 * limits.attempts_per_resource of them lie within limits.attempts_window_hours, the next drift is
 * held with the cause "TugOfWar", and so is every later one, until the resource has been left alone
 * (no remedy, no drift seen) for a whole window.
 */
#ifndef REEVE_GUARDS_ATTEMPTS_H
#define REEVE_GUARDS_ATTEMPTS_H

#include "aws/client.h"
#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

#define ATTEMPTS_CAUSE "TugOfWar"

struct attempts_key {
	const char *account, *region, *baseline, *resource; /* region: the resource's */
};

struct attempts_verdict {
	bool allowed;
	size_t count;              /* remedies that count, since first_ms */
	int64_t first_ms, last_ms; /* 0: none */
	char message[512];         /* when not allowed: for the cause */
};

/* Whether the resource may be mended once more. -1 when what is recorded can't be read: then it may
 * not be mended. */
int attempts_allowed(struct store *store, const struct config *config,
	const struct attempts_key *key, int64_t now_ms, struct attempts_verdict *verdict,
	struct err *err) MUST_CHECK;

/* Records a remedy that was verified. */
MAY_YIELD int attempts_record(struct store *store, const struct config *config,
	const struct attempts_key *key, int64_t now_ms, struct err *err) MUST_CHECK;

/* Records that the resource was found drifted and held as a tug-of-war, so that its quiet begins
 * anew. */
MAY_YIELD int attempts_held(struct store *store, const struct attempts_key *key, int64_t now_ms,
	struct err *err) MUST_CHECK;

/* Forgets what is known: after a human has decided (an approval, a rollback). */
MAY_YIELD int attempts_forget(struct store *store, const struct attempts_key *key, struct err *err)
	MUST_CHECK;

/* --- who undoes it --- */

/* What the role needs for it: cloudtrail:LookupEvents. Ends with AWS_PERMISSIONS_END. */
extern const struct aws_permission attempts_permissions[];

struct attempts_who {
	bool known;
	char principal[256]; /* ARN where the event has it, else CloudTrail's user name */
	char event[128];     /* "DeleteBucketEncryption" */
	char at[40];         /* RFC 3339 */
	char event_id[64];
	struct err failure; /* why it is not known; ERR_NONE: no such event was found */
};

struct attempts_question {
	const struct attempts_key *key;
	const json_t *calls; /* the remedy's, of the verdict: they tell which events to look for; may be
							NULL */
	const char *role;   /* name of the role that Reeve has in the account; NULL: its own credentials
						 */
	const char *region; /* where to look: the resource's; for a global resource, the home region */
	int64_t since_ms;   /* the last remedy */
	int64_t now_ms;
};

/* Asks CloudTrail for the newest change of the resource since the last remedy that was not Reeve's
 * own (whose sessions are named "reeve-…"). CloudTrail tells of an event some minutes later.
 * Whatever fails (no permission, no such service) only means that it is not known. `reader` is
 * live, in the resource's account, with attempts_permissions declared. */
MAY_YIELD void attempts_who(struct aws_reader *reader, const struct attempts_question *question,
	struct attempts_who *who);

/* Adds to the verdict's message who it was, where that is known. */
void attempts_add_who(struct attempts_verdict *verdict, const struct attempts_who *who);

#endif
