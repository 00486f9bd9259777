/*
 * Combines events on the same cell into few checks. A cell is idle (then it is not in the table),
 * being checked, or settling after a check. The first event on a cell is checked at once. An event
 * that arrives during a check may be newer than what the check has read, so it waits for a second
 * check, which begins when no event came for the settle time, or after the settle limit if events
 * keep coming.
 */
#include "daemon/cells.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/mem.h"
#include "baselines/set.h"
#include "config/values.h"
#include "daemon/checks.h"
#include "daemon/daemon_private.h"
#include "daemon/life.h"

#include <uthash.h>

/* At most limits.in_flight divided by this many checks run at once, so that they leave fibers and
 * connections for other work. */
#define CHECKS_PER_IN_FLIGHT 2
#define CHECKS_LEAST 4

struct waiters {
	struct cell_waiter *first, **end;
};

struct busy_cell {
	UT_hash_handle hh;
	struct cells *cells;
	struct waiters current, next; /* the waiters of the check under way, and those of the one after
									 it */
	bool checking, look;
	int64_t settled_us; /* when it becomes idle again, unless an event comes */
	int64_t first_next_us, last_next_us;
	/* The baseline's id, since a reload may bring another definition; "" stands for the whole
	 * account. */
	char account[13], region[32], baseline[BASELINE_ID_MAX + 1];
	char key[];
};

struct cells {
	struct daemon *daemon;
	struct busy_cell *busy;
	size_t checking;
	bool held_back; /* a check is due but there was no room for it */
};

static void waiters_init(struct waiters *waiters)
{
	waiters->first = NULL;
	waiters->end = &waiters->first;
}

static void waiters_add(struct waiters *waiters, struct cell_waiter *waiter)
{
	waiter->next = NULL;
	*waiters->end = waiter;
	waiters->end = &waiter->next;
}

static void waiters_tell(struct waiters *waiters, const struct check_outcome *outcome)
{
	struct cell_waiter *waiter = waiters->first;

	waiters_init(waiters);
	while (waiter != NULL) {
		struct cell_waiter *next = waiter->next;

		waiter->done(waiter, outcome);
		waiter = next;
	}
}

struct cells *cells_new(struct daemon *daemon)
{
	struct cells *cells = xcalloc(1, sizeof *cells);

	cells->daemon = daemon;
	return cells;
}

static void drop(struct busy_cell *cell)
{
	HASH_DEL(cell->cells->busy, cell);
	free(cell);
}

void cells_free(struct cells *cells)
{
	struct busy_cell *cell, *next;

	if (cells == NULL)
		return;
	HASH_ITER(hh, cells->busy, cell, next) {
		drop(cell);
	}
	free(cells);
}

size_t cells_count(const struct cells *cells)
{
	return HASH_COUNT(cells->busy);
}

static int64_t setting_us(const struct cells *cells, const char *key)
{
	return config_integer(cells->daemon->generation->config, "events", key) * 1000000;
}

static size_t wanted_of(const struct busy_cell *cell, struct wanted_cell *wanted)
{
	const struct config *config = cell->cells->daemon->generation->config;
	const struct baseline *baseline = baseline_set_find(baselines_of(config), cell->baseline);

	if (cell->baseline[0] == '\0')
		return event_whole_account(config, wanted);
	if (baseline == NULL)
		return 0; /* since a reload no such baseline exists */
	wanted[0] = (struct wanted_cell){ baseline, cell->region };
	return 1;
}

/* Tells the cell's waiters that it is not checked any more, since the process is stopping. */
static void give_up(struct busy_cell *cell)
{
	waiters_tell(&cell->next, NULL);
	if (!cell->checking)
		drop(cell);
}

