/*
 * Reads the published protocol vectors: makes our tables from a service model in JSON at run time,
 * and converts parameters and results between the vectors' JSON and ours.
 */
#ifndef REEVE_TESTS_AWS_VECTORS_H
#define REEVE_TESTS_AWS_VECTORS_H

#include "aws/operations/operation.h"
#include "aws/protocol/protocol_base64.h"
#include "aws/protocol/protocol_time.h"
#include "aws/protocol/protocol_wire.h"
#include "base/json.h"
#include "base/mem.h"

#include <string.h>

/* The tables of one case. Everything is freed at once. */
struct model {
	const json_t *shapes; /* of the vector */
	struct aws_service service;
	struct aws_operation operation;
	void **memory;
	size_t memory_count;
	json_t *made; /* name -> index into memory + 1: shapes may be recursive */
};

static inline void *model_alloc(struct model *model, size_t size)
{
	void *memory = xcalloc(1, size > 0 ? size : 1);

	model->memory = xrealloc(model->memory, (model->memory_count + 1) * sizeof *model->memory);
	model->memory[model->memory_count++] = memory;
	return memory;
}

static inline void model_release(struct model *model)
{
	for (size_t i = 0; i < model->memory_count; i++)
		free(model->memory[i]);
	free(model->memory);
	json_decref(model->made);
	memset(model, 0, sizeof *model);
}

static inline enum aws_type model_type(const json_t *shape)
{
	static const struct {
		const char *name;
		enum aws_type type;
	} types[] = {
		{ "string", AWS_STRING },
		{ "character", AWS_STRING },
		{ "boolean", AWS_BOOLEAN },
		{ "integer", AWS_INTEGER },
		{ "long", AWS_INTEGER },
		{ "float", AWS_DOUBLE },
		{ "double", AWS_DOUBLE },
		{ "timestamp", AWS_TIMESTAMP },
		{ "blob", AWS_BLOB },
		{ "list", AWS_LIST },
		{ "map", AWS_MAP },
		{ "structure", AWS_STRUCTURE },
	};
	const char *name = json_get_string_or(shape, "type", "");

	if (json_get_bool_or(shape, "document", false))
		return AWS_DOCUMENT;
	for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
		if (strcmp(types[i].name, name) == 0)
			return types[i].type;
	abort();
}

static inline enum aws_location model_location(const char *name)
{
	static const char *const names[] = { "body", "uri", "querystring", "header", "headers",
		"statusCode" };

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (strcmp(names[i], name) == 0)
			return (enum aws_location)i;
	abort();
}

static inline enum aws_timestamp_format model_format(const char *name)
{
	if (name == NULL)
		return AWS_TIMESTAMP_DEFAULT;
	return strcmp(name, "iso8601") == 0 ? AWS_TIMESTAMP_ISO8601
		: strcmp(name, "rfc822") == 0   ? AWS_TIMESTAMP_RFC822
										: AWS_TIMESTAMP_EPOCH;
}

static inline struct aws_shape *model_shape(struct model *model, const char *name);

/* Reads a shape's XML namespace, which is {"uri": ..., "prefix": ...} or the URI alone. */
static inline void model_namespace(const json_t *source, const char **uri, const char **prefix)
{
	const json_t *xml_namespace = json_object_get(source, "xmlNamespace");

	*uri = json_is_string(xml_namespace) ? json_string_value(xml_namespace)
										 : json_get_string(xml_namespace, "uri");
	*prefix = json_get_string(xml_namespace, "prefix");
}

/* Makes a member from a reference to a shape and the traits that the reference adds. */
static inline void model_member(struct model *model, const char *name, const json_t *reference,
	struct aws_member *out)
{
	static const struct {
		const char *key;
		unsigned flag;
	} flags[] = {
		{ "idempotencyToken", AWS_IDEMPOTENCY_TOKEN },
		{ "xmlAttribute", AWS_XML_ATTRIBUTE },
		{ "flattened", AWS_FLATTENED },
		{ "hostLabel", AWS_HOST_LABEL },
		{ "jsonvalue", AWS_JSON_VALUE },
	};

