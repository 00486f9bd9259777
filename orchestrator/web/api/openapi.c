/* Makes the OpenAPI 3.1 document from the table of routes, so that it can't differ from what the
 * server does. */
#include "web/api/openapi.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/json_read.h"
#include "web/http/routes.h"

#include <ctype.h>
#include <strings.h>

#define API_VERSION "1"

/* --- parts --- */

/* The operations that may answer with this status. */
enum error_of {
	OF_EACH,
	OF_KNOWN /* operations that identify the caller */,
	OF_NAMED /* operations with an id in the path */,
	OF_WRITES,
	OF_BODIES
};

static const struct {
	const char *status, *description;
	enum error_of of;
} errors[] = {
	{ "400", "The request is not well-formed; the message names the parameter, key or value.",
		OF_EACH },
	{ "401", "The request has no API token, or one that the configuration gives to no person.",
		OF_KNOWN },
	{ "403", "The caller's role may not do this, or a web page of another site made the request.",
		OF_EACH },
	{ "404", "There is no record with that id.", OF_NAMED },
	{ "408", "The request did not arrive completely in time.", OF_EACH },
	{ "409",
		"The current state does not allow the operation, or an earlier request with that "
		"Idempotency-Key is still running.",
		OF_WRITES },
	{ "411", "The body was sent without Content-Length.", OF_EACH },
	{ "413", "The body is too large.", OF_EACH },
	{ "414", "The path and query are too long.", OF_EACH },
	{ "415", "The body is not application/json.", OF_BODIES },
	{ "417", "The Expect header is not 100-continue.", OF_EACH },
	{ "421", "This server is not known by the name in the Host header.", OF_EACH },
	{ "422", "The Idempotency-Key was used for a different request.", OF_WRITES },
	{ "429", "Too many requests, connections or wrong tokens; Retry-After says when to try again.",
		OF_KNOWN },
	{ "431", "The header fields are too large.", OF_EACH },
	{ "500", "The server failed; its log says why.", OF_EACH },
	{ "503",
		"The server is starting or stopping, is busy, or can't write its audit log; try again "
		"later.",
		OF_EACH },
};

static bool takes_body(const struct api_route *row)
{
	return row->body != NULL || row->any_body;
}

static bool may_answer(const struct api_route *row, enum error_of of)
{
	switch (of) {
	case OF_EACH:
		return true;
	case OF_KNOWN:
		return row->role != API_PUBLIC;
	case OF_NAMED:
		return strchr(row->path, '{') != NULL || row->may_miss;
	case OF_WRITES:
		return strcmp(row->method, "GET") != 0;
	case OF_BODIES:
		return takes_body(row);
	}
	return true;
}

static json_t *parsed(const char *schema)
{
	json_t *value = NULL;
	struct err err = ERR_INIT;

	return schema != NULL && json_parse(schema, strlen(schema), "schema", &value, &err) == 0
		? value
		: json_object();
}

static json_t *error_schema(void)
{
	return json_pack("{s:s, s:[s], s:{s:{s:s, s:[ss], s:{s:{s:s, s:s}, s:{s:s, s:s}}}}}", "type",
		"object", "required", "error", "properties", "error", "type", "object", "required", "code",
		"message", "properties", "code", "type", "string", "description",
		"A CamelCase word for programs.", "message", "type", "string", "description",
		"A sentence for people.");
}

/* Makes components.responses, {"Error400": {"description", "content"}, …}. */
static json_t *error_responses(void)
{
	json_t *responses = json_object();

	for (size_t i = 0; i < ARRAY_LENGTH(errors); i++) {
		char name[16];

		snprintf(name, sizeof name, "Error%s", errors[i].status);
		json_object_set_new(responses, name,
			json_pack("{s:s, s:{s:{s:{s:s}}}}", "description", errors[i].description, "content",
				"application/json", "schema", "$ref", "#/components/schemas/Error"));
	}
	return responses;
}

static json_t *components(void)
{
	return json_pack("{s:{s:o}, s:o, s:{s:{s:s, s:s, s:s}}}", "schemas", "Error", error_schema(),
		"responses", error_responses(), "securitySchemes", "bearer", "type", "http", "scheme",
		"bearer", "description",
		"The API token of a person in the configuration, which has only the token's SHA-256. The "
		"control socket in the state folder and the operators' socket (http.socket) take the same "
		"requests without a token; there the operating system identifies the caller.");
}

/* --- operations --- */

static json_t *parameter(const char *name, const char *in, json_t *schema, bool required,
	const char *help)
{
	json_t *one = json_pack("{s:s, s:s, s:b, s:o}", "name", name, "in", in, "required", required,
		"schema", schema);

	if (help != NULL)
		json_object_set_new(one, "description", json_text(help));
	return one;
}

