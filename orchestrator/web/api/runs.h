/* Lists runs, the newest first. */
#ifndef REEVE_WEB_API_RUNS_H
#define REEVE_WEB_API_RUNS_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct run_record;
struct store;

struct api_runs {
	struct run_record *items; /* the newest first */
	size_t count;
};
#define CLEANUP_RUNS __attribute__((cleanup(api_runs_release)))
void api_runs_release(struct api_runs *runs); /* a zeroed one is fine */

/* Fills *runs with the latest runs, at most `limit`; where `before` is not NULL, only with those
 * older than the run with that id. A record that is not understood is an error. */
int api_latest_runs(struct store *store, size_t limit, const char *before, struct api_runs *runs,
	bool *more, struct err *err) MUST_CHECK;
/* Returns the first `most` of the runs as the API shows them. New reference. */
json_t *api_runs_document(const struct api_runs *runs, size_t most) MUST_CHECK;

#endif
