/* Describes a finding in words and in Security Hub's terms, for both ASFF and OCSF. */
#include "security_hub/text.h"

#include "aws/endpoint/partitions.h"
#include "baselines/names.h"
#include "security_hub/internal.h"

#include "aws/sigv4/sigv4.h"
#include "base/banned.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/log.h"
#include "baselines/set.h"

#include <ctype.h>

/* Longer than any text here can become: escaping turns a byte into at most four. */
#define TEXT_MAX_BYTES (4 * HUB_FIELD_MAX + 16)

/*
 * How each status is told to Security Hub. An accepted exception is PASSED, because the owner has
 * decided and nobody has to act: WARNING would ask somebody to look, NOT_AVAILABLE would say that
 * the check was not made, and SUPPRESSED is a workflow status, which is the customer's to set. The
 * reason says that it is an exception. NOT_AVAILABLE is AWS's word both for what could not be
 * checked and for what does not apply.
 */
struct words {
	const char *compliance, *code, *description, *remedy;
};
static const char nothing_left[] = "Nothing is left to do.";
static const struct words status_words[STATUS_COUNT] = {
	[STATUS_UNKNOWN] = { "NOT_AVAILABLE", "UNKNOWN",
		"It could not be observed, so it is not known whether it complies with the baseline.",
		"Look at the cause; the remediation role needs the permissions that `reeve policy role` "
		"prints." },
	[STATUS_DRIFTED] = { "FAILED", "DRIFTED", "It does not comply with the baseline.",
		"`reeve plan` shows the change; `reeve sweep` makes it, or says what holds it back." },
	[STATUS_AWAITING_APPROVAL] = { "FAILED", "AWAITING_APPROVAL",
		"It does not comply with the baseline; the change waits for a person's approval.",
		"`reeve approvals list` shows the change; `reeve approvals approve` lets Reeve make it." },
	[STATUS_ALERTED] = { "FAILED", "ALERTED",
		"It does not comply with the baseline; Reeve only reports it.",
		"A person must fix it, or give the baseline another tier." },
	[STATUS_MANAGED_CENTRALLY] = { "FAILED", "MANAGED_CENTRALLY",
		"It does not comply with the baseline, and the account can't change it.",
		"Change it where it is managed: in the organization's policy or in the delegated "
		"administrator's account." },
	[STATUS_REMEDIATED] = { "PASSED", "REMEDIATED",
		"Reeve has remediated it, and verified that by reading it again.", nothing_left },
	[STATUS_EXEMPT] = { "PASSED", "EXEMPT",
		"It does not comply with the baseline, and an exception in force covers it.",
		nothing_left },
	[STATUS_COMPLIANT] = { "PASSED", "COMPLIANT", "It complies with the baseline.", nothing_left },
	[STATUS_NOT_APPLICABLE] = { "NOT_AVAILABLE", "NOT_APPLICABLE",
		"The baseline does not apply here.", nothing_left },
};
static const struct words gone_words = { "PASSED", "RESOURCE_GONE",
	"The resource no longer exists.", nothing_left };
static const struct words retired_words = { "NOT_AVAILABLE", "NOT_CHECKED_ANY_MORE",
	"It is no longer checked here.", nothing_left };

static const struct words *words_of(const struct hub_view *view)
{
	switch (view->end) {
	case HUB_GONE:
		return &gone_words;
	case HUB_RETIRED:
		return &retired_words;
	default:
		return &status_words[view->status];
	}
}

void hub_view_of(const struct baseline_set *baselines, const struct finding *finding,
	struct hub_view *out)
{
	*out = (struct hub_view){
		.account = finding->account,
		.account_name = finding->account_name,
		.region = finding->region,
		.resource = finding->resource,
		.run = finding->run,
		.change = finding->change,
		.tier = tier_names[finding->tier],
		.severity = finding->severity != NULL ? finding->severity : "medium",
		.cause_code = finding->cause.code,
		.cause_message = finding->cause.message,
		.baseline_id = finding->baseline,
		.baseline = baseline_set_find(baselines, finding->baseline),
		.detector = json_get_string(finding->observed, "detector"),
		.status = finding->status,
		.observed_ms = finding->observed_ms,
	};
}

static bool is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if (!isgraph((unsigned char)*text) && *text != ' ')
			return false;
	return true;
}

