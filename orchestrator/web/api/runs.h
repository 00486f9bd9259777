/* Lists runs, the newest first. */
#ifndef REEVE_WEB_API_RUNS_H
#define REEVE_WEB_API_RUNS_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct store;

/* The latest runs, the newest first, at most `limit`; with `before` not NULL only those older than
 * that id (runs.c). */
MAY_YIELD int api_latest_runs(struct store *store, size_t limit, const char *before, json_t **runs,
	bool *more, struct err *err) MUST_CHECK;

#endif
