/*
 * The rollout waves of a sweep: the accounts of each wave wait in a queue, and a wave begins when
 * the one before it has ended, few enough of its changes have failed, and its soak time is over.
 */
#ifndef REEVE_ENGINE_ROLLOUT_H
#define REEVE_ENGINE_ROLLOUT_H

#include "accounts/organization.h"
#include "engine/run.h"

struct queued_account {
	struct account *account;
	struct queued_account *next;
};

struct account_queue {
	struct queued_account *first, *last;
	size_t count;
};

void account_queue_push(struct account_queue *queue, struct account *account);
/* Takes the account that has waited longest; NULL when the queue is empty. */
struct account *account_queue_pop(struct account_queue *queue);

/* Halts the run when more changes of the wave failed than its limit allows, so that later waves are
 * only observed; else waits until the soak time of the wave is over. */
MAY_YIELD void rollout_end_wave(struct run *run, size_t index);

#endif
