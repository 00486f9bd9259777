/* Partitions. */
#ifndef REEVE_AWS_ENDPOINT_PARTITIONS_H
#define REEVE_AWS_ENDPOINT_PARTITIONS_H

#include <stdbool.h>

struct aws_partition;

/* Finds the partition of a region as AWS's rule sets do: by the form of its name, else "aws". */
const struct aws_partition *aws_partition_of(const char *region);
/* Returns whether the text has the form of a region name. */
bool aws_region_valid(const char *region);

#endif
