/* One object of the audit log's copy. */
#ifndef REEVE_AUDIT_COPY_OBJECT_H
#define REEVE_AUDIT_COPY_OBJECT_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdint.h>

struct audit_copy_bounds;
struct audit_copy_object;
struct aws_writer;
struct config;

void audit_copy_object_key(struct audit_copy_object *object, const char *prefix, const char *log,
	uint64_t first, uint64_t last);
/* Uploads it, with further attempts until deadline_us (monotonic). 0 when it is stored. */
MAY_YIELD int audit_copy_object_put(struct audit_copy_object *object, struct aws_writer *writer,
	const struct config *config, const struct audit_copy_bounds *bounds, int64_t deadline_us,
	struct err *err) MUST_CHECK;
const char *audit_copy_region(const struct config *config);

#endif
