/*
 * The pool of fibers that a loop owns; private to this room.
 *
 * A struct fiber is never freed before its loop, and its generation only grows, so a
 * ticket of a fiber that ended long ago can still be offered to fiber_wake.
 */
#ifndef REEVE_IO_FIBER_PRIVATE_H
#define REEVE_IO_FIBER_PRIVATE_H

#include "io/fiber.h"
#include "io/fiber_switch.h"

#include <event2/event_struct.h>

enum fiber_state {
	FIBER_IDLE,  /* in the pool */
	FIBER_READY, /* on the loop's ready queue */
	FIBER_RUNNING,
	FIBER_WAITING,
	FIBER_ENDED, /* its body returned; becomes idle as soon as the loop has its stack back */
};

struct fiber {
	struct loop *loop;
	enum fiber_state state;
	uint64_t generation; /* of the next wait, or of the one under way */
	bool woken;          /* that wait has its result */
	bool cancelled;      /* by fiber_cancel */
	int result;
	uint64_t life; /* counts the bodies that it ran */
	int shield;
	const char *name;
	void (*body)(void *argument);
	void *argument;
	struct event timer;
	int64_t deadline_us;
	struct fiber *previous, *next; /* among the fibers alive; `next` also in the idle list */
	struct fiber_stack stack;
	void *fake_stack; /* AddressSanitizer's, while it does not run */
	bool started;     /* its stack has a first frame, and goes on at `place` */
	jmp_buf place;
};

struct fiber_pool {
	struct loop *loop;
	size_t cap, stack_bytes;
	size_t alive, peak;
	struct fiber *first; /* alive, newest first */
	struct fiber *idle;  /* last in, first out: the warmest stack is used next */
	size_t idle_count;
	jmp_buf loop_place;
	const void *loop_stack_bottom; /* AddressSanitizer's view of the loop's own stack */
	size_t loop_stack_bytes;
};

/* A fiber in a queue of fiber_sync.c; lives on the stack of the waiting fiber. */
struct fiber_waiter {
	struct fiber_waiter *previous, *next;
	struct fiber_ticket ticket;
	bool granted;
};

void fiber_pool_init(struct fiber_pool *pool, struct loop *loop, size_t cap, size_t stack_bytes);
void fiber_pool_release(struct fiber_pool *pool);

/* Ends the waits of all unshielded fibers with FIBER_CANCELLED. */
void fiber_pool_cancel(struct fiber_pool *pool);

#endif
