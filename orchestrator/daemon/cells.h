/* Combines events on the same cell into few checks. */
#ifndef REEVE_DAEMON_CELLS_H
#define REEVE_DAEMON_CELLS_H

#include <stdbool.h>
#include <stddef.h>

struct baseline;
struct cell_waiter;
struct cells;
struct daemon;

struct cells *cells_new(struct daemon *daemon);
void cells_free(struct cells *cells);
/* Asks for a check of a cell. The first event on a cell is checked at once; more events, during
 * that check or within the settle time after it, become one more check. With baseline NULL the
 * whole account is checked. With `look` the account is read from AWS first. Does not yield. */
void cells_request(struct cells *cells, const char *account, const char *region,
	const struct baseline *baseline, bool look, struct cell_waiter *waiter);
/* Starts checks that are due; called by the clock. */
void cells_tick(struct cells *cells);
/* Abandons the checks that were not begun, and tells their waiters. */
void cells_abandon(struct cells *cells);
size_t cells_count(const struct cells *cells);

#endif
