/* S3's redirects. */
#ifndef REEVE_AWS_CLIENT_REDIRECT_H
#define REEVE_AWS_CLIENT_REDIRECT_H

#include "aws/client_private.h"

#include <stdbool.h>

struct http_response;

/* Gives the region in which S3 says the bucket is; returns false when the answer doesn't name one.
 */
bool client_redirect_region(const struct http_response *response, char out[CLIENT_REGION_SIZE]);

#endif
