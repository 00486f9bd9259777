/* Helpers for the functions of baselines: building a verdict, making the calls of a change, the
 * image of a state, and reporting what could not be observed. */
#ifndef REEVE_BASELINES_VERDICT_H
#define REEVE_BASELINES_VERDICT_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

struct aws_operation;
struct aws_trace;
struct aws_writer;
struct baseline;
struct baseline_context;
struct change;
struct verdict;

void verdict_release(struct verdict *verdict);
void verdict_cause(struct verdict *verdict, const char *code, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* Appends one call to verdict->calls (created when NULL); takes over params. `region` is NULL for a
 * global service. */
void verdict_add_call(struct verdict *verdict, const struct aws_operation *operation,
	const char *region, json_t *params);

/* Makes change->calls in order with the writer. Most baselines use this as their remediate. */
MAY_YIELD int baseline_make_calls(struct baseline_context *context, struct aws_writer *writer,
	const struct change *change, struct err *err) MUST_CHECK;

/* Returns the image of a state: its image_fields, with null for those that are absent. Changes are
 * compared by images: before, after, and to find out whether a resource has changed in the
 * meantime. New reference. */
json_t *baseline_image(const struct baseline *baseline, const json_t *state);

/* Emits an observation that failed. */
MAY_YIELD void baseline_emit_failure(struct baseline_context *context, const char *resource,
	const char *region, const struct err *failure, const struct aws_trace *trace);

#endif
