/* Our JSON reader next to jansson's, on texts of any kind. */
#include "json_check.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool accepted;

	/* A copy of the exact size, so that a read beyond it is seen; never NULL. */
	char *copy = malloc(size + 1);
	if (copy == NULL)
		return 0;
	if (size > 0)
		memcpy(copy + 1, data, size);
	if (json_check(copy + 1, size, &accepted) != NULL)
		abort();
	free(copy);
	return 0;
}
