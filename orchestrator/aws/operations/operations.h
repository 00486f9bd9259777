/* The list of operations. */
#ifndef REEVE_AWS_OPERATIONS_OPERATIONS_H
#define REEVE_AWS_OPERATIONS_OPERATIONS_H

#include <stddef.h>

struct aws_operation;

/* Returns the operation by service id and name ("guardduty", "GetDetector"), or NULL. */
const struct aws_operation *aws_operation_find(const char *service, const char *name);
/* Returns the nth operation of the list, or NULL after the last: for tests and documentation. */
const struct aws_operation *aws_operation_at(size_t index);

#endif
