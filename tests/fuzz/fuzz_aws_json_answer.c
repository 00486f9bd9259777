/* Parses any bytes as JSON answers and errors of our operations (see aws_answer.h). */
#include "aws_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool fits(enum aws_protocol protocol)
{
	return protocol == AWS_JSON || protocol == AWS_REST_JSON;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_answer(data, size, fits);
	return 0;
}
