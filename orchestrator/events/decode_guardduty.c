/* GuardDuty findings. The envelope's account may be the administrator's, so the account of the
 * finding counts. */
#include "base/banned.h"
#include "base/mem.h"
#include "events/decode.h"
#include "events/fields.h"
#include "events/identity.h"

static const struct field_rule rules[] = {
	FIELD("type", FIELD_NEEDED, type),
	FIELD("accountId", FIELD_ACCOUNT, account),
	FIELD("region", FIELD_REGION, region),
	FIELD("updatedAt|createdAt", FIELD_TIME, time_ms),
	FIELD("title", FIELD_TITLE, title),
	FIELD("resource.resourceType", FIELD_LOOSE, resource_type),
};

/* The members that name the resource, for each type of resource. */
static const struct {
	const char *type, *path;
} resources[] = {
	{ "Instance", "resource.instanceDetails.instanceId" },
	{ "AccessKey", "resource.accessKeyDetails.accessKeyId" },
	{ "S3Bucket", "resource.s3BucketDetails.0.arn|resource.s3BucketDetails.0.name" },
	{ "S3Object", "resource.s3BucketDetails.0.arn|resource.s3BucketDetails.0.name" },
	{ "EKSCluster", "resource.eksClusterDetails.arn|resource.eksClusterDetails.name" },
	{ "ECSCluster", "resource.ecsClusterDetails.arn|resource.ecsClusterDetails.name" },
	{ "Container", "resource.containerDetails.id|resource.containerDetails.name" },
	{ "Lambda", "resource.lambdaDetails.functionArn|resource.lambdaDetails.functionName" },
	{ "RDSDBInstance",
		"resource.rdsDbInstanceDetails.dbInstanceArn|resource.rdsDbInstanceDetails."
		"dbInstanceIdentifier" },
	{ "RDSLimitlessDB", "resource.rdsLimitlessDbDetails.dbShardGroupArn" },
	{ "EBSSnapshot", "resource.ebsSnapshotDetails.snapshotArn" },
	{ "EC2Image", "resource.ec2ImageDetails.imageArn" },
	{ "RecoveryPoint", "resource.recoveryPointDetails.recoveryPointArn" },
};

/* GuardDuty's severity is a number: low from 1.0, medium from 4.0, high from 7.0, critical from 9.0
 * to 10.0. */
static int severity_of(double value)
{
	if (!(value >= 0 && value <= 10))
		return -1;
	return value < 1 ? 0 : value < 4 ? 1 : value < 7 ? 2 : value < 9 ? 3 : 4;
}

static const char *resource_of(const json_t *finding, const char *type)
{
	for (size_t i = 0; type != NULL && i < ARRAY_LENGTH(resources); i++) {
		if (strcmp(resources[i].type, type) == 0)
			return field_text(finding, resources[i].path);
	}
	return NULL;
}

int decode_guardduty(const struct decoding *in, struct signal *signal, struct err *err)
{
	const char *id = field_text(in->finding, "id");
	double severity;

	signal->source = SIGNAL_GUARDDUTY;
	if (fields_take(in, rules, ARRAY_LENGTH(rules), signal, err) < 0 ||
		field_number(in, "severity", -1, &severity, err) < 0 ||
		field_expect(in, "service.archived", JSON_TRUE, err) < 0)
		return -1;
	if (id == NULL)
		return err_set(err, ERR_PROTOCOL, "MissingField", "%s: id is missing", in->detail_type);
	const char *resource = resource_of(in->finding, signal->resource_type);
	if (resource != NULL)
		signal->resource = xstrdup(resource);
	signal->severity = severity_of(severity);
	if (json_is_true(field_at(in->finding, "service.archived")))
		signal->state = SIGNAL_CLOSED;
	signal->identity = identity_of(in->finding, "guardduty",
		"accountId region id updatedAt service.count service.archived severity");
	return 0;
}
