/*
 * Amazon GuardDuty: detectors, their protection plans ("features"), and the detectors of members.
 * `DataSources`, which AWS has replaced by features, is not listed, so that it can't be sent; and
 * of an answer only what a baseline looks at is, as a detector in every region makes these the
 * answers that a sweep reads most.
 * https://docs.aws.amazon.com/guardduty/latest/APIReference/Welcome.html
 */
#include "aws/operations/operation.h"

#include "base/banned.h"

const struct aws_service aws_service_guardduty = {
	.id = "guardduty",
	.endpoint_id = "GUARDDUTY",
	.signing_name = "guardduty",
	.protocol = AWS_REST_JSON,
	.json_version = "1.1",
	.api_version = "2017-11-28",
};

#define GUARDDUTY(operation, ...) \
	const struct aws_operation aws_guardduty_##operation = { .service = &aws_service_guardduty, \
		.name = #operation, \
		.iam_action = "guardduty:" #operation, \
		__VA_ARGS__ }

#define DETECTOR_ID \
	AWS_MEMBER("DetectorId", &aws_string, .location = AWS_IN_URI, .flags = AWS_REQUIRED)

/* --- shapes shared by several operations --- */

static const struct aws_member detector_members[] = { DETECTOR_ID };
static const struct aws_shape detector_input = AWS_STRUCTURE_OF(detector_members);

static const struct aws_shape tag_map = AWS_MAP_OF(&aws_string);

/* A feature as it is asked for. */
static const struct aws_member additional_members[] = {
	AWS_MEMBER("Name", &aws_word, .wire = "name"),
	AWS_MEMBER("Status", &aws_word, .wire = "status"),
};
static const struct aws_shape additional = AWS_STRUCTURE_OF(additional_members);
static const struct aws_shape additional_list = AWS_LIST_OF(&additional);

static const struct aws_member feature_members[] = {
	AWS_MEMBER("Name", &aws_word, .wire = "name"),
	AWS_MEMBER("Status", &aws_word, .wire = "status"),
	AWS_MEMBER("AdditionalConfiguration", &additional_list, .wire = "additionalConfiguration"),
};
static const struct aws_shape feature = AWS_STRUCTURE_OF(feature_members);
static const struct aws_shape feature_list = AWS_LIST_OF(&feature);

/* Accounts that a member operation did not handle; it answers 200 all the same. */
static const struct aws_member unprocessed_members[] = {
	AWS_MEMBER("AccountId", &aws_string, .wire = "accountId"),
	AWS_MEMBER("Result", &aws_string, .wire = "result"),
};
static const struct aws_shape unprocessed = AWS_STRUCTURE_OF(unprocessed_members);
static const struct aws_shape unprocessed_list = AWS_LIST_OF(&unprocessed);

/* --- ListDetectors --- */

static const struct aws_member list_detectors_in[] = {
	AWS_MEMBER("MaxResults", &aws_integer, .wire = "maxResults", .location = AWS_IN_QUERY),
	AWS_MEMBER("NextToken", &aws_string, .wire = "nextToken", .location = AWS_IN_QUERY),
};
static const struct aws_shape list_detectors_input = AWS_STRUCTURE_OF(list_detectors_in);

static const struct aws_member list_detectors_out[] = {
	AWS_MEMBER("DetectorIds", &aws_string_list, .wire = "detectorIds"),
	AWS_MEMBER("NextToken", &aws_string, .wire = "nextToken"),
};
static const struct aws_shape list_detectors_output = AWS_STRUCTURE_OF(list_detectors_out);

static const struct aws_paging list_detectors_paging = {
	.input_token = "NextToken",
	.output_token = "NextToken",
	.result_key = "DetectorIds",
	.limit_key = "MaxResults",
};

GUARDDUTY(ListDetectors, .http_method = "GET", .http_path = "/detector",
	.input = &list_detectors_input, .output = &list_detectors_output,
	.paging = &list_detectors_paging);

/* --- GetDetector --- */

static const struct aws_member get_detector_out[] = {
	AWS_MEMBER("FindingPublishingFrequency", &aws_word, .wire = "findingPublishingFrequency"),
	AWS_MEMBER("Status", &aws_word, .wire = "status"),
	AWS_MEMBER("Features", &feature_list, .wire = "features"),
};
static const struct aws_shape get_detector_output = AWS_STRUCTURE_OF(get_detector_out);

GUARDDUTY(GetDetector, .http_method = "GET", .http_path = "/detector/{DetectorId}",
	.input = &detector_input, .output = &get_detector_output);

/* --- CreateDetector --- */

static const struct aws_member create_detector_in[] = {
	AWS_MEMBER("Enable", &aws_boolean, .wire = "enable", .flags = AWS_REQUIRED),
	AWS_MEMBER("ClientToken", &aws_string, .wire = "clientToken", .flags = AWS_IDEMPOTENCY_TOKEN),
	AWS_MEMBER("FindingPublishingFrequency", &aws_string, .wire = "findingPublishingFrequency"),
	AWS_MEMBER("Tags", &tag_map, .wire = "tags"),
	AWS_MEMBER("Features", &feature_list, .wire = "features"),
};
static const struct aws_shape create_detector_input = AWS_STRUCTURE_OF(create_detector_in);

