#include "web/http/routes.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/mem.h"
#include "web/http/field.h"
#include "web/http/head.h"

/* --- roles --- */

static const char *const role_names[] = {
	[API_PUBLIC] = "public",
	[API_VIEWER] = "viewer",
	[API_RESPONDER] = "responder",
	[API_ADMIN] = "admin",
	[API_INGEST] = "ingest",
};

const char *api_role_name(enum api_role role)
{
	return role_names[role];
}

int role_parse(const char *name, enum api_role *out)
{
	for (enum api_role role = API_VIEWER; role <= API_INGEST; role++)
		if (strcmp(name, role_names[role]) == 0) {
			*out = role;
			return 0;
		}
	return -1;
}

/* Ingest may only send signals. A viewer may not send any, since a signal starts work. */
bool role_allows(enum api_role role, enum api_role least)
{
	if (least == API_PUBLIC)
		return true;
	if (least == API_INGEST)
		return role == API_INGEST || role == API_RESPONDER || role == API_ADMIN;
	return role != API_INGEST && role >= least;
}

/* --- making the table ready --- */

static bool is_parameter(const char *segment)
{
	return segment[0] == '{';
}

static int bad_route(const struct api_route *row, const char *why, struct err *err)
{
	return err_set(err, ERR_SYSTEM, "BadRoute", "the route %s %s: %s", row->method, row->path, why);
}

static int read_schemas(const struct api_route *row, const struct api_field *fields, json_t **out,
	struct err *err)
{
	*out = fields != NULL ? json_object() : NULL;
	for (; fields != NULL && fields->name != NULL; fields++) {
		json_t *schema = NULL;

		if (json_parse(fields->schema, strlen(fields->schema), fields->name, &schema, err) < 0)
			return err_prefix(err, "the route %s %s", row->method, row->path);
		json_object_set_new(*out, fields->name, schema);
	}
	return 0;
}

/* target_parse refuses braces, so the pattern is split here. */
static int split_pattern(struct route *route, struct err *err)
{
	struct target *path = &route->path;
	size_t parameters = 0;

	path->text = xstrdup(route->row->path);
	if (path->text[0] != '/')
		return bad_route(route->row, "the path does not begin with a slash", err);
	for (char *segment = path->text + 1, *next; segment != NULL && path->text[1] != '\0';
		segment = next) {
		next = strchr(segment, '/');
		if (next != NULL)
			*next++ = '\0';
		if (segment[0] == '\0' || path->count == TARGET_MAX_SEGMENTS)
			return bad_route(route->row, "the path has an empty part, or too many", err);
		parameters += is_parameter(segment);
		path->segments[path->count++] = segment;
	}
	return parameters <= API_MAX_PARAMETERS
		? 0
		: bad_route(route->row, "the path has too many parameters", err);
}

static int route_init(struct route *route, const struct api_route *row, struct err *err)
{
	route->row = row;
	if (row->id == NULL || row->handle == NULL || row->summary == NULL)
		return bad_route(row, "the id, the summary or the handler is missing", err);
	if (split_pattern(route, err) < 0 || read_schemas(row, row->query, &route->query, err) < 0 ||
		read_schemas(row, row->body, &route->body, err) < 0)
		return -1;
	return strcmp(row->method, "GET") == 0 && (row->body != NULL || row->any_body)
		? bad_route(row, "a GET can't have a body", err)
		: 0;
}

int routes_new(const struct api_route *table, struct routes **out, struct err *err)
{
	struct routes *routes = xcalloc(1, sizeof *routes);
	size_t count = 0;

	*out = NULL;
	while (table[count].method != NULL)
		count++;
	routes->rows = xcalloc(count + 1, sizeof *routes->rows);
	routes->count = count;
	for (size_t i = 0; i < count; i++)
		if (route_init(&routes->rows[i], &table[i], err) < 0) {
			routes_free(routes);
			return -1;
		}
	*out = routes;
	return 0;
}

void routes_free(struct routes *routes)
{
	if (routes == NULL)
		return;
	for (size_t i = 0; i < routes->count; i++) {
		target_release(&routes->rows[i].path);
		json_decref(routes->rows[i].query);
		json_decref(routes->rows[i].body);
	}
	free(routes->rows);
	free(routes);
}

/* --- finding the route --- */

