/* Decodes any bytes as the body of a message: they are refused with a code, or decoded to signals
 * that keep the promises of their header. */
#include "events_check.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	expect_body(size > 0 ? (const char *)data : "", size);
	return 0;
}
