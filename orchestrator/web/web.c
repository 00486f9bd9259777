/* Starts the server with the API's table of routes. */
#include "web/web.h"

#include "base/banned.h"
#include "web/api/openapi.h"
#include "web/api/table.h"

static const struct config *config_of(void *context)
{
	const struct web_host *host = context;

	return host->engine(host->daemon)->config;
}

static struct audit *audit_of(void *context)
{
	const struct web_host *host = context;

	return host->engine(host->daemon)->audit;
}

int web_new(struct loop *loop, const struct web_host *host, struct web **out, struct err *err)
{
	struct web_process process = {
		.context = (void *)host,
		.config = config_of,
		.audit = audit_of,
		.state_folder = host->state_folder,
		.host = host,
	};

	return web_start(loop, &process, api_routes, out, err);
}

json_t *web_openapi(void)
{
	struct routes *routes = NULL;
	struct err err = ERR_INIT;

	/* An invalid table is a programming error, which web_new refuses and a unit test finds. */
	if (routes_new(api_routes, &routes, &err) < 0)
		return json_object();
	json_t *document = openapi_document(routes);
	routes_free(routes);
	return document;
}
