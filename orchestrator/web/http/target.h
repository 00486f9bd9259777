/* The target of a request: the path in segments, the query, and the authority of Host and Origin.
 * All of it comes from unauthenticated callers, so each part is decoded once, here, and refused
 * where two readers could understand it differently. The functions do no I/O. */
#ifndef REEVE_WEB_HTTP_TARGET_H
#define REEVE_WEB_HTTP_TARGET_H

#include "base/compiler.h"
#include "web/http/refusal.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* --- limits --- */

#define TARGET_MAX_SEGMENTS 12
#define TARGET_MAX_SEGMENT 256 /* bytes, decoded */
#define TARGET_MAX_QUERY 32    /* parameters */
#define TARGET_MAX_VALUE 2048  /* bytes of one of them, decoded */

struct target {
	char *text; /* the segments point into this text */
	/* decoded: UTF-8 without control characters and slashes */
	const char *segments[TARGET_MAX_SEGMENTS];
	size_t count;  /* 0: "/" */
	json_t *query; /* {"name": "value"}, in the order of the request */
};

/* Reads "/path?query". Call target_release in every case. */
int target_parse(const char *raw, struct target *target, struct refusal *refusal) MUST_CHECK;
void target_release(struct target *target);

#define AUTHORITY_HOST_SIZE 256
struct authority {
	/* in lower case; an IPv6 address in brackets, in its shortest form */
	char host[AUTHORITY_HOST_SIZE];
	int port; /* 0: no port was given */
};

/* Reads "host", "host:port", "[address]:port". */
int authority_parse(const char *text, struct authority *out) MUST_CHECK;
/* Reads an Origin, "scheme://authority"; *https is true when the scheme is https. */
int origin_parse(const char *text, bool *https, struct authority *out) MUST_CHECK;
bool authority_equal(const struct authority *a, const struct authority *b);
/* Returns whether the host is "localhost" or a loopback address. */
bool authority_is_loopback(const struct authority *authority);

#endif
