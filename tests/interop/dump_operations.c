/*
 * Prints every operation with its shapes as one JSON document, for check_operations.py to compare
 * with the service models. With regions as arguments it prints the endpoints of every service
 * instead.
 */
#include "aws/endpoint/endpoint.h"
#include "aws/operations/operation.h"
#include "aws/operations/operations.h"

#include "base/banned.h"

#include <jansson.h>

static const char *const type_names[] = {
	[AWS_STRING] = "string",
	[AWS_BOOLEAN] = "boolean",
	[AWS_INTEGER] = "integer",
	[AWS_DOUBLE] = "double",
	[AWS_TIMESTAMP] = "timestamp",
	[AWS_BLOB] = "blob",
	[AWS_LIST] = "list",
	[AWS_MAP] = "map",
	[AWS_STRUCTURE] = "structure",
	[AWS_DOCUMENT] = "document",
};
static const char *const location_names[] = {
	[AWS_IN_BODY] = "body",
	[AWS_IN_URI] = "uri",
	[AWS_IN_QUERY] = "querystring",
	[AWS_IN_HEADER] = "header",
	[AWS_IN_HEADERS] = "headers",
	[AWS_IN_STATUS] = "statusCode",
};
static const char *const protocol_names[] = {
	[AWS_JSON] = "json",
	[AWS_REST_JSON] = "rest-json",
	[AWS_REST_XML] = "rest-xml",
	[AWS_QUERY] = "query",
	[AWS_EC2] = "ec2",
};
static const char *const timestamp_names[] = {
	[AWS_TIMESTAMP_DEFAULT] = NULL,
	[AWS_TIMESTAMP_ISO8601] = "iso8601",
	[AWS_TIMESTAMP_EPOCH] = "unixTimestamp",
	[AWS_TIMESTAMP_RFC822] = "rfc822",
};

static json_t *text(const char *value)
{
	return value != NULL ? json_string(value) : json_null();
}

/* A shape that is being printed, and those around it. */
struct chain {
	const struct aws_shape *shape;
	const struct chain *up;
};

static json_t *dump_shape(const struct aws_shape *shape, const struct chain *up);

static json_t *dump_member(const struct aws_member *member, const struct chain *up)
{
	json_t *out = json_object();

	json_object_set_new(out, "name", text(member->name));
	json_object_set_new(out, "wire", text(member->wire));
	json_object_set_new(out, "query_name", text(member->query_name));
	json_object_set_new(out, "location", json_string(location_names[member->location]));
	json_object_set_new(out, "required", json_boolean((member->flags & AWS_REQUIRED) != 0));
	json_object_set_new(out, "idempotency_token",
		json_boolean((member->flags & AWS_IDEMPOTENCY_TOKEN) != 0));
	json_object_set_new(out, "xml_attribute",
		json_boolean((member->flags & AWS_XML_ATTRIBUTE) != 0));
	json_object_set_new(out, "flattened", json_boolean((member->flags & AWS_FLATTENED) != 0));
	json_object_set_new(out, "host_label", json_boolean((member->flags & AWS_HOST_LABEL) != 0));
	json_object_set_new(out, "json_value", json_boolean((member->flags & AWS_JSON_VALUE) != 0));
	json_object_set_new(out, "timestamp_format", text(timestamp_names[member->timestamp_format]));
	json_object_set_new(out, "xml_namespace", text(member->xml_namespace));
	json_object_set_new(out, "xml_prefix", text(member->xml_prefix));
	json_object_set_new(out, "shape", dump_shape(member->shape, up));
	return out;
}

static bool contains_itself(const struct aws_shape *shape, const struct chain *up)
{
	for (; up != NULL; up = up->up)
		if (up->shape == shape)
			return true;
	return false;
}

/* Inside of itself, a shape is {"again": true}. */
static json_t *dump_shape(const struct aws_shape *shape, const struct chain *up)
{
	const struct chain chain = { shape, up };
	json_t *out;

	if (shape == NULL)
		return json_null();
	if (contains_itself(shape, up))
		return json_pack("{sb}", "again", true);
	out = json_object();
	json_object_set_new(out, "type", json_string(type_names[shape->type]));
	json_object_set_new(out, "payload", text(shape->payload));
	json_object_set_new(out, "wire", text(shape->wire));
	json_object_set_new(out, "union", json_boolean(shape->is_union));
	json_object_set_new(out, "flattened", json_boolean((shape->flags & AWS_FLATTENED) != 0));
	json_object_set_new(out, "streaming", json_boolean(shape->streaming));
	json_object_set_new(out, "word", json_boolean(shape->is_word));
	json_object_set_new(out, "timestamp_format", text(timestamp_names[shape->timestamp_format]));
	json_object_set_new(out, "xml_namespace", text(shape->xml_namespace));
	json_object_set_new(out, "xml_prefix", text(shape->xml_prefix));
	if (shape->type == AWS_STRUCTURE) {
		json_t *members = json_array();

		for (size_t i = 0; i < shape->member_count; i++)
			json_array_append_new(members, dump_member(&shape->members[i], &chain));
		json_object_set_new(out, "members", members);
	}
	if (shape->type == AWS_LIST || shape->type == AWS_MAP)
		json_object_set_new(out, "element", dump_member(&shape->element, &chain));
	if (shape->type == AWS_MAP)
		json_object_set_new(out, "key", dump_member(&shape->key, &chain));
	return out;
}

