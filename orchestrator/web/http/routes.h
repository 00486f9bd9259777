/* The prepared table of routes, with paths in segments and parsed schemas. It finds the row of a
 * request and checks query and body against it. */
#ifndef REEVE_WEB_HTTP_ROUTES_H
#define REEVE_WEB_HTTP_ROUTES_H

#include "base/buf.h"
#include "web/http/refusal.h"
#include "web/http/request.h"
#include "web/http/target.h"

struct route {
	const struct api_route *row;
	struct target path;   /* segments as written: "{id}" is a parameter */
	json_t *query, *body; /* {"name": its parsed schema}; NULL: the row has none */
};

struct routes {
	struct route *rows;
	size_t count;
};

/* Prepares the table. Fails with BadRoute when a row is wrong, which is a programming error. */
int routes_new(const struct api_route *table, struct routes **out, struct err *err) MUST_CHECK;
void routes_free(struct routes *routes);

enum route_match { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_METHOD };
/* Finds the route of a path and method. Fills `parameters` from the path (borrowed from the
 * target). For ROUTE_NO_METHOD it adds the path's methods to `allow`, which the caller has
 * initialized. Of two rows that match, the one with more literal segments is taken. */
enum route_match routes_find(const struct routes *routes, const char *method,
	const struct target *target, const struct route **out,
	const char *parameters[API_MAX_PARAMETERS], struct buf *allow);

/* Check the query or the body. They refuse with 400 and name the parameter or key that is unknown,
 * missing or does not fit its schema. */
int route_check_query(const struct route *route, const json_t *query, struct refusal *refusal)
	MUST_CHECK;
int route_check_body(const struct route *route, const json_t *body, struct refusal *refusal)
	MUST_CHECK;

/* Returns whether the role may use a row that requires `least`. */
bool role_allows(enum api_role role, enum api_role least);
/* Finds a role by its name in the configuration. Returns -1 when there is none of that name. */
int role_parse(const char *name, enum api_role *out) MUST_CHECK;

const char *api_role_name(enum api_role role);

#endif
