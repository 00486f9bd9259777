#include "io/loop_private.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	/* The longest time that one turn spends on callbacks, and then on ready fibers, before it
	 * polls for events again. It bounds the lag of everything else, and is long enough that
	 * epoll_wait costs little. */
	TURN_BUDGET_US = 2000,
	QUEUE_INITIAL = 64, /* a power of two */
};

static void queue_push(struct loop_queue *queue, void (*run)(void *argument), void *argument)
{
	if (queue->count == queue->capacity) {
		size_t capacity = queue->capacity ? 2 * queue->capacity : QUEUE_INITIAL;
		struct loop_task *tasks = xmalloc(capacity * sizeof *tasks);

		for (size_t i = 0; i < queue->count; i++)
			tasks[i] = queue->tasks[(queue->first + i) & (queue->capacity - 1)];
		free(queue->tasks);
		queue->tasks = tasks;
		queue->first = 0;
		queue->capacity = capacity;
	}
	queue->tasks[(queue->first + queue->count++) & (queue->capacity - 1)] =
		(struct loop_task){ .run = run, .argument = argument };
}

static struct loop_task queue_pop(struct loop_queue *queue)
{
	struct loop_task task = queue->tasks[queue->first];

	queue->first = (queue->first + 1) & (queue->capacity - 1);
	queue->count--;
	return task;
}

/* Moves what other threads posted to the ready queue. */
static void take_posted(struct loop *loop)
{
	pthread_mutex_lock(&loop->mutex);
	while (loop->posted.count > 0) {
		struct loop_task task = queue_pop(&loop->posted);

		queue_push(&loop->ready, task.run, task.argument);
	}
	pthread_mutex_unlock(&loop->mutex);
}

static void on_wake(evutil_socket_t fd, short what, void *argument)
{
	struct loop *loop = argument;
	uint64_t count;

	(void)what;
	loop_turn_begin(loop);
	/* wake_fd is read before the queue is emptied: a post in between only wakes the loop once more.
	 */
	while (read(fd, &count, sizeof count) < 0 && errno == EINTR)
		;
	take_posted(loop);
}

static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config == NULL)
		return NULL;
	/* The changelist saves system calls when a socket's interest changes twice in a turn. It is
	 * wrong for duplicated descriptors, which nothing here makes. Only the loop's thread touches
	 * the base (others write to wake_fd), so it needs no lock. */
	if (event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST) == 0 &&
		event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) == 0 &&
		event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV) == 0)
		base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

int loop_new(const struct loop_options *options, struct loop **out, struct err *err)
{
	struct loop *loop = xcalloc(1, sizeof *loop);

	*out = NULL;
	/* OpenSSL writes with write(2), and curl is told to leave signals alone. */
	signal(SIGPIPE, SIG_IGN);
	pthread_mutex_init(&loop->mutex, NULL);
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->wake_fd < 0) {
		err_set(err, ERR_SYSTEM, "NoEventFd",
			"cannot make an eventfd: %s; raise the limit of open files", strerror(errno));
		goto failed;
	}
	loop->base = new_base();
	if (loop->base == NULL) {
		err_set(err, ERR_SYSTEM, "NoEventLoop", "cannot make an event loop (epoll): %s",
			strerror(errno));
		goto failed;
	}
	loop->wake_event = event_new(loop->base, loop->wake_fd, EV_READ | EV_PERSIST, on_wake, loop);
	if (loop->wake_event == NULL || event_add(loop->wake_event, NULL) < 0) {
		err_set(err, ERR_SYSTEM, "NoEventLoop", "cannot watch the loop's eventfd: %s",
			strerror(errno));
		goto failed;
	}
	fiber_pool_init(&loop->fibers, loop, options ? options->fiber_cap : 0,
		options ? options->fiber_stack_bytes : 0);
	*out = loop;
	return 0;

failed:
	loop_free(loop);
	return -1;
}

void loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	fiber_pool_release(&loop->fibers);
	while (loop->watches != NULL) {
		struct loop_watch *watch = loop->watches;

		loop->watches = watch->next;
		event_free(watch->event);
		free(watch);
	}
	if (loop->wake_event != NULL)
		event_free(loop->wake_event);
	if (loop->base != NULL)
		event_base_free(loop->base);
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
	pthread_mutex_destroy(&loop->mutex);
	free(loop->ready.tasks);
	free(loop->posted.tasks);
	free(loop);
}

void loop_turn_begin(struct loop *loop)
{
	int64_t now_us = clock_monotonic_us();

	if (loop->turn_start_us == 0)
		loop->turn_start_us = now_us;
	else if (now_us - loop->turn_start_us > TURN_BUDGET_US)
		event_base_loopbreak(loop->base); /* ends the turn after this callback; the other events
											 stay active */
}

int64_t loop_turn_us(struct loop *loop)
{
	if (loop->turn_start_us == 0)
		loop->turn_start_us = clock_monotonic_us();
	return loop->turn_start_us;
}

static void run_ready(struct loop *loop)
{
	int64_t end_us = loop->now_us + TURN_BUDGET_US;

	while (loop->ready.count > 0 && loop->now_us <= end_us) {
		struct loop_task task = queue_pop(&loop->ready);

		task.run(task.argument);
		loop->now_us = clock_monotonic_us();
	}
}

/* One turn: first the callbacks, which only queue tasks, then the tasks that are ready. */
static void turn(struct loop *loop, bool wait)
{
	loop->turn_start_us = wait ? 0 : loop->now_us;
	event_base_loop(loop->base, wait ? EVLOOP_ONCE : EVLOOP_ONCE | EVLOOP_NONBLOCK);
	loop->now_us = clock_monotonic_us();
	int64_t start_us = loop->turn_start_us != 0 ? loop->turn_start_us : loop->now_us;
	loop->turn_start_us = start_us;
	run_ready(loop);
	int64_t lag_us = loop->now_us - start_us;
	if (lag_us > loop->max_lag_us)
		loop->max_lag_us = lag_us;
}

void loop_run(struct loop *loop)
{
	assert(fiber_self() == NULL);
	loop->now_us = clock_monotonic_us();
	while (loop->fibers.alive > 0 || loop->ready.count > 0) {
		turn(loop, loop->ready.count == 0);
		/* Tasks that a thread posted before it was joined are run even when no fiber waits for
		 * them. */
		if (loop->fibers.alive == 0 && loop->ready.count == 0)
			take_posted(loop);
	}
	loop->turn_start_us = 0;
}

void loop_post(struct loop *loop, void (*task)(void *argument), void *argument)
{
	loop_turn_us(loop); /* the lag of a callback that was put on the base directly counts from here
						 */
	queue_push(&loop->ready, task, argument);
}

void loop_unpost(struct loop *loop, void (*task)(void *argument), void *argument)
{
	for (size_t left = loop->ready.count; left > 0; left--) {
		struct loop_task one = queue_pop(&loop->ready);

		if (one.run != task || one.argument != argument)
			queue_push(&loop->ready, one.run, one.argument);
	}
}

void loop_post_from_thread(struct loop *loop, void (*task)(void *argument), void *argument)
{
	uint64_t one = 1;

	pthread_mutex_lock(&loop->mutex);
	queue_push(&loop->posted, task, argument);
	/* The write is under the mutex, so that the loop can't close wake_fd before it. */
	if (loop->posted.count == 1)
		while (write(loop->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
			;
	pthread_mutex_unlock(&loop->mutex);
}

void loop_cancel(struct loop *loop)
{
	loop->cancelled = true;
	fiber_pool_cancel(&loop->fibers);
}

bool loop_cancelled(const struct loop *loop)
{
	return loop->cancelled;
}

struct event_base *loop_event_base(struct loop *loop)
{
	return loop->base;
}

int64_t loop_max_lag_us(const struct loop *loop)
{
	return loop->max_lag_us;
}

void loop_reset_lag(struct loop *loop)
{
	loop->max_lag_us = 0;
}

size_t loop_fibers_alive(const struct loop *loop)
{
	return loop->fibers.alive;
}

size_t loop_fibers_peak(const struct loop *loop)
{
	return loop->fibers.peak;
}