/* A resource whose name is too long, or has characters that might be displayed differently, is
 * named by its digest behind a '#', which no region contains: so its id can't be that of another
 * resource. */
void hub_finding_id(const struct hub_view *view, char out[HUB_ID_MAX + 1])
{
	int used = snprintf(out, HUB_ID_MAX + 1, "reeve/%.128s/%.12s/%.32s", view->baseline_id,
		view->account, view->region);
	size_t left = HUB_ID_MAX + 1 - (size_t)used;

	if (strlen(view->resource) + 2 <= left && is_plain(view->resource)) {
		snprintf(out + used, left, "/%s", view->resource);
		return;
	}
	char digest[65];
	sigv4_sha256_hex(view->resource, strlen(view->resource), digest);
	snprintf(out + used, left, "#%s", digest);
}

const char *hub_region_of(const struct hub_view *view, const char *home_region)
{
	return strcmp(view->region, REGION_GLOBAL) != 0 && aws_region_valid(view->region) ? view->region
																					  : home_region;
}

/* This is plain text instead of a digest of the ASFF, because it is made for each finding of an
 * account at each import, and ten thousand ASFFs would keep the loop busy for half a second. */
void hub_told(const struct hub_view *view, char out[HUB_TOLD_SIZE])
{
	snprintf(out, HUB_TOLD_SIZE, "%d %s %.16s %.16s %.96s %.64s %.128s", HUB_FORMAT,
		status_name(view->status), view->severity, view->tier,
		view->cause_code != NULL ? view->cause_code : "",
		view->detector != NULL ? view->detector : "",
		view->baseline != NULL ? view->baseline->title : "");
}

/* --- texts --- */

/* Returns the end of the last whole character within the limit. */
static size_t cut_at(const char *text, size_t length, size_t limit)
{
	if (length <= limit)
		return length;
	while (limit > 0 && ((unsigned char)text[limit] & 0xc0) == 0x80)
		limit--;
	return limit;
}

static json_t *take_text(const struct buf *text, size_t max_bytes)
{
	static const char more[] = "\xe2\x80\xa6";
	char cut[HUB_FIELD_MAX + 1];

	if (text->length <= max_bytes)
		return json_string(text->length > 0 ? text->data : " ");
	size_t kept = cut_at(text->data, text->length, max_bytes - (sizeof more - 1));
	memcpy(cut, text->data, kept);
	memcpy(cut + kept, more, sizeof more);
	return json_string(cut);
}

/* Text that will be cut off need not be escaped. */
static void add_outside(struct buf *out, const char *text)
{
	if (text != NULL)
		log_add_escaped(out, text, cut_at(text, strlen(text), HUB_FIELD_MAX + 1));
}

json_t *hub_text(const char *text, size_t max_bytes)
{
	CLEANUP_BUF struct buf out = BUF_INIT(TEXT_MAX_BYTES);

	add_outside(&out, text);
	return take_text(&out, max_bytes);
}

json_t *hub_title(const struct hub_view *view)
{
	return hub_text(view->baseline != NULL ? view->baseline->title : view->baseline_id,
		HUB_TITLE_MAX);
}

json_t *hub_description(const struct hub_view *view)
{
	CLEANUP_BUF struct buf out = BUF_INIT(3 * TEXT_MAX_BYTES);

	buf_add_string(&out, words_of(view)->description);
	if (view->end == HUB_PRESENT && view->cause_message != NULL) {
		buf_add_string(&out, " Cause: ");
		add_outside(&out, view->cause_message);
	}
	if (view->baseline != NULL) {
		buf_add_string(&out, " The baseline: ");
		add_outside(&out, view->baseline->rationale);
	}
	return take_text(&out, HUB_DESCRIPTION_MAX);
}

json_t *hub_remedy(const struct hub_view *view)
{
	return hub_text(words_of(view)->remedy, HUB_REMEDY_MAX);
}

const char *hub_compliance(const struct hub_view *view)
{
	return words_of(view)->compliance;
}

const char *hub_reason_code(const struct hub_view *view)
{
	return words_of(view)->code;
}

/* --- controls --- */

