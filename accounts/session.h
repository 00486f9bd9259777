/*
 * How Reeve enters an account: the role sessions of a run, and the account's enabled regions.
 */
#ifndef REEVE_ACCOUNTS_SESSION_H
#define REEVE_ACCOUNTS_SESSION_H

#include "aws/client.h"
#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"

#include <jansson.h>
#include <stdbool.h>

/* The orchestrator's own permissions for entering the accounts, with a remediation role of that
 * name. */
extern const struct aws_permission session_permissions[];
/* The permission that every account's role needs to list its regions. */
extern const struct aws_permission region_permissions[];

struct session_options {
	const char *run_id;   /* session name, source identity and tag */
	const char *run_kind; /* "plan", "sweep", ... */
	const char *partition;
	bool read_only; /* a plan: the session is narrowed to reads by a session policy */
	const struct aws_permission *const *reads; /* what the run reads; ends with NULL; for the
												  session policy */
};

/* The session for one account, by the configuration: the remediation role, the account's own role
 * (organization.account_roles), or the caller's own credentials. AssumeRole is called at its first
 * use. */
struct aws_session *session_for_account(struct aws *aws, struct aws_session *own,
	const struct config *config, const char *account_id, const struct session_options *options);

/* The session that reads the organization: the caller's own, or organization.reader_role_arn. */
struct aws_session *session_for_organization(struct aws *aws, struct aws_session *own,
	const struct config *config, const char *run_id);

/* The names of the account's enabled regions, a new array in *out. */
MAY_YIELD int account_enabled_regions(struct aws_reader *reader, const char *home_region,
	json_t **out, struct err *err) MUST_CHECK;

#endif
