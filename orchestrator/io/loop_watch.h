/* Signals and intervals. */
#ifndef REEVE_IO_LOOP_WATCH_H
#define REEVE_IO_LOOP_WATCH_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdint.h>

struct loop;

/* Calls handler(argument) on the loop when the process gets the signal; SIGINT, SIGTERM, SIGHUP. */
int loop_on_signal(struct loop *loop, int signal_number, void (*handler)(void *argument),
	void *argument, struct err *err) MUST_CHECK;

/* Calls tick(argument) every interval_ms until the loop ends; does not keep it running. */
int loop_on_interval(struct loop *loop, int64_t interval_ms, void (*tick)(void *argument),
	void *argument, struct err *err) MUST_CHECK;

#endif