	out->name = name;
	out->shape = model_shape(model, json_get_string(reference, "shape"));
	out->wire = json_get_string(reference, "locationName");
	out->query_name = json_get_string(reference, "queryName");
	out->location = model_location(json_get_string_or(reference, "location", "body"));
	out->timestamp_format = model_format(json_get_string(reference, "timestampFormat"));
	model_namespace(reference, &out->xml_namespace, &out->xml_prefix);
	for (size_t i = 0; i < ARRAY_LENGTH(flags); i++)
		if (json_get_bool_or(reference, flags[i].key, false))
			out->flags |= flags[i].flag;
}

static inline void model_members(struct model *model, const json_t *source, struct aws_shape *shape)
{
	json_t *members = json_object_get(source, "members"), *reference, *name;
	struct aws_member *table = model_alloc(model, json_object_size(members) * sizeof *table);
	const char *key;
	size_t index;

	json_object_foreach(members, key, reference)
		model_member(model, key, reference, &table[shape->member_count++]);
	json_array_foreach(json_object_get(source, "required"), index, name)
		for (size_t i = 0; i < shape->member_count; i++)
			if (strcmp(table[i].name, json_string_value(name)) == 0)
				table[i].flags |= AWS_REQUIRED;
	shape->members = table;
}

static inline struct aws_shape *model_shape(struct model *model, const char *name)
{
	const json_t *source = json_object_get(model->shapes, name),
				 *made = json_object_get(model->made, name);

	if (made != NULL)
		return model->memory[json_integer_value(made)];
	struct aws_shape *shape = model_alloc(model, sizeof *shape);
	json_object_set_new(model->made, name, json_integer((json_int_t)model->memory_count - 1));
	shape->type = model_type(source);
	shape->timestamp_format = model_format(json_get_string(source, "timestampFormat"));
	shape->wire = json_get_string(source, "locationName");
	model_namespace(source, &shape->xml_namespace, &shape->xml_prefix);
	shape->payload = json_get_string(source, "payload");
	shape->is_union = json_get_bool_or(source, "union", false);
	shape->flags = json_get_bool_or(source, "flattened", false) ? AWS_FLATTENED : 0;
	if (shape->type == AWS_STRUCTURE)
		model_members(model, source, shape);
	if (shape->type == AWS_LIST)
		model_member(model, NULL, json_object_get(source, "member"), &shape->element);
	if (shape->type == AWS_MAP) {
		model_member(model, NULL, json_object_get(source, "key"), &shape->key);
		model_member(model, NULL, json_object_get(source, "value"), &shape->element);
	}
	return shape;
}

static inline enum aws_protocol model_protocol(const char *name)
{
	return strcmp(name, "ec2") == 0      ? AWS_EC2
		: strcmp(name, "query") == 0     ? AWS_QUERY
		: strcmp(name, "rest-json") == 0 ? AWS_REST_JSON
		: strcmp(name, "rest-xml") == 0  ? AWS_REST_XML
										 : AWS_JSON;
}

/* In REST-XML the vectors give every payload's root a name of the member. Where that is only the
 * member's own name, the root element has the shape's name instead. */
static inline void model_payload(struct model *model, const json_t *source,
	const struct aws_shape *body)
{
	for (size_t i = 0; body->payload != NULL && i < body->member_count; i++) {
		struct aws_member *member = (struct aws_member *)&body->members[i];
		const json_t *reference = json_object_get(json_object_get(source, "members"), member->name);
		struct aws_shape *shape = (struct aws_shape *)member->shape;

		if (strcmp(member->name, body->payload) != 0 || shape->type != AWS_STRUCTURE ||
			member->wire == NULL || strcmp(member->wire, member->name) != 0 ||
			model->service.protocol != AWS_REST_XML)
			continue;
		member->wire = NULL;
		if (shape->wire == NULL)
			shape->wire = json_get_string(reference, "shape");
	}
}

/* Returns a copy of the shape that the operation refers to, since the reference may give the
 * document's root another name. */
