/*
 * Which service a region does not have. The table lists absences, as of AWS's endpoint data of
 * botocore 1.43.11, and so errs to one side: a region or service that it does not know is taken to
 * be there, and a call shows otherwise (an unknown, which is seen), while a wrong absence would
 * hide a region from the sweep.
 *
 * For the same reason it leaves out what that data is known to lag behind with: S3 Control, which
 * is wherever S3 is; services of one endpoint per partition; and the partitions aws-eusc and
 * aws-iso-e, whose lists lack even IAM.
 */
#include "aws/endpoint/endpoint.h"

#include "base/banned.h"

#define CHINA "cn-north-1", "cn-northwest-1"
#define GOVCLOUD "us-gov-east-1", "us-gov-west-1"
#define ISO "us-iso-east-1", "us-iso-west-1"
#define ISO_B "us-isob-east-1", "us-isob-west-1"
#define ISO_F "us-isof-east-1", "us-isof-south-1"

static const char *const accessanalyzer[] = { ISO, ISO_B, NULL };
static const char *const guardduty[] = { "us-iso-west-1", "us-isob-west-1", NULL };
static const char *const inspector2[] = { "ap-southeast-6", ISO, ISO_B, ISO_F, NULL };
static const char *const macie2[] = {
	"ap-east-2",
	"ap-south-2",
	"ap-southeast-3",
	"ap-southeast-4",
	"ap-southeast-5",
	"ap-southeast-6",
	"ap-southeast-7",
	"ca-west-1",
	"eu-central-2",
	"eu-south-2",
	"me-central-1",
	"mx-central-1",
	CHINA,
	GOVCLOUD,
	ISO,
	ISO_B,
	ISO_F,
	NULL,
};
static const char *const securityhub[] = { ISO_F, NULL };
static const char *const wafv2[] = { "us-iso-west-1", "us-isob-west-1", ISO_F, NULL };

static const struct {
	const char *service_id;
	const char *const *regions; /* ends with NULL */
} absences[] = {
	{ "accessanalyzer", accessanalyzer },
	{ "guardduty", guardduty },
	{ "inspector2", inspector2 },
	{ "macie2", macie2 },
	{ "securityhub", securityhub },
	{ "wafv2", wafv2 },
};

bool aws_service_in_region(const char *service_id, const char *region)
{
	for (size_t i = 0; i < ARRAY_LENGTH(absences); i++) {
		if (strcmp(absences[i].service_id, service_id) != 0)
			continue;
		for (const char *const *absent = absences[i].regions; *absent != NULL; absent++) {
			if (strcmp(*absent, region) == 0)
				return false;
		}
	}
	return true;
}
