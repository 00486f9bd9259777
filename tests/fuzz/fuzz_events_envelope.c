/* Any bytes as the body of a message: refused with a word, or decoded to signals that hold what
 * their header says. */
#include "events_check.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	expect_body(size > 0 ? (const char *)data : "", size);
	return 0;
}
