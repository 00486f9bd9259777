/*
 * A run's sessions in the accounts, and what it declares to read.
 */
#ifndef REEVE_ENGINE_SESSIONS_H
#define REEVE_ENGINE_SESSIONS_H

#include "aws/client.h"

struct run;

/* The session of this run in that account; the caller releases it. */
struct aws_session *run_session_for_account(struct run *run, const char *account_id);

/* Everything that a run reads in a member account: regions, and each baseline's reads. Ends with NULL. */
const struct aws_permission *const *run_declared_reads(void);

#endif