json_t *hub_requirements(const struct hub_view *view)
{
	json_t *list = json_array();

	if (view->baseline == NULL)
		return list;
	for (const struct control *control = view->baseline->controls; control->id != NULL; control++) {
		const char *id = control->id;

		/* One id, or several joined by ", ". */
		while (*id != '\0' && json_array_size(list) < HUB_REQUIREMENTS_MAX) {
			size_t length = strcspn(id, ",");
			char text[HUB_REQUIREMENT_MAX + 1];

			snprintf(text, sizeof text, "%s %.*s", framework_name(control->framework), (int)length,
				id);
			json_array_append_new(list, json_string(text));
			id += length;
			id += strspn(id, ", ");
		}
	}
	return list;
}

json_t *hub_frameworks(const struct hub_view *view)
{
	bool seen[FRAMEWORK_COUNT] = { [FRAMEWORK_FSBP] = true };
	json_t *list = json_array();

	if (view->baseline == NULL)
		return list;
	for (const struct control *control = view->baseline->controls; control->id != NULL; control++) {
		if (!seen[control->framework])
			json_array_append_new(list, json_string(framework_name(control->framework)));
		seen[control->framework] = true;
	}
	return list;
}

/* --- resources --- */

/* The resource types, by the service of an ARN and the beginning of its last part. */
static const struct {
	const char *service, *prefix, *type;
} resource_types[] = {
	{ "s3", "", "AwsS3Bucket" },
	{ "iam", "root", "AwsAccount" },
	{ "iam", "user/", "AwsIamUser" },
	{ "iam", "group/", "AwsIamGroup" },
	{ "iam", "role/", "AwsIamRole" },
	{ "iam", "policy/", "AwsIamPolicy" },
	{ "guardduty", "detector/", "AwsGuardDutyDetector" },
	{ "kms", "key/", "AwsKmsKey" },
	{ "cloudtrail", "trail/", "AwsCloudTrailTrail" },
	{ "ec2", "instance/", "AwsEc2Instance" },
	{ "ec2", "security-group/", "AwsEc2SecurityGroup" },
	{ "ec2", "volume/", "AwsEc2Volume" },
	{ "ec2", "vpc/", "AwsEc2Vpc" },
	{ "lambda", "function:", "AwsLambdaFunction" },
	{ "rds", "db:", "AwsRdsDbInstance" },
	{ "sns", "", "AwsSnsTopic" },
	{ "sqs", "", "AwsSqsQueue" },
};

/* Returns where the nth part of an ARN begins, counted from 0; NULL when it has fewer parts. */
static const char *arn_part(const char *arn, int n)
{
	for (; n > 0 && arn != NULL; n--) {
		arn = strchr(arn, ':');
		if (arn != NULL)
			arn++;
	}
	return arn;
}

static const char *type_of_arn(const char *arn)
{
	const char *service = arn_part(arn, 2), *rest = arn_part(arn, 5);

	if (strncmp(arn, "arn:", 4) != 0 || rest == NULL)
		return "Other";
	size_t length = strcspn(service, ":");
	for (size_t i = 0; i < ARRAY_LENGTH(resource_types); i++)
		if (strlen(resource_types[i].service) == length &&
			strncmp(service, resource_types[i].service, length) == 0 &&
			strncmp(rest, resource_types[i].prefix, strlen(resource_types[i].prefix)) == 0)
			return resource_types[i].type;
	return "Other";
}

/* "AWS::::Account:111122223333" is ASFF's own form for an account as a whole. */
json_t *hub_resource(const struct hub_view *view, const char *partition, const char *region)
{
	CLEANUP_BUF struct buf id = BUF_INIT(4 * HUB_RESOURCE_MAX);
	const char *type = type_of_arn(view->resource);
	bool whole = strcmp(view->resource, view->account) == 0 || view->resource[0] == '\0';

	if (whole && view->detector != NULL) {
		type = "AwsGuardDutyDetector";
		buf_add_format(&id, "arn:%s:guardduty:%s:%s:detector/%.300s", partition, region,
			view->account, view->detector);
	} else if (whole || strcmp(type, "AwsAccount") == 0) {
		type = "AwsAccount";
		buf_add_format(&id, "AWS::::Account:%s", view->account);
	} else {
		buf_add_format(&id, "%.*s",
			(int)cut_at(view->resource, strlen(view->resource), HUB_RESOURCE_MAX), view->resource);
	}
	return json_pack("{s:s, s:o}", "type", type, "id", hub_text(id.data, HUB_RESOURCE_MAX));
}
