#include "engine/sessions.h"

#include "accounts/session.h"
#include "aws/session.h"
#include "base/banned.h"
#include "base/mem.h"
#include "baselines/set.h"
#include "engine/run.h"

#include <uthash.h>

/* Returns the permissions for everything that a run reads in a member account: its regions, and the
 * reads of each baseline. Ends with NULL. */
static const struct aws_permission **declared_reads(const struct baseline_set *baselines)
{
	const struct aws_permission **reads =
		xcalloc(2 * baseline_set_count(baselines) + 2, sizeof *reads);
	size_t count = 0;

	reads[count++] = region_permissions;
	for (size_t i = 0; i < baseline_set_count(baselines); i++) {
		const struct baseline *baseline = baseline_set_at(baselines, i);

		reads[count++] = baseline->reads;
		if (baseline->administrator_reads != NULL)
			reads[count++] = baseline->administrator_reads;
	}
	return reads;
}

struct pooled_session {
	UT_hash_handle hh;
	char account[13];
	struct aws_session *session;
};

struct session_pool {
	char id[RUN_ID_SIZE];
	struct pooled_session *sessions;
};

struct session_pool *session_pool_new(const char *process_id)
{
	struct session_pool *pool = xcalloc(1, sizeof *pool);

	snprintf(pool->id, sizeof pool->id, "%s", process_id);
	return pool;
}

void session_pool_free(struct session_pool *pool)
{
	struct pooled_session *pooled, *next;

	if (pool == NULL)
		return;
	HASH_ITER(hh, pool->sessions, pooled, next) {
		HASH_DEL(pool->sessions, pooled);
		aws_session_release(pooled->session);
		free(pooled);
	}
	free(pool);
}

static struct aws_session *new_session(struct run *run, const char *account_id, const char *id,
	const char *kind)
{
	CLEANUP_FREE const struct aws_permission **reads =
		declared_reads(baselines_of(run->engine.config));
	struct session_options options = {
		.run_id = id,
		.run_kind = kind,
		.partition = run->organization->partition,
		.read_only = run->kind == RUN_PLAN,
		.reads = reads,
	};

	return session_for_account(run->engine.aws, run->own, run->engine.config, account_id, &options);
}

static struct aws_session *pooled_session(struct session_pool *pool, struct run *run,
	const char *account_id)
{
	struct pooled_session *pooled;

	HASH_FIND_STR(pool->sessions, account_id, pooled);
	if (pooled == NULL) {
		pooled = xcalloc(1, sizeof *pooled);
		snprintf(pooled->account, sizeof pooled->account, "%s", account_id);
		pooled->session = new_session(run, account_id, pool->id, "serve");
		HASH_ADD_STR(pool->sessions, account, pooled);
	}
	/* A session that failed before may work now, for instance because the role was created in the
	 * account since. */
	aws_session_forget_failure(pooled->session);
	return aws_session_retain(pooled->session);
}

struct aws_session *run_session_for_account(struct run *run, const char *account_id)
{
	/* A plan's sessions are restricted to reads, so they can't be shared with other runs. */
	if (run->engine.sessions != NULL && run->kind != RUN_PLAN)
		return pooled_session(run->engine.sessions, run, account_id);
	return new_session(run, account_id, run->id, run_kind_name(run->kind));
}
