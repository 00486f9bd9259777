/* The report of a run for people: what is wrong, where, how bad, what happens next. */
#ifndef REEVE_CMD_CLI_REPORT_H
#define REEVE_CMD_CLI_REPORT_H

#include "base/buf.h"
#include "base/err.h"
#include "engine/run.h"

#include <jansson.h>
#include <stdio.h>

int report_print(const struct run *run, bool all, FILE *out, struct err *err) MUST_CHECK;

/* "BlockPublicAcls false → true, …": where observed differs from desired; exported for its tests.
 */
void report_difference(const json_t *observed, const json_t *desired, struct buf *out);

#endif
