/*
 * The services that a region lacks. The rows of services.def list what is absent, so they err on
 * the safe side: a region or service that they don't know is taken to be there, and a call shows
 * when it is not (its cell is unknown, which people see). A wrong absence would hide a region from
 * the sweep.
 */
#include "aws/endpoint/service_regions.h"

#include "base/banned.h"
#include "base/compiler.h"

#include <stddef.h>

static const struct {
	const char *service_id;
	const char *const *regions; /* ends with NULL */
} absences[] = {
#define SERVICE_LIMIT(...)
#define SERVICE_LACKS(service, ...) { #service, (const char *const[]){ __VA_ARGS__, NULL } },
#include "aws/endpoint/services.def"
#undef SERVICE_LIMIT
#undef SERVICE_LACKS
};

bool aws_service_in_region(const char *service_id, const char *region)
{
	for (size_t i = 0; i < ARRAY_LENGTH(absences); i++) {
		if (strcmp(absences[i].service_id, service_id) != 0)
			continue;
		for (const char *const *absent = absences[i].regions; *absent != NULL; absent++) {
			if (strcmp(*absent, region) == 0)
				return false;
		}
	}
	return true;
}
