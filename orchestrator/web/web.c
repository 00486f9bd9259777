/* The room's front: the server over the table of routes of this program. */
#include "web/server/server.h"

int web_new(struct loop *loop, const struct web_host *host, struct web **out, struct err *err)
{
	return web_start(loop, host, api_routes, out, err);
}

json_t *web_openapi(void)
{
	struct routes *routes = NULL;
	struct err err = ERR_INIT;

	/* A table that can't be read is a mistake that a test finds: web_new refuses it. */
	if (routes_new(api_routes, &routes, &err) < 0)
		return json_object();
	json_t *document = openapi_document(routes);
	routes_free(routes);
	return document;
}
