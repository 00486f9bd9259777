/* A finding in ASFF and in OCSF: the form of each status, the bounds of texts and ids, and what
 * counts as a change. */
#include "baselines_help.h"
#include "security_hub/asff.h"
#include "security_hub/ocsf.h"
#include "security_hub/text.h"
#include "test_security_hub_help.h"

static json_t *finding_of(const char *status)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:n, s:n, s:s, s:s}", "account",
		ACCOUNT, "account_name", "shop", "region", "eu-central-1", "baseline",
		"s3.bucket-default-encryption", "resource", "arn:aws:s3:::payroll", "status", status,
		"severity", "medium", "tier", "auto", "change", "cause", "observed_at",
		"2026-11-24T08:00:00.5Z", "run", "run-1");
}

static const char *at(const json_t *json, const char *outer, const char *inner)
{
	return json_get_string_or(json_object_get(json, outer), inner, "(none)");
}

static const json_t *resource_in(const json_t *asff)
{
	return json_array_get(json_object_get(asff, "Resources"), 0);
}

static struct finding read_finding(const json_t *document)
{
	struct err err = ERR_INIT;
	struct finding finding;

	if (finding_from_document(document, &finding, &err) < 0)
		fail_msg("%s", err.message);
	return finding;
}

static json_t *asff_in(const json_t *document, const char *partition, const char *first_seen)
{
	struct finding finding = read_finding(document);
	json_t *asff =
		security_hub_asff(all_baselines(), &finding, partition, first_seen, "2026-11-24T09:00:00Z");

	finding_release(&finding);
	return asff;
}

static json_t *asff_of(const json_t *document)
{
	return asff_in(document, "aws", "2026-11-01T00:00:00Z");
}

static json_t *ocsf_at(const json_t *document, const char *first_seen, const char *now)
{
	struct finding finding = read_finding(document);
	json_t *ocsf = security_hub_ocsf(all_baselines(), &finding, first_seen, now);

	finding_release(&finding);
	return ocsf;
}

static json_t *ocsf_of(const json_t *document, const char *first_seen)
{
	return ocsf_at(document, first_seen, "2026-11-24T09:00:00Z");
}

static void test_each_status_has_its_compliance(void **unused)
{
	static const struct {
		const char *status, *compliance;
		int ocsf, ocsf_status;
	} cases[] = {
		{ "unknown", "NOT_AVAILABLE", 0, 1 },
		{ "drifted", "FAILED", 3, 1 },
		{ "awaiting_approval", "FAILED", 3, 2 },
		{ "alerted", "FAILED", 3, 1 },
		{ "managed_centrally", "FAILED", 3, 1 },
		{ "remediated", "PASSED", 1, 4 },
		{ "exempt", "PASSED", 1, 3 },
		{ "compliant", "PASSED", 1, 4 },
		{ "not_applicable", "NOT_AVAILABLE", 0, 4 },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		json_t *finding = finding_of(cases[i].status), *asff = asff_of(finding);
		json_t *ocsf = ocsf_of(finding, "2026-11-01T00:00:00Z");

		assert_string_equal(at(asff, "Compliance", "Status"), cases[i].compliance);
		assert_int_equal(json_get_integer_or(json_object_get(ocsf, "compliance"), "status_id", -1),
			cases[i].ocsf);
		assert_int_equal(json_get_integer_or(ocsf, "status_id", -1), cases[i].ocsf_status);
		json_decref(finding);
		json_decref(asff);
		json_decref(ocsf);
	}
}

