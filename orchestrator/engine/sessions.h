/*
 * The sessions of a run in the accounts, and the permissions that it needs to read.
 */
#ifndef REEVE_ENGINE_SESSIONS_H
#define REEVE_ENGINE_SESSIONS_H

#include "aws/client.h"

struct baseline_set;
struct run;
struct session_pool;

/* Makes a pool of one session for each account, kept and renewed from run to run, for a process
 * that serves. The session names contain the process's id instead of a run's. */
struct session_pool *session_pool_new(const char *process_id);
void session_pool_free(struct session_pool *pool); /* NULL is fine */

/* Returns the session of this run in that account, from the engine's pool when there is one. The
 * caller releases it. */
struct aws_session *run_session_for_account(struct run *run, const char *account_id);

#endif
