/* The routes of the API: authorization, dispatch, metrics and the OpenAPI document read this table.
 */
#ifndef REEVE_WEB_API_TABLE_H
#define REEVE_WEB_API_TABLE_H

#include "web/http/request.h"

/* The last row has a NULL method. */
extern const struct api_route api_routes[];

#endif
