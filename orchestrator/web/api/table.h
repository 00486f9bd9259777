/* The routes of the API, for authorization, dispatch, metrics and the OpenAPI document. */
#ifndef REEVE_WEB_API_TABLE_H
#define REEVE_WEB_API_TABLE_H

#include "web/http/request.h"

/* Ends with a row whose method is NULL. */
extern const struct api_route api_routes[];

#endif
