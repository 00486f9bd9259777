#include "io/fiber_private.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/mem.h"
#include "io/loop_private.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>

enum {
	DEFAULT_CAP = 1024,
	/* The number of idle stacks that keep their pages. The others return them to the system, so
	 * that memory follows the number of fibers alive and one deep call does not hold memory
	 * forever. */
	WARM_STACKS = 256,
};

/* NULL on the loop's own stack, and on every other thread. */
static _Thread_local struct fiber *running;

void fiber_pool_init(struct fiber_pool *pool, struct loop *loop, size_t cap, size_t stack_bytes)
{
	*pool = (struct fiber_pool){
		.loop = loop,
		.cap = cap ? cap : DEFAULT_CAP,
		.stack_bytes = stack_bytes ? stack_bytes : fiber_stack_default_bytes(),
	};
}

void fiber_pool_release(struct fiber_pool *pool)
{
	assert(pool->alive == 0);
	while (pool->idle != NULL) {
		struct fiber *fiber = pool->idle;

		pool->idle = fiber->next;
		fiber_stack_unmap(&fiber->stack);
		free(fiber);
	}
}

static void arm_timer(struct fiber *fiber, int64_t delay_us)
{
	struct timeval delay = { .tv_sec = delay_us / 1000000, .tv_usec = delay_us % 1000000 };

	event_add(&fiber->timer, &delay);
}

/* --- the two sides of a switch --- */

static void enter(void);

/* Runs a fiber until it waits or ends; on the loop's stack, from the ready queue. */
static void resume(void *argument)
{
	struct fiber *fiber = argument;
	struct fiber_pool *pool = &fiber->loop->fibers;
	void *fake = NULL;

	assert(running == NULL && fiber->state == FIBER_READY);
	fiber->state = FIBER_RUNNING;
	running = fiber;
	fiber_stack_leave(&fake, fiber->stack.bottom, fiber->stack.size_bytes);
	if (fiber->started) {
		fiber_switch(pool->loop_place, fiber->place);
	} else {
		fiber->started = true;
		fiber_switch_first(pool->loop_place, &fiber->stack, enter);
	}
	fiber_stack_arrive(fake, NULL, NULL);
	running = NULL;
	if (fiber->state != FIBER_ENDED)
		return;

	if (fiber->next != NULL)
		fiber->next->previous = fiber->previous;
	if (fiber->previous != NULL)
		fiber->previous->next = fiber->next;
	else
		pool->first = fiber->next;
	fiber->state = FIBER_IDLE;
	fiber_stack_clean(&fiber->stack);
	if (pool->idle_count >= WARM_STACKS) {
		fiber_stack_trim(&fiber->stack);
		fiber->started = false;
	}
	fiber->previous = NULL;
	fiber->next = pool->idle;
	pool->idle = fiber;
	pool->idle_count++;
	pool->alive--;
}

/* Goes back to the loop; returns when the fiber is resumed. */
static void suspend(struct fiber *fiber)
{
	struct fiber_pool *pool = &fiber->loop->fibers;

	fiber_stack_leave(&fiber->fake_stack, pool->loop_stack_bottom, pool->loop_stack_bytes);
	fiber_switch(fiber->place, pool->loop_place);
	fiber_stack_arrive(fiber->fake_stack, &pool->loop_stack_bottom, &pool->loop_stack_bytes);
}

/* The first function on a fiber's stack. It runs one body after the other while the stack keeps its
 * contents. */
static void enter(void)
{
	struct fiber *fiber = running;
	struct fiber_pool *pool = &fiber->loop->fibers;

	fiber_stack_arrive(fiber->fake_stack, &pool->loop_stack_bottom, &pool->loop_stack_bytes);
	for (;;) {
		fiber->body(fiber->argument);
		assert(fiber->shield == 0);
		fiber->generation++; /* makes all tickets and references of the ended body stale */
		fiber->life++;
		fiber->state = FIBER_ENDED;
		suspend(fiber);
	}
}

/* --- waking --- */

static void make_ready(struct fiber *fiber)
{
	fiber->state = FIBER_READY;
	loop_post(fiber->loop, resume, fiber);
}

/* Gives the current wait its result. Only the first result counts. */
static void deliver(struct fiber *fiber, int result)
{
	fiber->woken = true;
	fiber->result = result;
	/* A fiber that still runs was woken between fiber_ticket and fiber_wait. */
	if (fiber->state == FIBER_WAITING)
		make_ready(fiber);
}

static void on_timer(evutil_socket_t fd, short what, void *argument)
{
	struct fiber *fiber = argument;

	(void)fd;
	(void)what;
	loop_turn_begin(fiber->loop);
	if (fiber->state != FIBER_WAITING || fiber->woken)
		return;
	/* libevent's clock is coarse and may fire some milliseconds early. */
	int64_t left_us = fiber->deadline_us - clock_monotonic_us();
	if (left_us > 0)
		arm_timer(fiber, left_us);
	else
		deliver(fiber, FIBER_TIMED_OUT);
}

