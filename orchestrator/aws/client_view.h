/* Readers and writers. */
#ifndef REEVE_AWS_CLIENT_VIEW_H
#define REEVE_AWS_CLIENT_VIEW_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

struct aws_call;
struct aws_reader;
struct aws_trace;
struct aws_writer;

void aws_trace_release(struct aws_trace *trace);

/* Makes a call that reads. Returns 0 with a new reference in *out (never NULL; other callers may
 * share it, so don't change it); out may be NULL when the answer does not matter. On failure *out
 * is untouched.
 */
MAY_YIELD int aws_read(struct aws_reader *reader, const struct aws_call *call, json_t **out,
	struct err *err) MUST_CHECK;
/* Makes any declared call. A mutating one needs the permit of the writer before each attempt, and
 * its outcome goes to `done`. */
MAY_YIELD int aws_write(struct aws_writer *writer, const struct aws_call *call, json_t **out,
	struct err *err) MUST_CHECK;

#endif