/* Returns the number of literal segments, or -1 when the path doesn't match the route. */
static int literals_of(const struct route *route, const struct target *target)
{
	int literals = 0;

	if (route->path.count != target->count)
		return -1;
	for (size_t i = 0; i < target->count; i++) {
		if (is_parameter(route->path.segments[i])) {
			if (target->segments[i][0] == '\0')
				return -1;
		} else {
			if (strcmp(route->path.segments[i], target->segments[i]) != 0)
				return -1;
			literals++;
		}
	}
	return literals;
}

static void take_parameters(const struct route *route, const struct target *target,
	const char *parameters[API_MAX_PARAMETERS])
{
	size_t taken = 0;

	for (size_t i = 0; i < target->count; i++)
		if (is_parameter(route->path.segments[i]))
			parameters[taken++] = target->segments[i];
}

enum route_match routes_find(const struct routes *routes, const char *method,
	const struct target *target, const struct route **out,
	const char *parameters[API_MAX_PARAMETERS], struct buf *allow)
{
	int best = -1;

	*out = NULL;
	for (size_t i = 0; i < routes->count; i++) {
		int literals = literals_of(&routes->rows[i], target);

		best = literals > best ? literals : best;
	}
	if (best < 0)
		return ROUTE_NO_PATH;
	for (size_t i = 0; i < routes->count; i++) {
		const struct route *route = &routes->rows[i];

		if (literals_of(route, target) != best)
			continue;
		if (strcmp(route->row->method, method) == 0) {
			take_parameters(route, target, parameters);
			*out = route;
			return ROUTE_FOUND;
		}
		buf_add_format(allow, "%s%s", allow->length > 0 ? ", " : "", route->row->method);
	}
	return ROUTE_NO_METHOD;
}

/* --- query and body --- */

static int check_known(const char *what, const json_t *schemas, const json_t *given,
	struct refusal *refusal)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)given, name, value)
		if (json_object_get(schemas, name) == NULL)
			return refuse(refusal, 400, "UnknownName", "there is no %s \"%.64s\"", what, name);
	return 0;
}

static int check_required(const char *what, const struct api_field *fields, const json_t *given,
	struct refusal *refusal)
{
	for (; fields != NULL && fields->name != NULL; fields++)
		if (fields->required && json_object_get(given, fields->name) == NULL)
			return refuse(refusal, 400, "MissingName", "the %s \"%s\" is missing", what,
				fields->name);
	return 0;
}

/* Returns a query parameter's text as a value of its schema's type; NULL when it isn't one. */
static json_t *typed(const json_t *schema, const char *text)
{
	const char *type = json_get_string_or(schema, "type", "string");
	char *end;

	if (strcmp(type, "integer") == 0) {
		size_t digits = strspn(text + (text[0] == '-'), "0123456789");

		if (digits < 1 || digits > 18 || text[digits + (text[0] == '-')] != '\0')
			return NULL;
		return json_integer(strtoll(text, &end, 10));
	}
	if (strcmp(type, "boolean") == 0)
		return strcmp(text, "true") == 0 ? json_true()
			: strcmp(text, "false") == 0 ? json_false()
										 : NULL;
	return json_string(text);
}

int route_check_query(const struct route *route, const json_t *query, struct refusal *refusal)
{
	const char *name;
	json_t *value;

	if (check_known("query parameter", route->query, query, refusal) < 0 ||
		check_required("query parameter", route->row->query, query, refusal) < 0)
		return -1;
	json_object_foreach((json_t *)query, name, value) {
		const json_t *schema = json_object_get(route->query, name);
		CLEANUP_JSON json_t *meant = typed(schema, json_string_value(value));

		if (meant == NULL)
			return refuse(refusal, 400, "InvalidValue", "\"%.64s\" must be of type %s", name,
				json_get_string_or(schema, "type", "string"));
		if (field_check(name, schema, meant, refusal) < 0)
			return -1;
	}
	return 0;
}

int route_check_body(const struct route *route, const json_t *body, struct refusal *refusal)
{
	const char *name;
	json_t *value;

	if (body != NULL && !json_is_object(body))
		return refuse(refusal, 400, "InvalidBody", "the body must be a JSON object");
	if (check_known("key in the body called", route->body, body, refusal) < 0 ||
		check_required("key", route->row->body, body, refusal) < 0)
		return -1;
	json_object_foreach((json_t *)body, name, value)
		if (field_check(name, json_object_get(route->body, name), value, refusal) < 0)
			return -1;
	return 0;
}
