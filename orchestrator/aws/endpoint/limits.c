#include "aws/endpoint/limits.h"

#include "base/banned.h"

static const struct limit limits[] = {
#define SERVICE_LIMIT(service, operation, rate, burst, source) \
	{ #service, operation, rate, burst, source },
#define SERVICE_LACKS(...)
#include "aws/endpoint/services.def"
#undef SERVICE_LIMIT
#undef SERVICE_LACKS
};

/* The limit of a service that has no row. */
static const struct limit fallback = { NULL, NULL, 10, 20, NULL };

static bool fits(const char *pattern, const char *name)
{
	size_t length;

	if (pattern == NULL)
		return true;
	length = strlen(pattern);
	if (length > 0 && pattern[length - 1] == '*')
		return strncmp(pattern, name, length - 1) == 0;
	return strcmp(pattern, name) == 0;
}

const struct limit *limits_find(const struct aws_operation *operation)
{
	for (size_t i = 0; i < ARRAY_LENGTH(limits); i++)
		if (strcmp(limits[i].service, operation->service->id) == 0 &&
			fits(limits[i].operation, operation->name))
			return &limits[i];
	return &fallback;
}