static void test_asff_of_a_drifted_bucket(void **unused)
{
	json_t *finding = finding_of("drifted");

	(void)unused;
	json_object_set_new(finding, "change", json_string("c-1"));
	json_object_set_new(finding, "cause",
		json_pack("{s:s, s:s}", "code", "OutsideWindow", "message", "the window opens at 22:00"));
	json_t *asff = asff_of(finding);
	assert_string_equal(json_get_string(asff, "Id"),
		"reeve/s3.bucket-default-encryption/111122223333/eu-central-1/arn:aws:s3:::payroll");
	assert_string_equal(json_get_string(asff, "ProductArn"),
		"arn:aws:securityhub:eu-central-1:111122223333:product/111122223333/default");
	assert_string_equal(json_get_string(asff, "GeneratorId"), "reeve/s3.bucket-default-encryption");
	assert_string_equal(json_get_string(asff, "CreatedAt"), "2026-11-01T00:00:00Z");
	assert_string_equal(json_get_string(asff, "UpdatedAt"), "2026-11-24T08:00:00.500Z");
	assert_string_equal(json_get_string(asff, "RecordState"), "ACTIVE");
	assert_string_equal(at(json_object_get(asff, "FindingProviderFields"), "Severity", "Label"),
		"MEDIUM");
	assert_string_equal(at(asff, "ProductFields", "reeve/change"), "c-1");
	assert_string_equal(at(asff, "ProductFields", "reeve/run"), "run-1");
	assert_string_equal(at(asff, "ProductFields", "reeve/cause"), "OutsideWindow");
	assert_string_equal(json_get_string(resource_in(asff), "Type"), "AwsS3Bucket");
	assert_string_equal(json_get_string(resource_in(asff), "Id"), "arn:aws:s3:::payroll");
	assert_non_null(strstr(json_get_string(asff, "Description"), "22:00"));
	/* No member that belongs to the customer is ever written. */
	static const char *const forbidden[] = { "Note", "UserDefinedFields", "VerificationState",
		"Workflow", "Confidence", "Criticality", "RelatedFindings", "Severity", "Types" };
	for (size_t i = 0; i < ARRAY_LENGTH(forbidden); i++)
		assert_null(json_object_get(asff, forbidden[i]));
	json_decref(finding);
	json_decref(asff);
}

static void test_requirements_are_split_and_bounded(void **unused)
{
	json_t *finding = finding_of("drifted");

	(void)unused;
	json_object_set_new(finding, "baseline", json_string("s3.account-public-access-block"));
	json_t *asff = asff_of(finding), *item;
	const json_t *list =
		json_object_get(json_object_get(asff, "Compliance"), "RelatedRequirements");
	size_t index;
	bool found = false;

	assert_in_range(json_array_size(list), 5, HUB_REQUIREMENTS_MAX);
	json_array_foreach((json_t *)list, index, item) {
		assert_true(strlen(json_string_value(item)) <= HUB_REQUIREMENT_MAX);
		found |= strcmp(json_string_value(item), "NIST SP 800-53 r5 AC-3(7)") == 0;
	}
	assert_true(found);
	json_decref(finding);
	json_decref(asff);
}

static void test_resources(void **unused)
{
	static const struct {
		const char *baseline, *region, *resource, *detector, *type, *id;
	} cases[] = {
		{ "s3.account-public-access-block", "global", ACCOUNT, NULL, "AwsAccount",
			"AWS::::Account:" ACCOUNT },
		{ "iam.root-mfa", "global", "arn:aws:iam::111122223333:root", NULL, "AwsAccount",
			"AWS::::Account:" ACCOUNT },
		{ "iam.user-mfa", "global", "arn:aws:iam::111122223333:user/team/ann", NULL, "AwsIamUser",
			"arn:aws:iam::111122223333:user/team/ann" },
		{ "guardduty.detector", "eu-west-3", ACCOUNT, NULL, "AwsAccount",
			"AWS::::Account:" ACCOUNT },
		{ "guardduty.detector", "eu-west-3", ACCOUNT, "d1", "AwsGuardDutyDetector",
			"arn:aws:guardduty:eu-west-3:111122223333:detector/d1" },
		{ "x", "eu-west-3", "arn:aws:new:eu-west-3:111122223333:thing/1", NULL, "Other",
			"arn:aws:new:eu-west-3:111122223333:thing/1" },
		{ "x", "eu-west-3", "arn:aws:short", NULL, "Other", "arn:aws:short" },
		{ "x", "eu-west-3", "no ARN", NULL, "Other", "no ARN" },
		{ "x", "eu-west-3", "", NULL, "AwsAccount", "AWS::::Account:" ACCOUNT },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		json_t *finding = finding_of("drifted");

		json_object_set_new(finding, "baseline", json_string(cases[i].baseline));
		json_object_set_new(finding, "region", json_string(cases[i].region));
		json_object_set_new(finding, "resource", json_string(cases[i].resource));
		json_object_set_new(finding, "observed",
			json_pack("{s:s*}", "detector", cases[i].detector));
		json_t *asff = asff_of(finding);
		assert_string_equal(json_get_string(resource_in(asff), "Type"), cases[i].type);
		assert_string_equal(json_get_string(resource_in(asff), "Id"), cases[i].id);
		json_decref(finding);
		json_decref(asff);
	}
}

