/*
 * Private to this room: custom endpoint URLs, and names that are allowed in a host name.
 */
#ifndef REEVE_AWS_ENDPOINT_ENDPOINT_URL_H
#define REEVE_AWS_ENDPOINT_ENDPOINT_URL_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>

struct endpoint_url {
	bool https;
	char host[256]; /* lower case or as given; an IPv6 address keeps its brackets */
	char port[8];   /* ":8080"; "" when absent or the scheme's own */
	char path[128]; /* "/base" without a trailing slash, or "" */
	bool is_ip;
	bool is_loopback; /* "localhost" or a name below it */
};

/* Takes http(s)://host[:port][/path]; no user, query or fragment. */
int endpoint_url_parse(const char *text, struct endpoint_url *out, struct err *err) MUST_CHECK;

/* Returns whether the text is 1 to 63 letters, digits and inner hyphens; with dots_allowed, also
 * several such labels joined by dots. */
bool endpoint_is_host_label(const char *text, bool dots_allowed);
/* Returns whether S3 accepts the bucket's name as part of a host name. */
bool endpoint_is_virtual_hostable(const char *bucket, bool dots_allowed);

#endif
