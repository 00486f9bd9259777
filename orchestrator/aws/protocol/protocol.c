/* Serialization: what all protocols have in common. */
#include "aws/protocol/protocol.h"

#include "aws/protocol/protocol_base64.h"
#include "aws/protocol/protocol_wire.h"
#include "aws/protocol/serialize_check.h"
#include "aws/protocol/serialize_json.h"
#include "aws/protocol/serialize_query.h"
#include "aws/protocol/serialize_rest.h"
#include "base/banned.h"
#include "base/json.h"

#include <openssl/evp.h>

/* Returns the parameters, as a new reference, with a random token for each idempotency token that
 * the caller left out. */
static json_t *with_tokens(const struct aws_shape *input, const json_t *params)
{
	json_t *copy = params != NULL ? json_incref((json_t *)params) : json_object();
	bool copied = params == NULL;

	for (size_t i = 0; input != NULL && i < input->member_count; i++) {
		const struct aws_member *member = &input->members[i];
		char token[37];

		if (!(member->flags & AWS_IDEMPOTENCY_TOKEN) || !json_is_object(copy) ||
			serialize_member(copy, member) != NULL)
			continue;
		if (!copied) {
			json_decref(copy);
			copy = json_copy((json_t *)params);
			copied = true;
		}
		aws_uuid(token);
		json_object_set_new(copy, member->name, json_string(token));
	}
	return copy;
}

/* Returns whether the text is a DNS label (RFC 1123): it becomes part of the host name. */
static bool is_host_label(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && length <= 63 && text[0] != '-' && text[length - 1] != '-' &&
		strspn(text, "0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == length;
}

static const char *host_label(const struct aws_operation *operation, const json_t *params,
	const char *name, size_t length)
{
	for (size_t i = 0; operation->input != NULL && i < operation->input->member_count; i++) {
		const struct aws_member *member = &operation->input->members[i];

		if ((member->flags & AWS_HOST_LABEL) && strlen(member->name) == length &&
			strncmp(member->name, name, length) == 0)
			return json_string_value(json_object_get(params, member->name));
	}
	return NULL;
}

/* Adds the host prefix, "{AccountId}.", with the parameter in place of its name. */
static int add_host_prefix(const struct aws_operation *operation, const json_t *params,
	const struct wire_place *place, struct aws_request *out, struct err *err)
{
	const char *cursor = operation->host_prefix;

	while (cursor != NULL && *cursor != '\0') {
		size_t literal = strcspn(cursor, "{");

		buf_add(&out->host_prefix, cursor, literal);
		cursor += literal;
		if (*cursor == '\0')
			break;
		size_t length = strcspn(cursor, "}") - 1;
		const char *label = host_label(operation, params, cursor + 1, length);

		if (label == NULL || !is_host_label(label))
			return wire_error(err, ERR_UNDECLARED, "BadHostLabel", place,
				"parameter %.*s must be set, and can only have letters, digits and hyphens",
				(int)length, cursor + 1);
		buf_add_string(&out->host_prefix, label);
		cursor += 1 + length + (cursor[1 + length] == '}');
	}
	return 0;
}

/* https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html: "Content-MD5: the
 * Base64 encoded 128-bit MD5 digest". Where MD5 isn't available (FIPS), the SHA-256 checksum is
 * sent. */
static int add_checksum(struct aws_request *out, struct err *err)
{
	CLEANUP_BUF struct buf text;
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t length = 0;

	buf_init(&text, 128);
	if (EVP_Q_digest(NULL, "MD5", NULL, out->body.data, out->body.length, digest, &length) == 1) {
		wire_add_base64(&text, digest, length);
		return aws_request_add_header(out, "Content-MD5", text.data, err);
	}
	if (EVP_Q_digest(NULL, "SHA256", NULL, out->body.data, out->body.length, digest, &length) != 1)
		return err_set(err, ERR_SYSTEM, "NoDigest", "libcrypto offers neither MD5 nor SHA-256");
	wire_add_base64(&text, digest, length);
	if (aws_request_add_header(out, "x-amz-sdk-checksum-algorithm", "SHA256", err) < 0)
		return -1;
	return aws_request_add_header(out, "x-amz-checksum-sha256", text.data, err);
}

static int serialize(const struct aws_operation *operation, const json_t *params,
	const struct wire_place *place, struct aws_request *out, struct err *err)
{
	static const struct aws_shape nothing = { .type = AWS_STRUCTURE };
	const struct aws_shape *input = operation->input != NULL ? operation->input : &nothing;

	if (serialize_check(input, params, place, err) < 0 ||
		add_host_prefix(operation, params, place, out, err) < 0)
		return -1;
	switch (operation->service->protocol) {
	case AWS_JSON:
		return serialize_json(operation, params, place, out, err);
	case AWS_QUERY:
	case AWS_EC2:
		return serialize_query(operation, params, place, out, err);
	case AWS_REST_JSON:
	case AWS_REST_XML:
		return serialize_rest(operation, params, place, out, err);
	}
	return wire_error(err, ERR_UNDECLARED, "UnknownProtocol", place,
		"its service has no known protocol");
}

int aws_serialize(const struct aws_operation *operation, const json_t *params,
	struct aws_request *out, struct err *err)
{
	CLEANUP_JSON json_t *complete = with_tokens(operation->input, params);
	struct wire_place place = { .name = operation->name };

	out->method = operation->http_method != NULL ? operation->http_method : "POST";
	if (serialize(operation, complete, &place, out, err) < 0)
		return -1;
	if (operation->checksum_required && add_checksum(out, err) < 0)
		return -1;
	if (!buf_ok(&out->path) || !buf_ok(&out->query) || !buf_ok(&out->body) ||
		!buf_ok(&out->host_prefix))
		return wire_error(err, ERR_LIMIT, "RequestTooLarge", &place, "the request is too large");
	return 0;
}
