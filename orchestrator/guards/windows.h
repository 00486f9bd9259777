/*
 * Change windows: when changes may be made in an account. An account that no window names is always
 * open; one that some name is open while any of them is. A window opens at each time of its cron
 * expression, by the clocks of its time zone, and stays open for so many minutes as they really
 * pass. Where clocks are put forward, a time that they skip is the moment of the skip; where they
 * are put back, a time that comes twice counts the first time.
 */
#ifndef REEVE_GUARDS_WINDOWS_H
#define REEVE_GUARDS_WINDOWS_H

#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct windows;

#define WINDOWS_WHY_SIZE 256

/* Compiles the section "windows", time zones read. The config is borrowed for the windows' life. -1
 * when a zone can't be read any more: then no change may be made. */
int windows_new(const struct config *config, struct windows **out, struct err *err) MUST_CHECK;
void windows_free(struct windows *windows); /* NULL is fine */

/* Whether changes may be made in the account now. When not, *opens_ms is when the next window
 * opens, INT64_MAX for never. Neither yields nor fails. NULL windows (could not be compiled) are
 * closed, for good. */
bool windows_open(const struct windows *windows, const struct org_place *place, int64_t now_ms,
	int64_t *opens_ms);

/* "outside the change windows of the account; the next opens at 2026-…" for a finding's cause (code
 * "OutsideWindow"). */
void windows_describe_closed(int64_t opens_ms, char why[WINDOWS_WHY_SIZE]);

#endif
