/* The list of operations. The rows themselves are in SERVICE.c, which generate.py writes. */
#include "aws/operations/operations.h"

#include "aws/operations/operation.h"

#include "base/banned.h"

static const struct aws_operation *const operations[] = {
#define AWS_SERVICE(id)
#define AWS_OPERATION(service, name) &aws_##service##_##name,
#include "aws/operations/operations.def"
#undef AWS_SERVICE
#undef AWS_OPERATION
};

const struct aws_operation *aws_operation_at(size_t index)
{
	return index < ARRAY_LENGTH(operations) ? operations[index] : NULL;
}

const struct aws_operation *aws_operation_find(const char *service, const char *name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(operations); i++) {
		if (strcmp(operations[i]->service->id, service) == 0 &&
			strcmp(operations[i]->name, name) == 0)
			return operations[i];
	}
	return NULL;
}
