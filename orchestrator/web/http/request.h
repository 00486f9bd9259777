/* What the server and the handlers share: a row for each route of the API, a request that is
 * authenticated and authorized, and an answer. Dispatch, authorization, metrics and the OpenAPI
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
struct web_host; /* what the handlers use of the process; the server only passes it on */

/* What a caller may do. Responders and admins may do what the roles before them may; ingest is
 * separate: it may hand in signals and nothing else. */
enum api_role { API_PUBLIC, API_VIEWER, API_RESPONDER, API_ADMIN, API_INGEST };

#define API_MAX_PARAMETERS 2

struct api_request {
	const struct web_host *host;
	const struct person *person; /* who asks; NULL on a public route */
	enum api_role role;
	/* of the path, decoded and checked to be plain text; NULL: none */
	const char *parameters[API_MAX_PARAMETERS];
	const json_t *query; /* {"name": "value"}: only declared names, checked; never NULL */
	const json_t *body;  /* parsed, and checked against the row's keys; NULL: none */
	const char *text;    /* the body as it came */
	size_t text_length;
};

struct api_response {
	int status;               /* the row's status unless set */
	json_t *json;             /* the answer, taken over; NULL: `text` */
	const char *content_type; /* of text */
	struct buf text;          /* initialized by the server, bounded */
};

/* One declared query parameter or body key, for checking and for the document. */
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
	const char *parameter; /* JSON Schema of what is in braces, as text; NULL: any text */
	const char *id;        /* operationId: "approveRequest"; also the metric's label */
	enum api_role role;    /* the lowest role that may use it */
	const char *summary;
	const struct api_field *query, *body; /* end with a NULL name; NULL: none */
	bool any_body; /* the body is not an object with the keys of `body`, but any text (signals) */
	bool urgent;   /* is handled however many requests are running */
	bool may_miss; /* may answer 404 for what the body names, as a path with an id may */
	int status;    /* the status of success; 0: 200 */
	const char *answer; /* JSON Schema of the JSON of success, as text; NULL: text/plain */
	/* Runs on a fiber, may yield. -1 with err: the server answers with the status that fits it
	 * (ERR_USAGE 400, or 404 for the code NotFound; ERR_LIMIT 409, or 429 for TooMany; else 500 or
	 * 503) and {"error": {"code", "message"}}. */
	MAY_YIELD int (*handle)(const struct api_request *request, struct api_response *response,
		struct err *err);
};

#endif
