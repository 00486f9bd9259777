#include "aws/protocol/xml_error.h"

#include "base/banned.h"

/* The three documents that errors come in:
 *   query:  <ErrorResponse><Error><Code/><Message/></Error><RequestId/></ErrorResponse>
 *   ec2:    <Response><Errors><Error><Code/><Message/></Error></Errors><RequestID/></Response>
 *   s3:     <Error><Code/><Message/><RequestId/></Error> */
static const struct aws_member error_members[] = {
	AWS_MEMBER("Code", &aws_string),
	AWS_MEMBER("Message", &aws_string),
	AWS_MEMBER("RequestId", &aws_string),
};
static const struct aws_shape error_shape = AWS_STRUCTURE_OF(error_members);

static const struct aws_member error_response_members[] = {
	AWS_MEMBER("Error", &error_shape),
	AWS_MEMBER("RequestId", &aws_string),
};
static const struct aws_shape error_response_shape = AWS_STRUCTURE_OF(error_response_members);

static const struct aws_shape error_list = {
	.type = AWS_LIST,
	.element = { .shape = &error_shape },
	.flags = AWS_FLATTENED,
};
static const struct aws_member errors_members[] = { AWS_MEMBER("Error", &error_list) };
static const struct aws_shape errors_shape = AWS_STRUCTURE_OF(errors_members);
static const struct aws_member ec2_response_members[] = {
	AWS_MEMBER("Errors", &errors_shape),
	AWS_MEMBER("RequestId", &aws_string, .wire = "RequestID"),
};
static const struct aws_shape ec2_response_shape = AWS_STRUCTURE_OF(ec2_response_members);

const struct aws_shape *xml_error_document(const char *root, bool is_error, json_t *error)
{
	size_t length = strlen(root);

	if (strcmp(root, "ErrorResponse") == 0)
		return &error_response_shape;
	if (strcmp(root, "Error") == 0)
		return &error_shape;
	if (strcmp(root, "Response") == 0)
		return &ec2_response_shape;
	/* The root element itself may name the error:
	 * <AccessDeniedException><Message>...</Message></AccessDeniedException>. */
	if (!is_error || length <= 9 || strcmp(root + length - 9, "Exception") != 0)
		return NULL;
	json_object_set_new(error, "Code", json_string(root));
	return &error_shape;
}