/* A finding that belongs to no region goes to the region of the partition's global services, or to
 * the home region. */
static void test_global_findings(void **unused)
{
	static const struct {
		const char *partition, *region;
	} cases[] = { { "aws", "us-east-1" }, { "aws-us-gov", "us-gov-west-1" },
		{ "aws-cn", "cn-north-1" } };

	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		json_t *finding = finding_of("drifted");

		json_object_set_new(finding, "region", json_string("global"));
		json_t *asff = asff_in(finding, cases[i].partition, NULL);
		assert_string_equal(json_get_string(resource_in(asff), "Region"), cases[i].region);
		assert_string_equal(json_get_string(asff, "CreatedAt"), "2026-11-24T08:00:00.500Z");
		assert_non_null(strstr(json_get_string(asff, "Id"), "/global/"));
		json_t *ocsf = ocsf_of(finding, NULL);
		assert_null(json_object_get(json_object_get(ocsf, "cloud"), "region"));
		json_decref(finding);
		json_decref(asff);
		json_decref(ocsf);
	}
}

static void id_of(const char *resource, char out[HUB_ID_MAX + 1])
{
	json_t *finding = finding_of("drifted");
	struct hub_view view;

	json_object_set_new(finding, "resource", json_string(resource));
	struct finding read = read_finding(finding);
	hub_view_of(all_baselines(), &read, &view);
	hub_finding_id(&view, out);
	finding_release(&read);
	json_decref(finding);
}

