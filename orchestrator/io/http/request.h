/* Checks a request and writes its bytes. */
#ifndef REEVE_IO_HTTP_REQUEST_H
#define REEVE_IO_HTTP_REQUEST_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>

struct http_request;
struct http_transfer;

void http_request_init(struct http_transfer *transfer);
int http_request_write(struct http_transfer *transfer, const struct http_request *request,
	struct err *err) MUST_CHECK;
void http_request_wipe(struct http_transfer *transfer);
bool http_request_may_repeat(const struct http_request *request);

#endif
