/*
 * Attempts: how often a resource was remediated and the change undone again. A change that keeps
 * being undone is undone by somebody (another tool, a pipeline, a person), and making it once more
 * does not help: it becomes an alert.
 *
 * Only verified remediations are recorded, so a change that a crash cut off does not count. When
 * limits.attempts_per_resource of them lie within limits.attempts_window_hours, the next drift is
 * held with the cause "TugOfWar", and so is every later one, until the resource has been left alone
 * (no remediation, no drift found) for a whole window.
 */
#ifndef REEVE_GUARDS_ATTEMPTS_H
#define REEVE_GUARDS_ATTEMPTS_H

#include "aws/client.h"
#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"
#include "ledger/attempts_record.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

#define ATTEMPTS_CAUSE "TugOfWar"

struct attempts_verdict {
	bool allowed;
	size_t count;              /* remediations that count, since first_ms */
	int64_t first_ms, last_ms; /* 0: none */
	char message[512];         /* when it is not allowed: the message of the finding's cause */
};

/* Decides whether the resource may be remediated once more. Returns -1 when the stored attempts
 * can't be read: then it may not. */
int attempts_allowed(struct store *store, const struct config *config,
	const struct attempts_key *key, int64_t now_ms, struct attempts_verdict *verdict,
	struct err *err) MUST_CHECK;

/* Records a verified remediation. */
MAY_YIELD int attempts_record(struct store *store, const struct config *config,
	const struct attempts_key *key, int64_t now_ms, struct err *err) MUST_CHECK;

/* Records that the resource was found drifted and was held, so that the window in which it must
 * be left alone begins again. */
MAY_YIELD int attempts_held(struct store *store, const struct attempts_key *key, int64_t now_ms,
	struct err *err) MUST_CHECK;

/* Removes the stored attempts, after a person has decided (an approval, a rollback). */
MAY_YIELD int attempts_forget(struct store *store, const struct attempts_key *key, struct err *err)
	MUST_CHECK;

/* --- who undoes it --- */

/* The permission that the role needs: cloudtrail:LookupEvents. Ends with AWS_PERMISSIONS_END. */
extern const struct aws_permission attempts_permissions[];

struct attempts_who {
	bool known;
	char principal[256]; /* the ARN if the event has one, else CloudTrail's user name */
	char event[128];     /* "DeleteBucketEncryption" */
	char at[40];         /* RFC 3339 */
	char event_id[64];
	struct err failure; /* why the answer is not known; ERR_NONE: no matching event was found */
};

struct attempts_question {
	const struct attempts_key *key;
	const json_t *calls; /* the calls of the remediation, which tell which events to look for; may
							be NULL */
	const char *role;    /* name of Reeve's role in the account; NULL: its own credentials */
	const char *region;  /* the region to look in: the resource's; for a global resource, the home
							region */
	int64_t since_ms;    /* the time of the last remediation */
	int64_t now_ms;
};

#endif
