#include "engine/rollout.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "config/values.h"
#include "io/fiber.h"
#include "ledger/schedule_record.h"
#include "store/queue.h"

void account_queue_push(struct account_queue *queue, struct account *account)
{
	struct queued_account *queued = xcalloc(1, sizeof *queued);

	queued->account = account;
	if (queue->last != NULL)
		queue->last->next = queued;
	else
		queue->first = queued;
	queue->last = queued;
	queue->count++;
}

struct account *account_queue_pop(struct account_queue *queue)
{
	struct queued_account *queued = queue->first;

	if (queued == NULL)
		return NULL;
	struct account *account = queued->account;
	queue->first = queued->next;
	if (queue->first == NULL)
		queue->last = NULL;
	queue->count--;
	free(queued);
	return account;
}

/* Waits until the wave's soak time has passed since the wave last changed something, even if
 * that was before a resumption, or in an earlier run. */
static MAY_YIELD void soak(struct run *run, const json_t *wave, bool changed)
{
	const char *name = json_get_string_or(wave, "wave", "?");
	int64_t soak_ms = json_get_integer_or(wave, "soak_minutes", 0) * 60000, now_ms = clock_now_ms(),
			ended_ms = 0;
	struct err err = ERR_INIT;

	if (soak_ms <= 0)
		return;
	if (wave_ended_read(run->engine.store, name, &ended_ms, &err) < 0) {
		run_halt(run, &err);
		return;
	}
	if (changed && (!run->resumed || ended_ms < run->started_ms)) {
		ended_ms = now_ms;
		if (wave_ended_put(run->engine.store, name, now_ms, &err) < 0 ||
			store_flush(run->engine.store, &err) < 0) {
			run_halt(run, &err);
			return;
		}
	}
	int64_t left_ms = ended_ms + soak_ms - now_ms;
	if (left_ms <= 0 || left_ms > soak_ms) /* a clock that was set back must not make the wait
											  longer */
		left_ms = left_ms > soak_ms ? soak_ms : 0;
	if (left_ms > 0)
		log_warning("wave %s is done; the next wave begins after its soak time, in %lld s", name,
			(long long)(left_ms / 1000));
	(void)!fiber_sleep(left_ms);
}

void rollout_end_wave(struct run *run, size_t index)
{
	const json_t *wave = json_array_get(config_get(run->engine.config, "rollout"), index);
	const json_t *own = json_object_get(wave, "failure_rate");
	double limit = json_is_number(own)
		? json_number_value(own)
		: config_number(run->engine.config, "limits", "failure_rate");
	const struct run_outcomes *outcomes = &run->waves[index];
	struct err cause = ERR_INIT;

	if ((double)outcomes->failed > limit * (double)outcomes->tried) {
		(void)err_set(&cause, ERR_LIMIT, "WaveFailed",
			"%s of the wave %s failed, more than its limit (%g) allows; later "
			"waves are only observed",
			count_among(outcomes->failed, outcomes->tried, "change"),
			json_get_string_or(wave, "wave", "?"), limit);
		run_halt(run, &cause);
	}
	if (run->halt.kind == ERR_NONE)
		soak(run, wave, outcomes->tried > 0);
}
