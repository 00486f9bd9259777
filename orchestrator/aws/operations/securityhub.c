/*
 * AWS Security Hub: findings, in its own format (ASFF) and in OCSF.
 * https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html
 */
#include "aws/operations/operation.h"

#include "base/banned.h"

const struct aws_service aws_service_securityhub = {
	.id = "securityhub",
	.endpoint_id = "SECURITYHUB",
	.signing_name = "securityhub",
	.protocol = AWS_REST_JSON,
	.json_version = "1.1",
	.api_version = "2018-10-26",
};

#define SECURITYHUB_FOR(operation, action, ...) \
	const struct aws_operation aws_securityhub_##operation = { .service = \
																   &aws_service_securityhub, \
		.name = #operation, \
		.iam_action = "securityhub:" action, \
		__VA_ARGS__ }
#define SECURITYHUB(operation, ...) SECURITYHUB_FOR(operation, #operation, __VA_ARGS__)

#define REQUIRED_TEXT(name) AWS_MEMBER(name, &aws_string, .flags = AWS_REQUIRED)

/* --- a finding, as far as we write one --- */

/* https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html
 * Its times are RFC 3339 text: strings in the model. */

static const struct aws_shape field_map = AWS_MAP_OF(&aws_string);

static const struct aws_member recommendation_members[] = {
	AWS_MEMBER("Text", &aws_string),
	AWS_MEMBER("Url", &aws_string),
};
static const struct aws_shape recommendation = AWS_STRUCTURE_OF(recommendation_members);

static const struct aws_member remediation_members[] = {
	AWS_MEMBER("Recommendation", &recommendation),
};
static const struct aws_shape remediation = AWS_STRUCTURE_OF(remediation_members);

static const struct aws_member details_members[] = {
	AWS_MEMBER("Other", &field_map),
};
static const struct aws_shape details = AWS_STRUCTURE_OF(details_members);

static const struct aws_member resource_members[] = {
	REQUIRED_TEXT("Type"),
	REQUIRED_TEXT("Id"),
	AWS_MEMBER("Partition", &aws_string),
	AWS_MEMBER("Region", &aws_string),
	AWS_MEMBER("Tags", &field_map),
	AWS_MEMBER("Details", &details),
};
static const struct aws_shape resource = AWS_STRUCTURE_OF(resource_members);
static const struct aws_shape resource_list = AWS_LIST_OF(&resource);

static const struct aws_member status_reason_members[] = {
	REQUIRED_TEXT("ReasonCode"),
	AWS_MEMBER("Description", &aws_string),
};
static const struct aws_shape status_reason = AWS_STRUCTURE_OF(status_reason_members);
static const struct aws_shape status_reason_list = AWS_LIST_OF(&status_reason);

static const struct aws_member standard_members[] = {
	AWS_MEMBER("StandardsId", &aws_string),
};
static const struct aws_shape standard = AWS_STRUCTURE_OF(standard_members);
static const struct aws_shape standard_list = AWS_LIST_OF(&standard);

static const struct aws_member compliance_members[] = {
	AWS_MEMBER("Status", &aws_string),
	AWS_MEMBER("RelatedRequirements", &aws_string_list),
	AWS_MEMBER("StatusReasons", &status_reason_list),
	AWS_MEMBER("SecurityControlId", &aws_string),
	AWS_MEMBER("AssociatedStandards", &standard_list),
};
static const struct aws_shape compliance = AWS_STRUCTURE_OF(compliance_members);

static const struct aws_member workflow_members[] = {
	AWS_MEMBER("Status", &aws_string),
};
static const struct aws_shape workflow = AWS_STRUCTURE_OF(workflow_members);

static const struct aws_member provider_severity_members[] = {
	AWS_MEMBER("Label", &aws_string),
	AWS_MEMBER("Original", &aws_string),
};
static const struct aws_shape provider_severity = AWS_STRUCTURE_OF(provider_severity_members);

static const struct aws_member provider_fields_members[] = {
	AWS_MEMBER("Confidence", &aws_integer),
	AWS_MEMBER("Criticality", &aws_integer),
	AWS_MEMBER("Severity", &provider_severity),
	AWS_MEMBER("Types", &aws_string_list),
};
static const struct aws_shape provider_fields = AWS_STRUCTURE_OF(provider_fields_members);

