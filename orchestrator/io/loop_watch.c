/* Signals and intervals: callbacks of libevent that live as long as the loop. */
#include "io/loop_watch.h"

#include "io/loop_private.h"

#include "base/banned.h"
#include "base/mem.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>

static void on_watch(evutil_socket_t fd, short what, void *argument)
{
	struct loop_watch *watch = argument;

	(void)fd;
	(void)what;
	loop_turn_begin(watch->loop);
	watch->handler(watch->argument);
}

static int add_watch(struct loop *loop, int fd, short what, const struct timeval *interval,
	void (*handler)(void *argument), void *argument, struct err *err)
{
	struct loop_watch *watch = xcalloc(1, sizeof *watch);

	watch->loop = loop;
	watch->handler = handler;
	watch->argument = argument;
	watch->event = event_new(loop->base, fd, what | EV_PERSIST, on_watch, watch);
	if (watch->event == NULL || event_add(watch->event, interval) < 0) {
		err_set(err, ERR_SYSTEM, "NoEvent", "cannot watch a signal or an interval: %s",
			strerror(errno));
		if (watch->event != NULL)
			event_free(watch->event);
		free(watch);
		return -1;
	}
	watch->next = loop->watches;
	loop->watches = watch;
	return 0;
}

int loop_on_signal(struct loop *loop, int signal_number, void (*handler)(void *argument),
	void *argument, struct err *err)
{
	if (signal_number != SIGINT && signal_number != SIGTERM && signal_number != SIGHUP)
		return err_set(err, ERR_SYSTEM, "BadSignal", "signal %d is not one that the loop handles",
			signal_number);
	return add_watch(loop, signal_number, EV_SIGNAL, NULL, handler, argument, err);
}

int loop_on_interval(struct loop *loop, int64_t interval_ms, void (*tick)(void *argument),
	void *argument, struct err *err)
{
	struct timeval interval = { .tv_sec = interval_ms / 1000,
		.tv_usec = interval_ms % 1000 * 1000 };

	if (interval_ms <= 0)
		return err_set(err, ERR_SYSTEM, "BadInterval", "an interval must be at least 1 ms");
	return add_watch(loop, -1, EV_TIMEOUT, &interval, tick, argument, err);
}