static MAY_YIELD void run_check(void *argument)
{
	struct busy_cell *cell = argument;
	struct cells *cells = cell->cells;
	struct wanted_cell wanted[ROUTE_MAX_BASELINES];
	struct check_outcome outcome = { 0 };
	struct err err = ERR_INIT;
	bool look = cell->look;

	cell->look = false;
	int result = checks_make(cells->daemon->checks, cell->account, wanted, wanted_of(cell, wanted),
		look, &outcome, &err);
	if (result < 0 && err.kind != ERR_CANCELLED)
		daemon_fail(cells->daemon, &err);
	cells->checking--;
	cell->checking = false;
	cell->settled_us = clock_monotonic_us() + setting_us(cells, "settle_seconds");
	waiters_tell(&cell->current, result < 0 ? NULL : &outcome);
	if (daemon_draining(cells->daemon))
		give_up(cell);
	else if (cells->held_back)
		cells_tick(cells);
	daemon_fiber_done(cells->daemon);
}

static size_t most_checks(const struct cells *cells)
{
	size_t most = (size_t)config_integer(cells->daemon->generation->config, "limits", "in_flight") /
		CHECKS_PER_IN_FLIGHT;

	return most < CHECKS_LEAST ? CHECKS_LEAST : most;
}

/* Begins the next check of the cell if there is room for one; otherwise the next tick tries
 * again. */
static void begin(struct busy_cell *cell)
{
	struct cells *cells = cell->cells;
	struct err err = ERR_INIT;

	if (cells->checking >= most_checks(cells) ||
		daemon_spawn(cells->daemon, "check", run_check, cell, &err) < 0) {
		cells->held_back = true;
		return;
	}
	cells->checking++;
	cell->checking = true;
	cell->current = cell->next;
	if (cell->current.first == NULL)
		waiters_init(&cell->current);
	waiters_init(&cell->next);
}

static bool is_due(const struct busy_cell *cell, int64_t now_us)
{
	int64_t settle_us = setting_us(cell->cells, "settle_seconds"),
			limit_us = setting_us(cell->cells, "settle_limit_seconds");

	if (cell->checking || cell->next.first == NULL)
		return false;
	return cell->settled_us == 0 || now_us - cell->last_next_us >= settle_us ||
		now_us - cell->first_next_us >= limit_us;
}

void cells_request(struct cells *cells, const char *account, const char *region,
	const struct baseline *baseline, bool look, struct cell_waiter *waiter)
{
	struct busy_cell *cell;
	char key[256];
	int64_t now_us = clock_monotonic_us();
	int length = snprintf(key, sizeof key, "%.12s %.31s %.127s", account, region,
		baseline != NULL ? baseline->id : "*");

	if (daemon_draining(cells->daemon)) {
		waiter->done(waiter, NULL);
		return;
	}
	HASH_FIND(hh, cells->busy, key, (size_t)length, cell);
	if (cell == NULL) {
		cell = xcalloc(1, sizeof *cell + (size_t)length + 1);
		cell->cells = cells;
		snprintf(cell->baseline, sizeof cell->baseline, "%s", baseline != NULL ? baseline->id : "");
		snprintf(cell->account, sizeof cell->account, "%s", account);
		snprintf(cell->region, sizeof cell->region, "%s", region);
		memcpy(cell->key, key, (size_t)length + 1);
		waiters_init(&cell->current);
		waiters_init(&cell->next);
		HASH_ADD_KEYPTR(hh, cells->busy, cell->key, (size_t)length, cell);
	}
	if (cell->next.first == NULL)
		cell->first_next_us = now_us;
	cell->last_next_us = now_us;
	cell->look = cell->look || look;
	waiters_add(&cell->next, waiter);
	if (is_due(cell, now_us))
		begin(cell);
}

void cells_tick(struct cells *cells)
{
	struct busy_cell *cell, *next;
	int64_t now_us = clock_monotonic_us();

	cells->held_back = false;
	HASH_ITER(hh, cells->busy, cell, next) {
		if (is_due(cell, now_us))
			begin(cell);
		else if (!cell->checking && cell->next.first == NULL && now_us >= cell->settled_us)
			drop(cell);
	}
}

void cells_abandon(struct cells *cells)
{
	struct busy_cell *cell, *next;

	HASH_ITER(hh, cells->busy, cell, next) {
		give_up(cell);
	}
}
