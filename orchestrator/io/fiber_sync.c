/* Semaphore, group and once, by which fibers wait for each other. */
#include "io/fiber_sync.h"

#include "io/fiber_private.h"

#include "base/banned.h"

#include <assert.h>

static void push_waiter(struct fiber_waiter **first, struct fiber_waiter **last,
	struct fiber_waiter *waiter)
{
	*waiter = (struct fiber_waiter){ .previous = *last, .ticket = fiber_ticket() };
	if (*last != NULL)
		(*last)->next = waiter;
	else
		*first = waiter;
	*last = waiter;
}

static void remove_waiter(struct fiber_waiter **first, struct fiber_waiter **last,
	struct fiber_waiter *waiter)
{
	if (waiter->previous != NULL)
		waiter->previous->next = waiter->next;
	else
		*first = waiter->next;
	if (waiter->next != NULL)
		waiter->next->previous = waiter->previous;
	else
		*last = waiter->previous;
}

void fiber_semaphore_init(struct fiber_semaphore *semaphore, struct loop *loop, int count)
{
	*semaphore = (struct fiber_semaphore){ .loop = loop, .available = count };
}

int fiber_semaphore_acquire(struct fiber_semaphore *semaphore)
{
	struct fiber_waiter waiter;

	if (semaphore->available > 0) {
		semaphore->available--;
		return 0;
	}
	push_waiter(&semaphore->first, &semaphore->last, &waiter);
	while (fiber_wait(FIBER_FOREVER) != FIBER_CANCELLED) {
		if (waiter.granted)
			return 0;
		waiter.ticket = fiber_ticket();
	}
	/* A slot that was granted after the cancellation is passed on to the next fiber. */
	if (waiter.granted)
		fiber_semaphore_release(semaphore);
	else
		remove_waiter(&semaphore->first, &semaphore->last, &waiter);
	return FIBER_CANCELLED;
}

void fiber_semaphore_release(struct fiber_semaphore *semaphore)
{
	struct fiber_waiter *waiter = semaphore->first;

	if (waiter == NULL) {
		semaphore->available++;
		return;
	}
	/* The slot is handed over rather than counted, so that no later fiber can overtake. */
	remove_waiter(&semaphore->first, &semaphore->last, waiter);
	waiter->granted = true;
	fiber_wake(waiter->ticket, 0);
}

void fiber_group_init(struct fiber_group *group)
{
	*group = (struct fiber_group){ 0 };
}

void fiber_group_add(struct fiber_group *group)
{
	group->running++;
}

void fiber_group_done(struct fiber_group *group)
{
	assert(group->running > 0);
	group->running--;
	if (group->running == 0 && group->waiting)
		fiber_wake(group->waiter, 0);
}

void fiber_group_wait(struct fiber_group *group)
{
	assert(!group->waiting);
	fiber_shield();
	while (group->running > 0) {
		group->waiting = true;
		group->waiter = fiber_ticket();
		(void)!fiber_wait(FIBER_FOREVER);
		group->waiting = false;
	}
	fiber_unshield();
}

bool fiber_once_begin(struct fiber_once *once)
{
	struct fiber_waiter waiter;

	if (once->state == FIBER_ONCE_DONE)
		return false;
	if (once->state == FIBER_ONCE_NEW) {
		once->state = FIBER_ONCE_RUNNING;
		return true;
	}
	push_waiter(&once->first, &once->last, &waiter);
	/* This wait is not cancelled, since the caller then reads an outcome, which exists only
	 * after finish. The fiber that does the work is cancelled in its own waits, so this ends
	 * soon. */
	fiber_shield();
	while (!waiter.granted) {
		waiter.ticket = fiber_ticket();
		(void)!fiber_wait(FIBER_FOREVER);
	}
	fiber_unshield();
	return false;
}

void fiber_once_finish(struct fiber_once *once)
{
	assert(once->state == FIBER_ONCE_RUNNING);
	once->state = FIBER_ONCE_DONE;
	while (once->first != NULL) {
		struct fiber_waiter *waiter = once->first;

		remove_waiter(&once->first, &once->last, waiter);
		waiter->granted = true;
		fiber_wake(waiter->ticket, 0);
	}
}

void fiber_once_reset(struct fiber_once *once)
{
	assert(once->state == FIBER_ONCE_DONE);
	once->state = FIBER_ONCE_NEW;
}
