/*
 * The operation tables are consistent in themselves: the members that a row names exist.
 * tests/interop/check_operations.py compares them with AWS's models.
 */
#include "aws/operations/operation.h"

#include "aws/operations/operations.h"
#include "base/banned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const struct aws_member *find_member(const struct aws_shape *shape, const char *name,
	size_t length)
{
	for (size_t i = 0; shape != NULL && i < shape->member_count; i++) {
		const struct aws_member *member = &shape->members[i];

		if (strlen(member->name) == length && strncmp(member->name, name, length) == 0)
			return member;
	}
	return NULL;
}

/* True when the shape has a member of that type at a dotted path, e.g. "DistributionList.Items". */
static bool has_member(const struct aws_shape *shape, const char *path, enum aws_type type)
{
	const struct aws_member *member;

	for (;;) {
		size_t length = strcspn(path, ".");

		member = find_member(shape, path, length);
		if (member == NULL || path[length] == '\0')
			break;
		shape = member->shape;
		path += length + 1;
	}
	return member != NULL && member->shape->type == type;
}

static void every_operation_is_found_by_name(void **state)
{
	const struct aws_operation *operation;
	size_t count = 0;

	(void)state;
	for (; (operation = aws_operation_at(count)) != NULL; count++)
		assert_ptr_equal(aws_operation_find(operation->service->id, operation->name), operation);
	assert_true(count > 30);
	assert_null(aws_operation_at(SIZE_MAX));
	assert_null(aws_operation_find("guardduty", "GetNothing"));
	assert_null(aws_operation_find("nosuchservice", "GetDetector"));
	assert_ptr_equal(aws_operation_find("s3control", "GetPublicAccessBlock"),
		&aws_s3control_GetPublicAccessBlock);
}

static void rows_are_complete(void **state)
{
	const struct aws_operation *operation;

	(void)state;
	for (size_t i = 0; (operation = aws_operation_at(i)) != NULL; i++) {
		const struct aws_service *service = operation->service;

		assert_non_null(operation->http_method);
		assert_int_equal(operation->http_path[0], '/');
		assert_non_null(strchr(operation->iam_action, ':'));
		assert_non_null(service->endpoint_id);
		assert_non_null(service->signing_name);
		assert_int_equal(service->target_prefix != NULL, service->protocol == AWS_JSON);
		if (service->protocol == AWS_QUERY || service->protocol == AWS_EC2)
			assert_non_null(service->api_version);
		/* Reads may always be repeated, so only changes are marked as repeatable. */
		assert_false(operation->repeatable && !operation->mutating);
		assert_false(operation->unsigned_call && operation->mutating);
		assert_int_equal(operation->result_wrapper != NULL,
			service->protocol == AWS_QUERY && operation->output != NULL);
	}
}

/* Each {Label} is a required member of the input; {Label+} is one that keeps its slashes. */
static void check_labels(const struct aws_shape *input, const char *text, unsigned needed,
	enum aws_location location)
{
	while ((text = strchr(text, '{')) != NULL) {
		size_t length = strcspn(++text, "+}");
		const struct aws_member *member = find_member(input, text, length);

		assert_non_null(member);
		assert_int_equal(member->flags & needed, needed);
		assert_int_equal(member->location, location);
	}
}

static void labels_are_required_members(void **state)
{
	const struct aws_operation *operation;

	(void)state;
	for (size_t i = 0; (operation = aws_operation_at(i)) != NULL; i++) {
		check_labels(operation->input, operation->http_path, AWS_REQUIRED, AWS_IN_URI);
		if (operation->host_prefix != NULL)
			check_labels(operation->input, operation->host_prefix, AWS_REQUIRED | AWS_HOST_LABEL,
				AWS_IN_HEADER);
	}
}

static void paging_names_members(void **state)
{
	const struct aws_operation *operation;

	(void)state;
	for (size_t i = 0; (operation = aws_operation_at(i)) != NULL; i++) {
		const struct aws_paging *paging = operation->paging;

		if (paging == NULL)
			continue;
		assert_true(has_member(operation->input, paging->input_token, AWS_STRING));
		assert_true(has_member(operation->output, paging->output_token, AWS_STRING));
		if (paging->result_key != NULL)
			assert_true(has_member(operation->output, paging->result_key, AWS_LIST));
		if (paging->limit_key != NULL)
			assert_true(has_member(operation->input, paging->limit_key, AWS_INTEGER));
		if (paging->more_flag != NULL)
			assert_true(has_member(operation->output, paging->more_flag, AWS_BOOLEAN));
		assert_true(paging->limit == 0 || paging->limit_key != NULL);
	}
}

/* A shape that is being checked, and those around it. */
struct chain {
	const struct aws_shape *shape;
	const struct chain *up;
};

static void check_shape(const struct aws_shape *shape, const struct chain *up)
{
	const struct chain chain = { shape, up };

	for (; up != NULL; up = up->up)
		if (up->shape == shape)
			return; /* it contains itself, and is being checked already */
	if (shape->type == AWS_LIST || shape->type == AWS_MAP)
		check_shape(shape->element.shape, &chain);
	if (shape->type == AWS_MAP)
		assert_int_equal(shape->key.shape->type, AWS_STRING);
	if (shape->payload != NULL) {
		const struct aws_member *payload =
			find_member(shape, shape->payload, strlen(shape->payload));

		assert_non_null(payload);
		assert_int_equal(payload->location, AWS_IN_BODY);
	}
	for (size_t i = 0; i < shape->member_count; i++) {
		const struct aws_member *member = &shape->members[i];

		assert_ptr_equal(find_member(shape, member->name, strlen(member->name)), member);
		check_shape(member->shape, &chain);
	}
}

static void shapes_are_well_formed(void **state)
{
	const struct aws_operation *operation;

	(void)state;
	for (size_t i = 0; (operation = aws_operation_at(i)) != NULL; i++) {
		if (operation->input != NULL) {
			assert_int_equal(operation->input->type, AWS_STRUCTURE);
			check_shape(operation->input, NULL);
		}
		if (operation->output != NULL) {
			assert_int_equal(operation->output->type, AWS_STRUCTURE);
			check_shape(operation->output, NULL);
		}
	}
}

/* A mistake here would let a plan change something, or hide an action from the role's policy. */
static void changes_are_marked(void **state)
{
	static const char *const verbs_of_reads[] = { "Get", "List", "Describe", "Lookup", "BatchGet",
		"Head", "Search", "AssumeRole", "Receive" };
	const struct aws_operation *operation;

	(void)state;
	for (size_t i = 0; (operation = aws_operation_at(i)) != NULL; i++) {
		bool reads = false;

		for (size_t k = 0; k < ARRAY_LENGTH(verbs_of_reads); k++)
			reads |= strncmp(operation->name, verbs_of_reads[k], strlen(verbs_of_reads[k])) == 0;
		assert_int_equal(operation->mutating, !reads);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation_is_found_by_name),
		cmocka_unit_test(rows_are_complete),
		cmocka_unit_test(labels_are_required_members),
		cmocka_unit_test(paging_names_members),
		cmocka_unit_test(shapes_are_well_formed),
		cmocka_unit_test(changes_are_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
