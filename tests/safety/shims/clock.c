/* A wall clock that is SHIM_OFFSET_S seconds off. With SHIM_SPAN_S it jumps every SHIM_PERIOD_MS to
 * a random time at most that many seconds away, by SHIM_SEED. The monotonic clock is left alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

typedef int (*gettime)(clockid_t, struct timespec *);

static gettime real_gettime(void)
{
	static gettime real;

	if (real == NULL)
		real = (gettime)dlsym(RTLD_NEXT, "clock_gettime");
	return real;
}

static long number(const char *name, long otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? atol(text) : otherwise;
}

static uint64_t mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static time_t offset(void)
{
	long span = number("SHIM_SPAN_S", 0);
	struct timespec now;

	if (span == 0)
		return number("SHIM_OFFSET_S", 0);
	real_gettime()(CLOCK_MONOTONIC, &now);
	uint64_t period = (uint64_t)(now.tv_sec * 1000 + now.tv_nsec / 1000000) /
		(uint64_t)number("SHIM_PERIOD_MS", 100);
	uint64_t draw = mix(period * 7919 + (uint64_t)number("SHIM_SEED", 1));
	return draw % 3 == 0 ? 0 : (time_t)(draw / 3 % (uint64_t)(2 * span + 1)) - span;
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
	int result = real_gettime()(clock, out);

	if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		out->tv_sec += offset();
	return result;
}

time_t time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

int gettimeofday(struct timeval *out, void *zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	out->tv_sec = now.tv_sec;
	out->tv_usec = now.tv_nsec / 1000;
	return 0;
}