static const struct aws_member severity_members[] = {
	AWS_MEMBER("Label", &aws_string),
	AWS_MEMBER("Normalized", &aws_integer),
	AWS_MEMBER("Original", &aws_string),
};
static const struct aws_shape severity = AWS_STRUCTURE_OF(severity_members);

static const struct aws_member finding_members[] = {
	REQUIRED_TEXT("SchemaVersion"),
	REQUIRED_TEXT("Id"),
	REQUIRED_TEXT("ProductArn"),
	AWS_MEMBER("ProductName", &aws_string),
	AWS_MEMBER("CompanyName", &aws_string),
	AWS_MEMBER("Region", &aws_string),
	REQUIRED_TEXT("GeneratorId"),
	REQUIRED_TEXT("AwsAccountId"),
	AWS_MEMBER("AwsAccountName", &aws_string),
	AWS_MEMBER("Types", &aws_string_list),
	AWS_MEMBER("FirstObservedAt", &aws_string),
	AWS_MEMBER("LastObservedAt", &aws_string),
	REQUIRED_TEXT("CreatedAt"),
	REQUIRED_TEXT("UpdatedAt"),
	AWS_MEMBER("Severity", &severity),
	REQUIRED_TEXT("Title"),
	REQUIRED_TEXT("Description"),
	AWS_MEMBER("Remediation", &remediation),
	AWS_MEMBER("SourceUrl", &aws_string),
	AWS_MEMBER("ProductFields", &field_map),
	AWS_MEMBER("UserDefinedFields", &field_map),
	AWS_MEMBER("Resources", &resource_list, .flags = AWS_REQUIRED),
	AWS_MEMBER("Compliance", &compliance),
	AWS_MEMBER("Workflow", &workflow),
	AWS_MEMBER("RecordState", &aws_string),
	AWS_MEMBER("FindingProviderFields", &provider_fields),
};
static const struct aws_shape finding = AWS_STRUCTURE_OF(finding_members);
static const struct aws_shape finding_list = AWS_LIST_OF(&finding);

/* --- BatchImportFindings --- */

static const struct aws_member import_in[] = {
	AWS_MEMBER("Findings", &finding_list, .flags = AWS_REQUIRED),
};
static const struct aws_shape import_input = AWS_STRUCTURE_OF(import_in);

static const struct aws_member import_error_members[] = {
	AWS_MEMBER("Id", &aws_string),
	AWS_MEMBER("ErrorCode", &aws_string),
	AWS_MEMBER("ErrorMessage", &aws_string),
};
static const struct aws_shape import_error = AWS_STRUCTURE_OF(import_error_members);
static const struct aws_shape import_error_list = AWS_LIST_OF(&import_error);

static const struct aws_member import_out[] = {
	AWS_MEMBER("FailedCount", &aws_integer),
	AWS_MEMBER("SuccessCount", &aws_integer),
	AWS_MEMBER("FailedFindings", &import_error_list),
};
static const struct aws_shape import_output = AWS_STRUCTURE_OF(import_out);

/* A finding that is imported again replaces the one of its id. */
SECURITYHUB(BatchImportFindings, .http_method = "POST", .http_path = "/findings/import",
	.input = &import_input, .output = &import_output, .mutating = true, .repeatable = true);

/* --- BatchUpdateFindings --- */

static const struct aws_member identifier_members[] = {
	REQUIRED_TEXT("Id"),
	REQUIRED_TEXT("ProductArn"),
};
static const struct aws_shape identifier = AWS_STRUCTURE_OF(identifier_members);
static const struct aws_shape identifier_list = AWS_LIST_OF(&identifier);

static const struct aws_member note_members[] = {
	REQUIRED_TEXT("Text"),
	REQUIRED_TEXT("UpdatedBy"),
};
static const struct aws_shape note = AWS_STRUCTURE_OF(note_members);

static const struct aws_member update_in[] = {
	AWS_MEMBER("FindingIdentifiers", &identifier_list, .flags = AWS_REQUIRED),
	AWS_MEMBER("Note", &note),
	AWS_MEMBER("VerificationState", &aws_string),
	AWS_MEMBER("UserDefinedFields", &field_map),
	AWS_MEMBER("Workflow", &workflow),
};
static const struct aws_shape update_input = AWS_STRUCTURE_OF(update_in);

