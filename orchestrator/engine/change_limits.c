#include "engine/change_limits.h"

#include "base/banned.h"
#include "base/count.h"
#include "base/json.h"
#include "base/log.h"
#include "baselines/set.h"
#include "config/values.h"

/* The failure rate is checked only after this many changes of a baseline were tried, since a
 * rate over fewer says little. */
#define FAILURE_RATE_MINIMUM_SAMPLE 10

struct breaker_change breaker_change_of(const struct drift *drift)
{
	return (struct breaker_change){ drift->cell->baseline->id, drift->cell->account->account->id,
		drift->cell->baseline->service, drift->resource };
}

void limits_count_change(struct drift *drift)
{
	struct run *run = drift->cell->account->run;
	const char *account = drift->cell->account->account->id;

	run->changes_made++;
	run->waves[run->wave].made++;
	json_object_set_new(run->account_changes, account,
		json_integer(json_get_integer_or(run->account_changes, account, 0) + 1));
}

/* Halts the run when more changes of a baseline failed than limits.failure_rate allows. */
static MAY_YIELD void check_failure_rate(struct run *run, size_t index)
{
	const struct run_outcomes *outcomes = &run->outcomes[index];
	double limit = config_number(run->engine.config, "limits", "failure_rate");
	struct err cause = ERR_INIT;

	if (outcomes->tried < FAILURE_RATE_MINIMUM_SAMPLE ||
		(double)outcomes->failed <= limit * (double)outcomes->tried || run->halt.kind != ERR_NONE)
		return;
	(void)err_set(&cause, ERR_LIMIT, "FailureRate",
		"%s of %s failed, more than limits.failure_rate (%g) allows",
		count_among(outcomes->failed, outcomes->tried, "change"),
		baseline_set_at(baselines_of(run->engine.config), index)->id, limit);
	run_halt(run, &cause);
}

void limits_check_halt(struct run *run)
{
	for (size_t i = 0; i < baseline_set_count(baselines_of(run->engine.config)); i++)
		check_failure_rate(run, i);
}

void limits_count_outcome(struct drift *drift, const struct err *failure)
{
	struct run *run = drift->cell->account->run;
	size_t index = baseline_set_index(baselines_of(run->engine.config), drift->cell->baseline);
	struct breaker_change change = breaker_change_of(drift);

	if (breaker_count(&run->breaker, &change, failure))
		log_error(
			"the remediation of %s failed again on %s; this run makes no more changes of this kind",
			drift->cell->baseline->id, drift->resource);
	run->outcomes[index].tried++;
	run->waves[run->wave].tried++;
	if (failure != NULL) {
		run->outcomes[index].failed++;
		run->waves[run->wave].failed++;
	}
	check_failure_rate(run, index);
}
