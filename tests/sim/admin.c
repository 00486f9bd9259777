#include "admin.h"

#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "stats.h"

static void answer(struct http_response *r, int status, const char *error)
{
	r->status = status;
	if (error) {
		buf_str(&r->body, "{\"error\":");
		buf_json(&r->body, error);
		buf_str(&r->body, "}\n");
	} else {
		buf_str(&r->body, "{}\n");
	}
}

/* The body is KIND=RATE,... or a JSON object of them. */
static void set_faults(const struct http_request *request, struct http_response *r)
{
	json_t *json = json_loadb(request->body.p ? request->body.p : "", request->body.n, 0, NULL),
		   *value;
	struct buf text = { 0 };
	char error[256];
	const char *key;

	if (json_is_object(json)) {
		json_object_foreach(json, key, value) {
			if (json_is_string(value))
				buf_printf(&text, "%s=%s,", key, json_string_value(value));
			else
				buf_printf(&text, "%s=%g,", key, json_number_value(value));
		}
	} else {
		buf_slice(&text, request->body);
	}
	if (faults_set(text.p, error))
		answer(r, 200, NULL);
	else
		answer(r, 400, error);
	buf_free(&text);
	json_decref(json);
}

static void set_account(const struct http_request *request, struct http_response *r)
{
	json_t *json = json_loadb(request->body.p ? request->body.p : "", request->body.n, 0, NULL);
	const char *error = json ? admin_apply(json) : "the body is not JSON";

	answer(r, error ? 400 : 200, error);
	json_decref(json);
}

void admin_serve(const struct http_request *request, struct http_response *r)
{
	struct slice path = request->path, query = request->query, key = { NULL, 0 };
	bool get = slice_is(request->method, "GET"), post = slice_is(request->method, "POST");
	const char *error;

	r->content_type = "application/json";
	if (get && slice_is(path, "/_sim/stats")) {
		stats_write(&r->body);
	} else if (get && slice_is(path, "/_sim/state")) {
		slice_cut(&query, '=', &key);
		if (!admin_write_state(&r->body,
				slice_is(key, "account") ? query : (struct slice){ NULL, 0 })) {
			buf_reset(&r->body);
			answer(r, 404, "no such account");
		}
	} else if (post && slice_is(path, "/_sim/fault")) {
		set_faults(request, r);
	} else if (slice_is(path, "/_sim/queue")) {
		error = admin_queue(request, r);
		if (error)
			answer(r, 400, error);
	} else if (post && slice_is(path, "/_sim/account")) {
		set_account(request, r);
	} else if (post && slice_is(path, "/_sim/reset-stats")) {
		stats_reset();
		answer(r, 200, NULL);
	} else {
		answer(r, 404, "unknown path; README.md lists the paths under /_sim/");
	}
}