static void test_ids_are_bounded_and_their_own(void **unused)
{
	char fits[460], longer[2000], first[HUB_ID_MAX + 1], second[HUB_ID_MAX + 1];

	(void)unused;
	memset(fits, 'a', sizeof fits);
	memset(longer, 'a', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	fits[HUB_ID_MAX - strlen("reeve/s3.bucket-default-encryption/111122223333/eu-central-1/")] =
		'\0';
	id_of(fits, first);
	assert_int_equal(strlen(first), HUB_ID_MAX);
	assert_true(ends_with(first, fits));
	id_of(longer, first);
	assert_non_null(strstr(first, "/eu-central-1#"));
	longer[0] = 'b';
	id_of(longer, second);
	assert_string_not_equal(first, second);
	/* A name that a display might show differently is hashed, too. */
	id_of("arn:aws:s3:::pay\nroll", first);
	id_of("arn:aws:s3:::pay\xe2\x80\xaeroll", second);
	assert_non_null(strchr(first, '#'));
	assert_non_null(strchr(second, '#'));
	assert_string_not_equal(first, second);
}

static void test_texts_are_cut_between_characters(void **unused)
{
	char text[1500];
	size_t used = 0;

	(void)unused;
	while (used < sizeof text - 4) {
		memcpy(text + used, "\xe2\x82\xac", 3);
		used += 3;
	}
	text[used] = '\0';
	for (size_t max = 4; max < 40; max++) {
		json_t *cut = hub_text(text, max);

		assert_non_null(cut); /* it is valid UTF-8 */
		assert_true(strlen(json_string_value(cut)) <= max);
		assert_true(ends_with(json_string_value(cut), "\xe2\x80\xa6"));
		json_decref(cut);
	}
	json_t *escaped = hub_text("a\x1b[31m\xff\xe2\x80\xae", 100);
	assert_string_equal(json_string_value(escaped), "a\\x1b[31m\\xff\\u{202e}");
	json_decref(escaped);
	json_t *empty = hub_text(NULL, 100);
	assert_string_equal(json_string_value(empty), " ");
	json_decref(empty);
}

static void test_long_texts_from_outside_are_bounded(void **unused)
{
	json_t *finding = finding_of("unknown");
	char longer[5000];

	(void)unused;
	memset(longer, '\x01', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	json_object_set_new(finding, "cause",
		json_pack("{s:s, s:s}", "code", longer, "message", longer));
	json_object_set_new(finding, "severity", json_string(longer));
	json_object_set_new(finding, "resource", json_string(longer));
	json_object_set_new(finding, "baseline", json_string("a baseline of another version"));
	json_t *asff = asff_of(finding), *value;
	const char *key;

	assert_true(strlen(json_get_string(asff, "Title")) <= HUB_TITLE_MAX);
	assert_true(strlen(json_get_string(asff, "Description")) <= HUB_DESCRIPTION_MAX);
	assert_true(strlen(json_get_string(asff, "Id")) <= HUB_ID_MAX);
	assert_true(strlen(json_get_string(resource_in(asff), "Id")) <= HUB_RESOURCE_MAX);
	assert_string_equal(at(json_object_get(asff, "FindingProviderFields"), "Severity", "Label"),
		"MEDIUM");
	json_object_foreach(json_object_get(asff, "ProductFields"), key, value)
		assert_true(strlen(json_string_value(value)) <= HUB_FIELD_MAX);
	assert_null(json_object_get(json_object_get(asff, "Compliance"), "RelatedRequirements"));
	json_t *ocsf = ocsf_at(finding, "not a time", "nor this");
	assert_int_equal(json_get_integer_or(ocsf, "severity_id", -1), 0);
	json_decref(finding);
	json_decref(asff);
	json_decref(ocsf);
}

static void told_with(const char *path, json_t *value, char out[HUB_TOLD_SIZE])
{
	json_t *finding = finding_of("drifted");
	struct hub_view view;

	json_object_set_new(finding, "cause", json_pack("{s:s, s:s}", "code", "A", "message", "b"));
	if (path != NULL)
		json_object_set_new(finding, path, value);
	struct finding read = read_finding(finding);
	hub_view_of(all_baselines(), &read, &view);
	hub_told(&view, out);
	finding_release(&read);
	json_decref(finding);
}

static void test_what_counts_as_a_change(void **unused)
{
	char plain[HUB_TOLD_SIZE], other[HUB_TOLD_SIZE];

	(void)unused;
	told_with(NULL, NULL, plain);
	told_with("run", json_string("run-2"), other);
	assert_string_equal(plain, other);
	told_with("observed_at", json_string("2026-11-25T08:00:00Z"), other);
	assert_string_equal(plain, other);
	told_with("change", json_string("c-2"), other);
	assert_string_equal(plain, other);
	told_with("cause", json_pack("{s:s, s:s}", "code", "A", "message", "request 4711"), other);
	assert_string_equal(plain, other);
	told_with("cause", json_pack("{s:s, s:s}", "code", "B", "message", "b"), other);
	assert_string_not_equal(plain, other);
	told_with("status", json_string("alerted"), other);
	assert_string_not_equal(plain, other);
	told_with("tier", json_string("approval"), other);
	assert_string_not_equal(plain, other);
	told_with("baseline", json_string("of another version"), other);
	assert_string_not_equal(plain, other);
}

static void test_ocsf_activity(void **unused)
{
	json_t *finding = finding_of("drifted");
	json_t *created = ocsf_of(finding, NULL);
	json_t *updated = ocsf_of(finding, "2026-11-01T00:00:00Z");

	(void)unused;
	assert_int_equal(json_get_integer_or(created, "type_uid", 0), 200301);
	assert_int_equal(json_get_integer_or(updated, "type_uid", 0), 200302);
	json_object_set_new(finding, "status", json_string("remediated"));
	json_t *closed = ocsf_of(finding, "2026-11-01T00:00:00Z");
	assert_int_equal(json_get_integer_or(closed, "type_uid", 0), 200303);
	assert_string_equal(at(closed, "compliance", "control"), "S3.17");
	assert_string_equal(json_get_string_or(json_array_get(json_object_get(closed, "resources"), 0),
							"cloud_partition", ""),
		"aws");
	json_decref(finding);
	json_decref(created);
	json_decref(updated);
	json_decref(closed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_status_has_its_compliance),
		cmocka_unit_test(test_asff_of_a_drifted_bucket),
		cmocka_unit_test(test_requirements_are_split_and_bounded),
		cmocka_unit_test(test_resources),
		cmocka_unit_test(test_global_findings),
		cmocka_unit_test(test_ids_are_bounded_and_their_own),
		cmocka_unit_test(test_texts_are_cut_between_characters),
		cmocka_unit_test(test_long_texts_from_outside_are_bounded),
		cmocka_unit_test(test_what_counts_as_a_change),
		cmocka_unit_test(test_ocsf_activity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