void fiber_wake(struct fiber_ticket ticket, int result)
{
	struct fiber *fiber = ticket.fiber;

	assert(result >= 0);
	if (fiber == NULL || ticket.generation != fiber->generation || fiber->woken)
		return;
	deliver(fiber, result);
}

static void end_wait(struct fiber *fiber)
{
	if (fiber->state == FIBER_WAITING && fiber->shield == 0 && !fiber->woken)
		deliver(fiber, FIBER_CANCELLED);
}

void fiber_pool_cancel(struct fiber_pool *pool)
{
	for (struct fiber *fiber = pool->first; fiber != NULL; fiber = fiber->next)
		end_wait(fiber);
}

void fiber_cancel(struct fiber_ref ref)
{
	if (ref.fiber == NULL || ref.fiber->life != ref.life)
		return;
	ref.fiber->cancelled = true;
	end_wait(ref.fiber);
}

/* --- the fiber's own side --- */

static struct fiber *take_fiber(struct fiber_pool *pool)
{
	struct fiber *fiber = pool->idle;

	if (fiber != NULL) {
		pool->idle = fiber->next;
		pool->idle_count--;
		return fiber;
	}
	fiber = xcalloc(1, sizeof *fiber);
	if (fiber_stack_map(&fiber->stack, pool->stack_bytes) < 0) {
		free(fiber);
		return NULL;
	}
	fiber->loop = pool->loop;
	event_assign(&fiber->timer, pool->loop->base, -1, 0, on_timer, fiber);
	return fiber;
}

int fiber_spawn(struct loop *loop, const char *name, void (*body)(void *argument), void *argument,
	struct err *err)
{
	struct fiber_pool *pool = &loop->fibers;

	if (!fiber_available(loop))
		return err_set(err, ERR_LIMIT, "FiberCap",
			"cannot start %s: %zu fibers are alive, which is the cap", name, pool->alive);
	struct fiber *fiber = take_fiber(pool);
	if (fiber == NULL)
		return err_set(err, ERR_SYSTEM, "NoFiberStack",
			"cannot map a stack of %zu bytes for %s: %s; raise vm.max_map_count or the memory "
			"limit",
			pool->stack_bytes, name, strerror(errno));
	fiber->name = name;
	fiber->body = body;
	fiber->argument = argument;
	fiber->woken = false;
	fiber->cancelled = false;
	fiber->shield = 0;
	fiber->previous = NULL;
	fiber->next = pool->first;
	if (pool->first != NULL)
		pool->first->previous = fiber;
	pool->first = fiber;
	pool->alive++;
	if (pool->alive > pool->peak)
		pool->peak = pool->alive;
	make_ready(fiber);
	return 0;
}

bool fiber_available(const struct loop *loop)
{
	return loop->fibers.alive < loop->fibers.cap;
}

struct fiber *fiber_self(void)
{
	return running;
}

int64_t fiber_now_us(void)
{
	return running != NULL ? running->loop->now_us : clock_monotonic_us();
}

struct fiber_ticket fiber_ticket(void)
{
	assert(running != NULL);
	return (struct fiber_ticket){ .fiber = running, .generation = running->generation };
}

struct fiber_ref fiber_ref(void)
{
	assert(running != NULL);
	return (struct fiber_ref){ .fiber = running, .life = running->life };
}

bool fiber_stopping(void)
{
	return (running->loop->cancelled || running->cancelled) && running->shield == 0;
}

int fiber_wait(int64_t timeout_ms)
{
	struct fiber *fiber = running;

	assert(fiber != NULL);
	if (!fiber->woken && fiber_stopping()) {
		fiber->generation++;
		return FIBER_CANCELLED;
	}
	if (!fiber->woken) {
		fiber->state = FIBER_WAITING;
		if (timeout_ms > 0) {
			fiber->deadline_us = clock_monotonic_us() + timeout_ms * 1000;
			arm_timer(fiber, timeout_ms * 1000);
		} else if (timeout_ms == 0) {
			deliver(fiber, FIBER_TIMED_OUT); /* lets the other ready fibers run first */
		}
		suspend(fiber);
		if (timeout_ms > 0)
			event_del(&fiber->timer);
	}
	fiber->woken = false;
	fiber->generation++;
	return fiber->result;
}

int fiber_sleep(int64_t ms)
{
	return fiber_wait(ms < 0 ? 0 : ms) == FIBER_CANCELLED ? FIBER_CANCELLED : 0;
}

void fiber_shield(void)
{
	running->shield++;
}

void fiber_unshield(void)
{
	assert(running->shield > 0);
	running->shield--;
}