static json_t *dump_service(const struct aws_service *service)
{
	json_t *out = json_object();

	json_object_set_new(out, "id", text(service->id));
	json_object_set_new(out, "endpoint_id", text(service->endpoint_id));
	json_object_set_new(out, "signing_name", text(service->signing_name));
	json_object_set_new(out, "protocol", json_string(protocol_names[service->protocol]));
	json_object_set_new(out, "json_version", text(service->json_version));
	json_object_set_new(out, "target_prefix", text(service->target_prefix));
	json_object_set_new(out, "api_version", text(service->api_version));
	json_object_set_new(out, "xml_namespace", text(service->xml_namespace));
	json_object_set_new(out, "is_s3", json_boolean(service->is_s3));
	json_object_set_new(out, "endpoint_prefix", text(service->endpoint_prefix));
	json_object_set_new(out, "query_compatible", json_boolean(service->query_compatible));
	return out;
}

static json_t *dump_paging(const struct aws_paging *paging)
{
	json_t *out;

	if (paging == NULL)
		return json_null();
	out = json_object();
	json_object_set_new(out, "input_token", text(paging->input_token));
	json_object_set_new(out, "output_token", text(paging->output_token));
	json_object_set_new(out, "result_key", text(paging->result_key));
	json_object_set_new(out, "limit_key", text(paging->limit_key));
	json_object_set_new(out, "limit", json_integer(paging->limit));
	json_object_set_new(out, "more_flag", text(paging->more_flag));
	return out;
}

static json_t *dump_operation(const struct aws_operation *operation)
{
	json_t *out = json_object();

	json_object_set_new(out, "service", dump_service(operation->service));
	json_object_set_new(out, "name", text(operation->name));
	json_object_set_new(out, "http_method", text(operation->http_method));
	json_object_set_new(out, "http_path", text(operation->http_path));
	json_object_set_new(out, "iam_action", text(operation->iam_action));
	json_object_set_new(out, "result_wrapper", text(operation->result_wrapper));
	json_object_set_new(out, "host_prefix", text(operation->host_prefix));
	json_object_set_new(out, "input", dump_shape(operation->input, NULL));
	json_object_set_new(out, "output", dump_shape(operation->output, NULL));
	json_object_set_new(out, "paging", dump_paging(operation->paging));
	json_object_set_new(out, "mutating", json_boolean(operation->mutating));
	json_object_set_new(out, "repeatable", json_boolean(operation->repeatable));
	json_object_set_new(out, "checksum_required", json_boolean(operation->checksum_required));
	json_object_set_new(out, "unsigned_call", json_boolean(operation->unsigned_call));
	return out;
}

static json_t *dump_operations(void)
{
	const struct aws_operation *operation;
	json_t *all = json_array();

	for (size_t i = 0; (operation = aws_operation_at(i)) != NULL; i++)
		json_array_append_new(all, dump_operation(operation));
	return all;
}

/* Returns {"service", "region", "fips", "dualstack", "url", "signing_region"}; without "url" there
 * is no such endpoint. */
static json_t *dump_endpoint(const struct aws_service *service, const char *region, bool fips,
	bool dualstack)
{
	const struct aws_endpoint_options options = {
		.region = region, .use_fips = fips, .use_dualstack = dualstack
	};
	struct aws_endpoint endpoint;
	struct err err = { 0 };
	json_t *out = json_pack("{ss ss sb sb}", "service", service->id, "region", region, "fips", fips,
		"dualstack", dualstack);

	if (aws_endpoint_resolve(service, &options, &endpoint, &err) == 0) {
		json_object_set_new(out, "url", json_string(endpoint.url));
		json_object_set_new(out, "signing_region", json_string(endpoint.signing_region));
	}
	return out;
}

static json_t *dump_endpoints(char **regions)
{
	const struct aws_operation *operation;
	const struct aws_service *last = NULL;
	json_t *all = json_array();

	for (size_t i = 0; (operation = aws_operation_at(i)) != NULL; i++) {
		for (char **region = regions; operation->service != last && *region != NULL; region++)
			for (int mode = 0; mode < 4; mode++)
				json_array_append_new(all,
					dump_endpoint(operation->service, *region, mode & 1, mode & 2));
		last = operation->service;
	}
	return all;
}

int main(int argc, char **argv)
{
	json_t *all = argc > 1 ? dump_endpoints(argv + 1) : dump_operations();
	int failed = json_dumpf(all, stdout, JSON_INDENT(1));

	json_decref(all);
	return failed != 0 || fflush(stdout) != 0 || putchar('\n') == EOF;
}