/* Findings that were not updated; it answers 200 all the same. */
static const struct aws_member unprocessed_members[] = {
	AWS_MEMBER("FindingIdentifier", &identifier),
	AWS_MEMBER("ErrorCode", &aws_string),
	AWS_MEMBER("ErrorMessage", &aws_string),
};
static const struct aws_shape unprocessed = AWS_STRUCTURE_OF(unprocessed_members);
static const struct aws_shape unprocessed_list = AWS_LIST_OF(&unprocessed);

static const struct aws_member update_out[] = {
	AWS_MEMBER("ProcessedFindings", &identifier_list),
	AWS_MEMBER("UnprocessedFindings", &unprocessed_list),
};
static const struct aws_shape update_output = AWS_STRUCTURE_OF(update_out);

SECURITYHUB(BatchUpdateFindings, .http_method = "PATCH", .http_path = "/findings/batchupdate",
	.input = &update_input, .output = &update_output, .mutating = true, .repeatable = true);

/* --- BatchUpdateFindingsV2 --- */

static const struct aws_member ocsf_identifier_members[] = {
	REQUIRED_TEXT("CloudAccountUid"),
	REQUIRED_TEXT("FindingInfoUid"),
	REQUIRED_TEXT("MetadataProductUid"),
};
static const struct aws_shape ocsf_identifier = AWS_STRUCTURE_OF(ocsf_identifier_members);
static const struct aws_shape ocsf_identifier_list = AWS_LIST_OF(&ocsf_identifier);

static const struct aws_member update_v2_in[] = {
	AWS_MEMBER("MetadataUids", &aws_string_list),
	AWS_MEMBER("FindingIdentifiers", &ocsf_identifier_list),
	AWS_MEMBER("Comment", &aws_string),
	AWS_MEMBER("SeverityId", &aws_integer),
	AWS_MEMBER("StatusId", &aws_integer),
};
static const struct aws_shape update_v2_input = AWS_STRUCTURE_OF(update_v2_in);

static const struct aws_member processed_v2_members[] = {
	AWS_MEMBER("FindingIdentifier", &ocsf_identifier),
	AWS_MEMBER("MetadataUid", &aws_string),
};
static const struct aws_shape processed_v2 = AWS_STRUCTURE_OF(processed_v2_members);
static const struct aws_shape processed_v2_list = AWS_LIST_OF(&processed_v2);

static const struct aws_member unprocessed_v2_members[] = {
	AWS_MEMBER("FindingIdentifier", &ocsf_identifier),
	AWS_MEMBER("MetadataUid", &aws_string),
	AWS_MEMBER("ErrorCode", &aws_string),
	AWS_MEMBER("ErrorMessage", &aws_string),
};
static const struct aws_shape unprocessed_v2 = AWS_STRUCTURE_OF(unprocessed_v2_members);
static const struct aws_shape unprocessed_v2_list = AWS_LIST_OF(&unprocessed_v2);

static const struct aws_member update_v2_out[] = {
	AWS_MEMBER("ProcessedFindings", &processed_v2_list),
	AWS_MEMBER("UnprocessedFindings", &unprocessed_v2_list),
};
static const struct aws_shape update_v2_output = AWS_STRUCTURE_OF(update_v2_out);

/* No IAM action of its own. */
SECURITYHUB_FOR(BatchUpdateFindingsV2, "BatchUpdateFindings", .http_method = "PATCH",
	.http_path = "/findingsv2/batchupdatev2", .input = &update_v2_input,
	.output = &update_v2_output, .mutating = true, .repeatable = true);

/* --- DescribeHub --- */

static const struct aws_member describe_hub_in[] = {
	AWS_MEMBER("HubArn", &aws_string, .location = AWS_IN_QUERY),
};
static const struct aws_shape describe_hub_input = AWS_STRUCTURE_OF(describe_hub_in);

static const struct aws_member describe_hub_out[] = {
	AWS_MEMBER("HubArn", &aws_string),
	AWS_MEMBER("SubscribedAt", &aws_string),
	AWS_MEMBER("AutoEnableControls", &aws_boolean),
	AWS_MEMBER("ControlFindingGenerator", &aws_string),
};
static const struct aws_shape describe_hub_output = AWS_STRUCTURE_OF(describe_hub_out);

/* InvalidAccessException (401) from an account that has not enabled Security Hub. */
SECURITYHUB(DescribeHub, .http_method = "GET", .http_path = "/accounts",
	.input = &describe_hub_input, .output = &describe_hub_output);
