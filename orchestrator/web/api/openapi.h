/* The OpenAPI document of a table of routes. */
#ifndef REEVE_WEB_API_OPENAPI_H
#define REEVE_WEB_API_OPENAPI_H

#include "web/http/routes.h"

/* Returns the OpenAPI 3.1 document as a new reference. */
json_t *openapi_document(const struct routes *routes) MUST_CHECK;

#endif
