#ifndef REEVE_IO_HTTP_RESPONSE_H
#define REEVE_IO_HTTP_RESPONSE_H

struct http_response;

void http_response_init(struct http_response *response);
/* Wipes the body, which may hold credentials. */
void http_response_release(struct http_response *response);

/* The value of a header (name in lower case), or NULL; borrowed from the response. */
const char *http_response_header(const struct http_response *response, const char *name);

#endif