static json_t *parameters(const struct route *route)
{
	json_t *list = json_array();

	for (size_t i = 0; i < route->path.count; i++) {
		const char *segment = route->path.segments[i];
		char name[TARGET_MAX_SEGMENT];

		if (segment[0] != '{')
			continue;
		snprintf(name, sizeof name, "%.*s", (int)strcspn(segment + 1, "}"), segment + 1);
		json_t *schema = route->row->parameter != NULL ? parsed(route->row->parameter)
													   : json_pack("{s:s}", "type", "string");
		json_array_append_new(list, parameter(name, "path", schema, true, NULL));
	}
	for (const struct api_field *field = route->row->query; field != NULL && field->name != NULL;
		field++)
		json_array_append_new(list,
			parameter(field->name, "query", parsed(field->schema), field->required, field->help));
	if (strcmp(route->row->method, "GET") != 0)
		json_array_append_new(list,
			parameter("Idempotency-Key", "header",
				json_pack("{s:s, s:i, s:i}", "type", "string", "minLength", 1, "maxLength", 64),
				false,
				"The answer is kept for ten minutes and repeated for the same request with the "
				"same key."));
	return list;
}

static json_t *body_schema(const struct api_route *row)
{
	json_t *properties = json_object(), *required = json_array();

	if (row->any_body) {
		json_decref(properties);
		json_decref(required);
		return json_object();
	}
	for (const struct api_field *field = row->body; field->name != NULL; field++) {
		json_t *schema = parsed(field->schema);

		if (field->help != NULL)
			json_object_set_new(schema, "description", json_text(field->help));
		json_object_set_new(properties, field->name, schema);
		if (field->required)
			json_array_append_new(required, json_string(field->name));
	}
	return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties, "required",
		required, "additionalProperties", false);
}

static bool body_is_required(const struct api_route *row)
{
	bool required = row->any_body;

	for (const struct api_field *field = row->body; field != NULL && field->name != NULL; field++)
		required |= field->required;
	return required;
}

static json_t *responses(const struct api_route *row)
{
	json_t *all = json_object();
	json_t *schema = row->answer != NULL ? parsed(row->answer)
										 : json_pack("{s:s}", "type", "string");
	char success[12];

	snprintf(success, sizeof success, "%d", row->status != 0 ? row->status : 200);
	json_object_set_new(all, success,
		json_pack("{s:s, s:{s:{s:o}}}", "description",
			row->status == 202 ? "It has begun." : "It succeeded.", "content",
			row->answer != NULL ? "application/json" : "text/plain", "schema", schema));
	for (size_t i = 0; i < ARRAY_LENGTH(errors); i++) {
		char reference[64];

		if (!may_answer(row, errors[i].of))
			continue;
		snprintf(reference, sizeof reference, "#/components/responses/Error%s", errors[i].status);
		json_object_set_new(all, errors[i].status, json_pack("{s:s}", "$ref", reference));
	}
	return all;
}

static json_t *operation(const struct route *route)
{
	const struct api_route *row = route->row;
	json_t *one = json_pack("{s:s, s:o, s:s, s:o, s:o}", "operationId", row->id, "summary",
		json_text(row->summary), "x-role", api_role_name(row->role), "parameters",
		parameters(route), "responses", responses(row));

	json_object_set_new(one, "security",
		row->role == API_PUBLIC ? json_array() : json_pack("[{s:[]}]", "bearer"));
	if (takes_body(row))
		json_object_set_new(one, "requestBody",
			json_pack("{s:b, s:{s:{s:o}}}", "required", body_is_required(row), "content",
				"application/json", "schema", body_schema(row)));
	return one;
}

/* Each key of "paths" is a row's path with its {parameters}, unchanged. */
json_t *openapi_document(const struct routes *routes)
{
	json_t *paths = json_object();

	for (size_t i = 0; i < routes->count; i++) {
		const struct route *route = &routes->rows[i];
		json_t *path = json_object_get(paths, route->row->path);
		char method[16];

		if (path == NULL) {
			path = json_object();
			json_object_set_new(paths, route->row->path, path);
		}
		snprintf(method, sizeof method, "%s", route->row->method);
		for (char *c = method; *c != '\0'; c++)
			*c = (char)tolower((unsigned char)*c);
		json_object_set_new(path, method, operation(route));
	}
	return json_pack("{s:s, s:{s:s, s:s, s:s}, s:o, s:o}", "openapi", "3.1.0", "info", "title",
		"Reeve", "version", API_VERSION, "description",
		"Reeve keeps every account of an AWS organization on its security baseline. x-role is the "
		"lowest role that may use an operation. A responder may do what a viewer may, and an admin "
		"what a responder may; ingest may only send signals. A method that a path does not take is "
		"refused with 405, and every version of HTTP but 1.1 with 505.",
		"paths", paths, "components", components());
}
