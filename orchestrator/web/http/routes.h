/* The prepared table of routes: paths in segments, schemas parsed. Finds the row of a request, and
 * checks query and body against it. */
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

/* Checks the table too (code BadRoute: a programming error). */
int routes_new(const struct api_route *table, struct routes **out, struct err *err) MUST_CHECK;
void routes_free(struct routes *routes);

enum route_match { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_METHOD };
/* Fills `parameters` from the path (borrowed from the target). For ROUTE_NO_METHOD `allow`,
 * initialized by the caller, gets the methods that the path has. Of two rows that match, the one
 * with more literal segments is meant. */
enum route_match routes_find(const struct routes *routes, const char *method,
	const struct target *target, const struct route **out,
	const char *parameters[API_MAX_PARAMETERS], struct buf *allow);

/* Refuses with 400 and names what is unknown, missing or of another form than its schema. */
int route_check_query(const struct route *route, const json_t *query, struct refusal *refusal)
	MUST_CHECK;
int route_check_body(const struct route *route, const json_t *body, struct refusal *refusal)
	MUST_CHECK;

/* Whether the role may use a row that wants `least`. */
bool role_allows(enum api_role role, enum api_role least);
/* By its name in the configuration; -1 for none. */
int role_parse(const char *name, enum api_role *out) MUST_CHECK;

const char *api_role_name(enum api_role role);

#endif