static inline const struct aws_shape *model_body(struct model *model, const json_t *reference)
{
	const char *name = json_get_string(reference, "shape");
	struct aws_shape *shape;

	if (reference == NULL)
		return NULL;
	shape = model_alloc(model, sizeof *shape);
	*shape = *model_shape(model, name);
	model_payload(model, json_object_get(model->shapes, name), shape);
	if (shape->wire == NULL)
		shape->wire = json_get_string(reference, "locationName");
	if (shape->xml_namespace == NULL)
		model_namespace(reference, &shape->xml_namespace, &shape->xml_prefix);
	return shape;
}

static inline void model_init(struct model *model, const json_t *vector)
{
	const json_t *metadata = json_object_get(vector, "metadata"),
				 *operation = json_object_get(vector, "operation");
	const json_t *http = json_object_get(operation, "http");

	*model = (struct model){ .shapes = json_object_get(vector, "shapes"), .made = json_object() };
	model->service = (struct aws_service){
		.id = "vectors",
		.protocol = model_protocol(json_get_string(metadata, "protocol")),
		.json_version = json_get_string(metadata, "jsonVersion"),
		.target_prefix = json_get_string(metadata, "targetPrefix"),
		.api_version = json_get_string(metadata, "apiVersion"),
		.query_compatible = json_object_get(metadata, "awsQueryCompatible") != NULL,
	};
	model->operation = (struct aws_operation){
		.service = &model->service,
		.name = json_get_string(operation, "name"),
		.http_method = json_get_string(http, "method"),
		.http_path = json_get_string(http, "requestUri"),
		.input = model_body(model, json_object_get(operation, "input")),
		.output = model_body(model, json_object_get(operation, "output")),
		.host_prefix = json_get_string(json_object_get(operation, "endpoint"), "hostPrefix"),
		.checksum_required = json_get_bool_or(operation, "httpChecksumRequired", false),
	};
}

/* --- values --- */

/* The vectors give a blob as its text and a timestamp as a number. */
static inline json_t *scalar_to_vector(const struct aws_shape *shape, const json_t *value)
{
	CLEANUP_BUF struct buf text;
	int64_t ms;

	buf_init(&text, 1 << 20);
	if (shape->type == AWS_BLOB && json_is_string(value) &&
		wire_decode_base64(json_string_value(value), json_string_length(value), &text) == 0)
		return json_stringn(text.data, text.length);
	if (shape->type == AWS_TIMESTAMP && json_is_string(value) &&
		wire_parse_timestamp(json_string_value(value), json_string_length(value), &ms) == 0)
		return ms % 1000 == 0 ? json_integer(ms / 1000) : json_real((double)ms / 1000);
	return json_incref((json_t *)value);
}

static inline json_t *scalar_from_vector(const struct aws_shape *shape, const json_t *value)
{
	CLEANUP_BUF struct buf text;

	buf_init(&text, 1 << 20);
	if (shape->type != AWS_BLOB || !json_is_string(value))
		return json_incref((json_t *)value);
	wire_add_base64(&text, json_string_value(value), json_string_length(value));
	return json_stringn(text.data, text.length);
}

/* Returns a new value with every scalar converted. Towards the vector it leaves out members that
 * the shape doesn't list: we keep them in JSON answers, and the vectors don't. */
static inline json_t *convert(const struct aws_shape *shape, const json_t *value, bool to_vector)
{
	json_t *out, *item;
	const char *key;
	size_t index;

	if (shape->type == AWS_LIST && json_is_array(value)) {
		out = json_array();
		json_array_foreach((json_t *)value, index, item)
			json_array_append_new(out, convert(shape->element.shape, item, to_vector));
		return out;
	}
	if (shape->type == AWS_MAP && json_is_object(value)) {
		out = json_object();
		json_object_foreach((json_t *)value, key, item)
			json_object_set_new(out, key, convert(shape->element.shape, item, to_vector));
		return out;
	}
	if (shape->type != AWS_STRUCTURE || !json_is_object(value))
		return to_vector ? scalar_to_vector(shape, value) : scalar_from_vector(shape, value);
	out = to_vector ? json_object() : json_deep_copy(value);
	for (size_t i = 0; i < shape->member_count; i++) {
		item = json_object_get(value, shape->members[i].name);
		if (item != NULL)
			json_object_set_new(out, shape->members[i].name,
				convert(shape->members[i].shape, item, to_vector));
	}
	return out;
}

#endif
