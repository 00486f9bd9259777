/*
 * Credentials that the simulator accepts: two permanent users and the sessions
 * that AssumeRole issued. Sessions are kept after their end, so that a late
 * call learns that it is expired, and forgotten an hour later.
 */
#ifndef SIM_SESSION_H
#define SIM_SESSION_H

#include <stdbool.h>
#include <time.h>

#include "call.h"
#include "policy.h"

#define SESSION_MAX_POLICIES 11 /* one inline and ten by ARN */

struct session {
	char key[21], secret[41];
	char token[400];
	char name[65], source_identity[65];
	struct account *account;
	uint64_t serial;
	time_t issued, expires;
	/* none: the role's permissions are not narrowed */
	const struct policy *policies[SESSION_MAX_POLICIES];
	size_t n_policies;
};

struct credentials {
	struct principal who;
	const char *secret, *token; /* token NULL: none is needed */
};

/* Makes a new session of the remediation role; the caller fills in name, source identity and
 * policies. */
struct session *session_new(struct account *account, long seconds);
/* Returns false when there is no such access key. */
bool credentials_find(struct slice access_key, struct credentials *found);
bool session_expired(const struct session *session);
/* Ends all sessions of the account now. */
void sessions_expire(struct account *account);
const char *session_arn(struct arena *arena, const struct session *session);
/* Returns AROA...:name. */
const char *session_user_id(struct arena *arena, const struct session *session);

#endif