static const struct aws_member create_detector_out[] = {
	AWS_MEMBER("DetectorId", &aws_string, .wire = "detectorId"),
};
static const struct aws_shape create_detector_output = AWS_STRUCTURE_OF(create_detector_out);

GUARDDUTY(CreateDetector, .http_method = "POST", .http_path = "/detector",
	.input = &create_detector_input, .output = &create_detector_output, .mutating = true,
	.repeatable = true);

/* --- UpdateDetector --- */

static const struct aws_member update_detector_in[] = {
	DETECTOR_ID,
	AWS_MEMBER("Enable", &aws_boolean, .wire = "enable"),
	AWS_MEMBER("FindingPublishingFrequency", &aws_string, .wire = "findingPublishingFrequency"),
	AWS_MEMBER("Features", &feature_list, .wire = "features"),
};
static const struct aws_shape update_detector_input = AWS_STRUCTURE_OF(update_detector_in);

GUARDDUTY(UpdateDetector, .http_method = "POST", .http_path = "/detector/{DetectorId}",
	.input = &update_detector_input, .mutating = true, .repeatable = true);

/* --- DeleteDetector --- */

GUARDDUTY(DeleteDetector, .http_method = "DELETE", .http_path = "/detector/{DetectorId}",
	.input = &detector_input, .mutating = true, .repeatable = true);

/* --- GetAdministratorAccount --- */

static const struct aws_member administrator_members[] = {
	AWS_MEMBER("AccountId", &aws_string, .wire = "accountId"),
	AWS_MEMBER("InvitationId", &aws_string, .wire = "invitationId"),
	AWS_MEMBER("RelationshipStatus", &aws_string, .wire = "relationshipStatus"),
	AWS_MEMBER("InvitedAt", &aws_string, .wire = "invitedAt"),
};
static const struct aws_shape administrator = AWS_STRUCTURE_OF(administrator_members);

static const struct aws_member get_administrator_out[] = {
	AWS_MEMBER("Administrator", &administrator, .wire = "administrator"),
};
static const struct aws_shape get_administrator_output = AWS_STRUCTURE_OF(get_administrator_out);

GUARDDUTY(GetAdministratorAccount, .http_method = "GET",
	.http_path = "/detector/{DetectorId}/administrator", .input = &detector_input,
	.output = &get_administrator_output);

/* --- GetMemberDetectors --- */

static const struct aws_member get_member_detectors_in[] = {
	DETECTOR_ID,
	AWS_MEMBER("AccountIds", &aws_string_list, .wire = "accountIds", .flags = AWS_REQUIRED),
};
static const struct aws_shape get_member_detectors_input =
	AWS_STRUCTURE_OF(get_member_detectors_in);

static const struct aws_member member_configuration_members[] = {
	AWS_MEMBER("AccountId", &aws_string, .wire = "accountId"),
	AWS_MEMBER("Features", &feature_list, .wire = "features"),
};
static const struct aws_shape member_configuration = AWS_STRUCTURE_OF(member_configuration_members);
static const struct aws_shape member_configuration_list = AWS_LIST_OF(&member_configuration);

static const struct aws_member get_member_detectors_out[] = {
	AWS_MEMBER("MemberDataSourceConfigurations", &member_configuration_list, .wire = "members"),
	AWS_MEMBER("UnprocessedAccounts", &unprocessed_list, .wire = "unprocessedAccounts"),
};
static const struct aws_shape get_member_detectors_output =
	AWS_STRUCTURE_OF(get_member_detectors_out);

/* A read, though AWS has it as a POST. */
GUARDDUTY(GetMemberDetectors, .http_method = "POST",
	.http_path = "/detector/{DetectorId}/member/detector/get", .input = &get_member_detectors_input,
	.output = &get_member_detectors_output);

/* --- UpdateMemberDetectors --- */

static const struct aws_member update_member_detectors_in[] = {
	DETECTOR_ID,
	AWS_MEMBER("AccountIds", &aws_string_list, .wire = "accountIds", .flags = AWS_REQUIRED),
	AWS_MEMBER("Features", &feature_list, .wire = "features"),
};
static const struct aws_shape update_member_detectors_input =
	AWS_STRUCTURE_OF(update_member_detectors_in);

static const struct aws_member update_member_detectors_out[] = {
	AWS_MEMBER("UnprocessedAccounts", &unprocessed_list, .wire = "unprocessedAccounts"),
};
static const struct aws_shape update_member_detectors_output =
	AWS_STRUCTURE_OF(update_member_detectors_out);

GUARDDUTY(UpdateMemberDetectors, .http_method = "POST",
	.http_path = "/detector/{DetectorId}/member/detector/update",
	.input = &update_member_detectors_input, .output = &update_member_detectors_output,
	.mutating = true, .repeatable = true);
