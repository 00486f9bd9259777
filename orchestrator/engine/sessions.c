#include "engine/sessions.h"

#include "accounts/session.h"
#include "base/banned.h"
#include "baselines/baseline.h"
#include "engine/run.h"

#define MAX_BASELINES 256

const struct aws_permission *const *run_declared_reads(void)
{
	static const struct aws_permission *reads[2 * MAX_BASELINES + 2];

	if (reads[0] == NULL) {
		size_t count = 0;

		reads[count++] = region_permissions;
		for (size_t i = 0; i < baseline_count() && i < MAX_BASELINES; i++) {
			reads[count++] = baseline_at(i)->reads;
			if (baseline_at(i)->administrator_reads != NULL)
				reads[count++] = baseline_at(i)->administrator_reads;
		}
	}
	return reads;
}

struct aws_session *run_session_for_account(struct run *run, const char *account_id)
{
	struct session_options options = {
		.run_id = run->id,
		.run_kind = run_kind_name(run->kind),
		.partition = run->organization->partition,
		.read_only = run->kind == RUN_PLAN,
		.reads = run_declared_reads(),
	};

	return session_for_account(run->engine.aws, run->own, run->engine.config, account_id, &options);
}
