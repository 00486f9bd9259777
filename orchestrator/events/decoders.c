#include "events/decoders.h"

#include "base/banned.h"
#include "events/decode.h"

/* Decoders by source and detail-type. EventBridge lets nobody but AWS send events whose source
 * begins with "aws.". */
static const struct decoder decoders[] = {
	{ NULL, "AWS API Call via CloudTrail", decode_cloudtrail, false },
	{ NULL, "AWS Service Event via CloudTrail", decode_cloudtrail, false },
	{ NULL, "AWS Console Sign In via CloudTrail", decode_cloudtrail, false },
	/* Some pages of AWS's documentation spell it so. */
	{ NULL, "AWS Console Signin via CloudTrail", decode_cloudtrail, false },
	{ NULL, "AWS Console Action via CloudTrail", decode_cloudtrail, false },
	{ "aws.guardduty", "GuardDuty Finding", decode_guardduty, false },
	{ "aws.securityhub", "Security Hub Findings - Imported", decode_asff, true },
	{ "aws.securityhub", "Security Hub Findings - Custom Action", decode_asff, true },
	{ "aws.securityhub", "Security Hub Insight Results", decode_insight, false },
	{ "aws.securityhub", "Findings Imported V2", decode_ocsf, true },
	{ "aws.config", "Config Rules Compliance Change", decode_config_compliance, false },
	{ "aws.config", "Config Configuration Item Change", decode_config_item, false },
	{ "aws.access-analyzer", "Access Analyzer Finding", decode_access_analyzer, false },
	{ "aws.access-analyzer", "Internal Access Finding", decode_access_analyzer, false },
	{ "aws.access-analyzer", "Unused Access Finding for IAM entities", decode_access_analyzer,
		false },
	{ "aws.inspector2", "Inspector2 Finding", decode_inspector, false },
	{ "aws.macie", "Macie Finding", decode_macie, false },
	{ "aws.health", "AWS Health Event", decode_health, false },
	{ "aws.health", "AWS Health Abuse Event", decode_health, false },
};
static const struct decoder other = { NULL, "", decode_other, false };

const struct decoder *decoder_for(const char *source, const char *detail_type)
{
	if (source == NULL || strncmp(source, "aws.", 4) != 0)
		return &other;
	for (size_t i = 0; i < ARRAY_LENGTH(decoders); i++) {
		if (strcmp(decoders[i].detail_type, detail_type) == 0 &&
			(decoders[i].source == NULL || strcmp(decoders[i].source, source) == 0))
			return &decoders[i];
	}
	return &other;
}
