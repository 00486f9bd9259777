/* The OpenAPI document of a table of routes. */
#ifndef REEVE_WEB_API_OPENAPI_H
#define REEVE_WEB_API_OPENAPI_H

#include "web/http/routes.h"

/* The OpenAPI 3.1 document; new reference. */
json_t *openapi_document(const struct routes *routes) MUST_CHECK;

#endif
