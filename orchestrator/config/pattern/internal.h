/* The types that the files of the pattern language share. */
#ifndef REEVE_CONFIG_PATTERN_INTERNAL_H
#define REEVE_CONFIG_PATTERN_INTERNAL_H

#include "config/document/complain.h"
#include "config/pattern/pattern.h"

#include <stdint.h>

#define PATTERN_LARGEST_NUMBER \
	5e9 /* the most that a number can be compared with, either way; AWS's */

/* The work that may still be done to decide about one event. A unit is one member or element
 * that is looked at, or 32 bytes of a string. */
struct pattern_work {
	size_t left;
};

/* --- text.c --- */

struct cidr {
	int family;        /* AF_INET or AF_INET6 */
	unsigned int bits; /* of the network */
	uint8_t address[16];
};

#endif
