/* S3's redirects. */
#ifndef REEVE_AWS_CLIENT_REDIRECT_H
#define REEVE_AWS_CLIENT_REDIRECT_H

#include "aws/client_private.h"

#include <stdbool.h>

struct http_response;

/* Gives the bucket's region from S3's answer; returns false when the answer doesn't name one.
 */
bool client_redirect_region(const struct http_response *response, char out[CLIENT_REGION_SIZE]);

#endif
