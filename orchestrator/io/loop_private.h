/*
 * The parts of the loop that the fibers and the HTTP client use; private to this room.
 */
#ifndef REEVE_IO_LOOP_PRIVATE_H
#define REEVE_IO_LOOP_PRIVATE_H

#include "io/fiber_private.h"
#include "io/loop.h"

#include <pthread.h>

struct loop_task {
	void (*run)(void *argument);
	void *argument;
};

/* A first-in first-out ring of tasks; the capacity is a power of two. */
struct loop_queue {
	struct loop_task *tasks;
	size_t first, count, capacity;
};

/* A signal or interval; freed with the loop. */
struct loop_watch {
	struct loop *loop;
	struct event *event;
	void (*handler)(void *argument);
	void *argument;
	struct loop_watch *next;
};

struct loop {
	struct event_base *base;
	struct loop_queue ready;
	struct loop_watch *watches;
	struct fiber_pool fibers;
	bool cancelled;

	int64_t turn_start_us; /* 0 while the loop waits */
	int64_t now_us;        /* when the current task began; read once for each task */
	int64_t max_lag_us;

	/* Tasks of other threads. wake_fd is written when the queue stops being empty. */
	pthread_mutex_t mutex;
	struct loop_queue posted;
	int wake_fd;
	struct event *wake_event;
};

/* Every callback of libevent calls this first: the turn, whose length is the lag, begins with
 * the first of them, and after TURN_BUDGET_US the rest of the callbacks waits for the next turn. */
void loop_turn_begin(struct loop *loop);

/* Returns when this turn began, by clock_monotonic_us; only a turn's first call reads the clock. */
int64_t loop_turn_us(struct loop *loop);

/* Removes all tasks with this function and argument from the ready queue, because the argument is
 * about to be freed. */
void loop_unpost(struct loop *loop, void (*task)(void *argument), void *argument);

#endif
