#include "accounts/session.h"

#include "aws/client_view.h"
#include "aws/endpoint/partitions.h"
#include "aws/session.h"
#include "aws/session_assume.h"
#include "base/banned.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/values.h"

#include <assert.h>

/* The most characters of an inline session policy.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
#define SESSION_POLICY_MAX 2048

const struct aws_permission session_permissions[] = {
	{ .action = "sts:AssumeRole",
		.resource = "arn:${Partition}:iam::*:role/${RemediationRole}",
		.condition_json = "{\"StringEquals\": {\"aws:ResourceOrgID\": \"${aws:PrincipalOrgID}\"}}",
		.why = "assumes the remediation role, in accounts of this organization only" },
	{ .action = "sts:SetSourceIdentity",
		.resource = "arn:${Partition}:iam::*:role/${RemediationRole}",
		.condition_json = "{\"StringEquals\": {\"aws:ResourceOrgID\": \"${aws:PrincipalOrgID}\"}}",
		.implied = true,
		.why = "sets the run's id as source identity, so that CloudTrail shows it at every call" },
	{ .action = "sts:TagSession",
		.resource = "arn:${Partition}:iam::*:role/${RemediationRole}",
		.condition_json = "{\"StringEquals\": {\"aws:ResourceOrgID\": \"${aws:PrincipalOrgID}\"}}",
		.implied = true,
		.why = "tags the session with the run's id and kind" },
	{ .action = "sts:GetCallerIdentity",
		.why = "tells the account that the credentials belong to" },
	AWS_PERMISSIONS_END,
};

const struct aws_permission region_permissions[] = {
	{ .action = "ec2:DescribeRegions", .why = "lists the account's enabled regions" },
	AWS_PERMISSIONS_END,
};

/* Returns the inline session policy of a read-only run, one statement with the declared reads.
 * Returns NULL when it would pass AWS's 2,048 characters; then the managed SecurityAudit policy is
 * named instead. The caller frees it. */
static char *session_read_policy(const struct aws_permission *const *reads)
{
	struct buf policy;
	json_t *actions = json_object(); /* a set that keeps its order */
	const char *action;
	json_t *unused;
	bool first = true;

	for (; *reads != NULL; reads++)
		for (const struct aws_permission *read = *reads; read->action != NULL; read++)
			json_object_set_new(actions, read->action, json_null());
	buf_init(&policy, SESSION_POLICY_MAX);
	buf_add_string(&policy,
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[");
	json_object_foreach(actions, action, unused) {
		buf_add_format(&policy, "%s\"%s\"", first ? "" : ",", action);
		first = false;
	}
	buf_add_string(&policy, "],\"Resource\":\"*\"}]}");
	json_decref(actions);
	if (!buf_ok(&policy)) {
		buf_release(&policy);
		return NULL;
	}
	return buf_detach(&policy);
}

static struct aws_session *assume(struct aws *aws, struct aws_session *own,
	const struct config *config, const char *account_id, const char *role,
	const struct session_options *options)
{
	CLEANUP_FREE char *arn =
		xasprintf("arn:%s:iam::%s:role/%s", options->partition, account_id, role);
	CLEANUP_FREE char *name = xasprintf("reeve-%s", options->run_id);
	CLEANUP_FREE char *policy = NULL;
	CLEANUP_FREE char *audit = NULL;
	CLEANUP_JSON json_t *tags =
		json_pack("{s:s, s:s}", "reeve:run", options->run_id, "reeve:kind", options->run_kind);

	if (options->read_only) {
		policy = session_read_policy(options->reads);
		if (policy == NULL)
			audit = xasprintf("arn:%s:iam::aws:policy/SecurityAudit", options->partition);
	}
	struct aws_assume_role request = {
		.role_arn = arn,
		.session_name = name,
		.external_id = config_string(config, "organization", "external_id"),
		.source_identity = options->run_id,
		.policy = policy,
		.policy_arn = audit,
		.tags = tags,
		.region = config_string(config, "organization", "home_region"),
		.duration_seconds = 3600,
	};
	return aws_session_assume_role(aws, own, &request);
}

struct aws_session *session_for_account(struct aws *aws, struct aws_session *own,
	const struct config *config, const char *account_id, const struct session_options *options)
{
	const json_t *roles = json_object_get(config_get(config, "organization"), "account_roles");
	const json_t *role = json_object_get(roles, account_id);

	if (json_is_null(role))
		return aws_session_retain(own);
	if (json_is_string(role))
		return assume(aws, own, config, account_id, json_string_value(role), options);
	return assume(aws, own, config, account_id,
		config_string(config, "organization", "remediation_role"), options);
}

struct aws_session *session_for_organization(struct aws *aws, struct aws_session *own,
	const struct config *config, const char *run_id)
{
	const char *arn = config_string(config, "organization", "reader_role_arn");

	if (arn == NULL)
		return aws_session_retain(own);
	CLEANUP_FREE char *name = xasprintf("reeve-%s", run_id);
	struct aws_assume_role request = {
		.role_arn = arn,
		.session_name = name,
		.external_id = config_string(config, "organization", "external_id"),
		.source_identity = run_id,
		.region = config_string(config, "organization", "home_region"),
	};
	return aws_session_assume_role(aws, own, &request);
}

int account_enabled_regions(struct aws_reader *reader, const char *home_region, json_t **out,
	struct err *err)
{
	CLEANUP_JSON json_t *output = NULL;
	CLEANUP_JSON json_t *regions = json_array();
	struct aws_call call = { .operation = &aws_ec2_DescribeRegions, .region = home_region };
	size_t index;
	json_t *item;

	if (aws_read(reader, &call, &output, err) < 0)
		return -1;
	const json_t *listed = json_object_get(output, "Regions");
	json_array_foreach(listed, index, item) {
		json_t *region = json_object_get(item, "RegionName");
		const char *name = json_string_value(region);

		if (name == NULL || !aws_region_valid(name))
			return err_set(err, ERR_PROTOCOL, "InvalidAnswer",
				"ec2 DescribeRegions: '%.40s' is not the name of a region", name ? name : "");
		if (strcmp(json_get_string_or(item, "OptInStatus", "opt-in-not-required"),
				"not-opted-in") != 0)
			json_array_append(regions, region);
	}
	if (json_array_size(regions) == 0)
		return err_set(err, ERR_PROTOCOL, "NoRegions",
			"ec2 DescribeRegions: the account has no enabled region");
	*out = json_incref(regions);
	return 0;
}
