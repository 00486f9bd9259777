/*
 * Change windows: when changes may be made in an account. An account that no window names is always
 * open; others are open while any of their windows is. A window opens at each time of its cron
 * expression, in its time zone, and stays open for its duration in real minutes. When clocks are
 * set forward, a time that is skipped is the moment of the change; when they are set back, a time
 * that occurs twice counts the first time.
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

/* Compiles the section "windows" with its time zones. The config is borrowed as long as the
 * windows exist. -1 when a zone can't be read any more: then no change may be made. */
int windows_new(const struct config *config, struct windows **out, struct err *err) MUST_CHECK;
void windows_free(struct windows *windows); /* NULL is fine */

/* Returns whether changes may be made in the account now. If not, *opens_ms is when the next window
 * opens, INT64_MAX for never. It neither yields nor fails. NULL windows (they could not be
 * compiled) are always closed. */
bool windows_open(const struct windows *windows, const struct org_place *place, int64_t now_ms,
	int64_t *opens_ms);

/* The message of a finding's cause (code "OutsideWindow"): "outside the change windows of the
 * account; the next opens at 2026-…". */
void windows_describe_closed(int64_t opens_ms, char why[WINDOWS_WHY_SIZE]);

#endif
