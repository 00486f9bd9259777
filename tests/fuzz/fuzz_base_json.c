/* Compares our JSON reader with jansson's on any text. */
#include "json_check.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool accepted;

	/* The copy has the exact size, so that a sanitizer sees a read beyond it; it is never NULL. */
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
