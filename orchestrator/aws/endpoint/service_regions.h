/* The services that a region lacks. */
#ifndef REEVE_AWS_ENDPOINT_SERVICE_REGIONS_H
#define REEVE_AWS_ENDPOINT_SERVICE_REGIONS_H

#include <stdbool.h>

/* Returns whether the service exists in the region, from shipped data; true when the data has no
 * row for it. */
bool aws_service_in_region(const char *service_id, const char *region);

#endif
