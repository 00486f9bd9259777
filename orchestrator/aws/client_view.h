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

/* Makes a call that reads. 0 and a new reference in *out (never NULL; with a cache it is shared:
 * don't change it); out may be NULL when the answer does not matter. On failure *out is untouched.
 */
MAY_YIELD int aws_read(struct aws_reader *reader, const struct aws_call *call, json_t **out,
	struct err *err) MUST_CHECK;
MAY_YIELD int aws_write(struct aws_writer *writer, const struct aws_call *call, json_t **out,
	struct err *err) MUST_CHECK;

#endif
