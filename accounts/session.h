/* The role sessions by which a run calls AWS in each account; the account's enabled regions. */
#ifndef REEVE_ACCOUNTS_SESSION_H
#define REEVE_ACCOUNTS_SESSION_H

#include "aws/client.h"
#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"

#include <jansson.h>
#include <stdbool.h>

/* The permissions that the orchestrator's own identity needs to assume the remediation role. */
extern const struct aws_permission session_permissions[];
/* The permission that the role in each account needs to list the account's regions. */
extern const struct aws_permission region_permissions[];

struct session_options {
	const char *run_id;   /* session name, source identity and tag */
	const char *run_kind; /* "plan", "sweep", ... */
	const char *partition;
	bool read_only; /* true for a plan: a session policy narrows the session to reads */
	const struct aws_permission *const *reads; /* the read permissions of the run, for the session
												  policy; ends with NULL */
};

/* Returns the session for one account. The configuration decides whether it is of the remediation
 * role, of the account's own role (organization.account_roles), or has the caller's own
 * credentials. AssumeRole is called at its first use. */
struct aws_session *session_for_account(struct aws *aws, struct aws_session *own,
	const struct config *config, const char *account_id, const struct session_options *options);

/* Returns the session that reads the organization: the caller's own, or one of the role
 * organization.reader_role_arn. */
struct aws_session *session_for_organization(struct aws *aws, struct aws_session *own,
	const struct config *config, const char *run_id);

/* Puts the names of the account's enabled regions into *out, a new array. */
MAY_YIELD int account_enabled_regions(struct aws_reader *reader, const char *home_region,
	json_t **out, struct err *err) MUST_CHECK;

#endif
