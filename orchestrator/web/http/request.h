/* The types that the server and the handlers share: a row for each route of the API, a request that
 * is authenticated and authorized, and an answer. Dispatch, authorization, metrics and the OpenAPI
 * document read the table of rows. */
#ifndef REEVE_WEB_HTTP_REQUEST_H
#define REEVE_WEB_HTTP_REQUEST_H

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct person;
struct web_host; /* the functions of the process that handlers call; the server only passes it on */

/* The roles of callers. Responders and admins may do what the roles before them may; ingest is
 * separate: it may only send signals. */
enum api_role { API_PUBLIC, API_VIEWER, API_RESPONDER, API_ADMIN, API_INGEST };

#define API_MAX_PARAMETERS 2

struct api_request {
	const struct web_host *host;
	const struct person *person; /* the caller; NULL on a public route */
	enum api_role role;
	/* the parameters of the path, decoded and checked to be plain text; NULL: none */
	const char *parameters[API_MAX_PARAMETERS];
	const json_t *query; /* {"name": "value"}: only declared names, checked; never NULL */
	const json_t *body;  /* the parsed body, checked against the row's keys; NULL: none */
	const char *text;    /* the body as it arrived */
	size_t text_length;
};

struct api_response {
	int status;               /* the status; the row's unless a handler sets it */
	json_t *json;             /* the answer, taken over; NULL: `text` */
	const char *content_type; /* the media type of `text` */
	struct buf text;          /* initialized by the server, bounded */
};

/* One declared query parameter or body key, for the checks and for the OpenAPI document. */
struct api_field {
	const char *name;
	const char *schema; /* JSON Schema as text: {"type": "string", "pattern": …}; the subset that
						 * the server checks: type, enum, pattern-less lengths, minimum, maximum */
	bool required;
	const char *help;
};

struct api_route {
	const char *method;    /* "GET", "POST", "DELETE" */
	const char *path;      /* "/api/v1/approvals/{id}/approve" */
	const char *parameter; /* JSON Schema of the parameter in braces, as text; NULL: any text */
	const char *id;        /* operationId: "approveRequest"; also the metric's label */
	enum api_role role;    /* the lowest role that may use it */
	const char *summary;
	const struct api_field *query, *body; /* end with a NULL name; NULL: none */
	bool any_body;      /* true: the body may be any text (signals); `body` is NULL */
	bool urgent;        /* true: it is handled however many requests are running */
	bool may_miss;      /* true: it may answer 404 for a record that the body names */
	int status;         /* the status of success; 0: 200 */
	const char *answer; /* JSON Schema of the JSON of success, as text; NULL: text/plain */
	/* Handles the request on a fiber; may yield. After -1 the server answers with {"error":
	 * {"code", "message"}} and the status that fits *err: ERR_USAGE 400, or 404 for the code
	 * NotFound; ERR_LIMIT 409, or 429 for TooMany; else 500 or 503. */
	MAY_YIELD int (*handle)(const struct api_request *request, struct api_response *response,
		struct err *err);
};

#endif
