/* Turns problems and curl's codes into errors. */
#ifndef REEVE_IO_HTTP_ERROR_H
#define REEVE_IO_HTTP_ERROR_H

#include "base/compiler.h"
#include "base/err.h"

struct http_transfer;

/* Fills *err with what made the transfer fail, and returns -1. */
int http_error_fill(const struct http_transfer *transfer, struct err *err) MUST_CHECK;

#endif
