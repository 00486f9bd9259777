/*
 * The AWS Security Finding Format: the rules by which BatchImportFindings accepts a finding, and
 * the members that it adds.
 * https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "security_hub.h"

#define MAX_FINDING_BYTES (240 * 1024)
#define MAX_RESOURCES 32
#define MAX_TYPES 50
#define MAX_FIELDS 50

static bool one_of(const char *text, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(text, *list) == 0)
			return true;
	return false;
}

bool asff_is_workflow(const char *status)
{
	return one_of(status,
		(const char *const[]){ "NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED", NULL });
}

/* True for a date and time with an offset and at most nine digits behind the second. */
static bool is_time(const char *text)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd";
	size_t n = 0;

	for (const char *f = form; *f; f++, text++)
		if (*f == 'd' ? !isdigit((unsigned char)*text) : *text != *f)
			return false;
	if (*text == '.') {
		for (text++; isdigit((unsigned char)*text); text++)
			n++;
		if (n < 1 || n > 9)
			return false;
	}
	if (strcmp(text, "Z") == 0)
		return true;
	return strlen(text) == 6 && (*text == '+' || *text == '-') && isdigit((unsigned char)text[1]) &&
		isdigit((unsigned char)text[2]) && text[3] == ':' && isdigit((unsigned char)text[4]) &&
		isdigit((unsigned char)text[5]);
}

static const char *texts_wrong(struct call *call, const json_t *finding)
{
	static const struct {
		const char *name;
		size_t most;
		bool required, time;
	} texts[] = {
		{ "SchemaVersion", 16, true, false },
		{ "Id", 512, true, false },
		{ "ProductArn", 2048, true, false },
		{ "GeneratorId", 512, true, false },
		{ "AwsAccountId", 12, true, false },
		{ "Title", 256, true, false },
		{ "Description", 1024, true, false },
		{ "CreatedAt", 64, true, true },
		{ "UpdatedAt", 64, true, true },
		{ "FirstObservedAt", 64, false, true },
		{ "LastObservedAt", 64, false, true },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const json_t *value = json_object_get(finding, texts[i].name);
		const char *text = json_string_value(value);

		if (!value && texts[i].required)
			return arena_printf(call->arena, "data should have required property '.%s'",
				texts[i].name);
		if (value && (!text || !*text || strspn(text, " \t\r\n") == strlen(text)))
			return arena_printf(call->arena, "data.%s should be a string that isn't empty",
				texts[i].name);
		if (text && strlen(text) > texts[i].most)
			return arena_printf(call->arena, "data.%s should NOT be longer than %zu characters",
				texts[i].name, texts[i].most);
		if (text && texts[i].time && !is_time(text))
			return arena_printf(call->arena, "data.%s should match format \"date-time\"",
				texts[i].name);
	}
	return NULL;
}

static const char *resources_wrong(const json_t *finding)
{
	const json_t *resources = json_object_get(finding, "Resources");

	if (json_array_size(resources) < 1 || json_array_size(resources) > MAX_RESOURCES)
		return "data.Resources should have from 1 to 32 items";
	for (size_t i = 0; i < json_array_size(resources); i++) {
		const char *type = json_string_value(json_object_get(json_array_get(resources, i), "Type"));
		const char *id = json_string_value(json_object_get(json_array_get(resources, i), "Id"));

		if (!type || !*type || !id || !*id)
			return "data.Resources[] should have required properties '.Type' and '.Id'";
	}
	return NULL;
}

/* True for a status of the list, and when there is none. */
static bool status_right(const json_t *value, const char *const *list)
{
	return !value || (json_is_string(value) && one_of(json_string_value(value), list));
}

static const char *values_wrong(const json_t *finding)
{
	static const char *const labels[] = { "INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL",
		NULL };
	static const char *const compliance[] = { "PASSED", "WARNING", "FAILED", "NOT_AVAILABLE",
		NULL };
	static const char *const records[] = { "ACTIVE", "ARCHIVED", NULL };
	static const char *const workflows[] = { "NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED", NULL };
	const json_t *provider = json_object_get(finding, "FindingProviderFields");
	const json_t *severity = json_object_get(finding, "Severity"),
				 *types = json_object_get(finding, "Types");

	if (!severity)
		severity = json_object_get(provider, "Severity");
	if (!types)
		types = json_object_get(provider, "Types");
	if (!severity)
		return "data should have required property '.Severity'";
	if (!status_right(json_object_get(severity, "Label"), labels))
		return "data.Severity.Label should be equal to one of the allowed values";
	if (!json_is_array(types))
		return "data should have required property '.Types'";
	if (json_array_size(types) > MAX_TYPES)
		return "data.Types should NOT have more than 50 items";
	if (!status_right(json_object_get(json_object_get(finding, "Compliance"), "Status"),
			compliance))
		return "data.Compliance.Status should be equal to one of the allowed values";
	if (!status_right(json_object_get(finding, "RecordState"), records))
		return "data.RecordState should be equal to one of the allowed values";
	if (!status_right(json_object_get(json_object_get(finding, "Workflow"), "Status"), workflows))
		return "data.Workflow.Status should be equal to one of the allowed values";
	if (json_object_size(json_object_get(finding, "ProductFields")) > MAX_FIELDS ||
		json_object_size(json_object_get(finding, "UserDefinedFields")) > MAX_FIELDS)
		return "data.ProductFields and data.UserDefinedFields should NOT have more than 50 "
			   "properties";
	return NULL;
}

const char *asff_wrong(struct call *call, const json_t *finding)
{
	const char *account = call->caller.account->id, *wrong;
	const char *product = arena_printf(call->arena, "arn:aws:securityhub:%s:%s:product/%s/default",
		regions[call->region_index].name, account, account);

	if (!json_is_object(finding))
		return "data should be object";
	wrong = texts_wrong(call, finding);
	if (wrong)
		return wrong;
	if (strcmp(json_string_value(json_object_get(finding, "SchemaVersion")), "2018-10-08") != 0)
		return "data.SchemaVersion should be equal to 2018-10-08";
	if (strcmp(json_string_value(json_object_get(finding, "ProductArn")), product) != 0)
		return arena_printf(call->arena,
			"data.ProductArn should be the default product of the account that calls: %s", product);
	if (strcmp(json_string_value(json_object_get(finding, "AwsAccountId")), account) != 0)
		return "data.AwsAccountId should be the account that calls";
	wrong = resources_wrong(finding);
	if (!wrong)
		wrong = values_wrong(finding);
	if (!wrong && json_dumpb(finding, NULL, 0, JSON_COMPACT) > MAX_FINDING_BYTES)
		wrong = "data should NOT be larger than 240 KB";
	return wrong;
}

const char *asff_now(struct arena *arena)
{
	int64_t now = http_now_ms();
	char text[21];

	time_text((time_t)(now / 1000), text);
	return arena_printf(arena, "%.19s.%03dZ", text, (int)(now % 1000));
}

static const char *text_in(const json_t *object, const char *outer, const char *inner)
{
	const char *text = json_string_value(json_object_get(json_object_get(object, outer), inner));

	return text ? text : "";
}

/* A finding that fails again gets the workflow status NEW, whatever it was before. */
static bool reopens(const json_t *finding, const json_t *earlier)
{
	const char *status = text_in(earlier, "Workflow", "Status");
	const char *record = json_string_value(json_object_get(earlier, "RecordState"));

	if (strcmp(status, "NOTIFIED") != 0 && strcmp(status, "RESOLVED") != 0)
		return false;
	if (record && strcmp(record, "ARCHIVED") == 0 &&
		strcmp(json_string_value(json_object_get(finding, "RecordState")), "ACTIVE") == 0)
		return true;
	return strcmp(text_in(earlier, "Compliance", "Status"), "PASSED") == 0 &&
		strcmp(text_in(finding, "Compliance", "Status"), "PASSED") != 0;
}

static void set_default(json_t *finding, const char *name, json_t *value)
{
	if (json_object_get(finding, name))
		json_decref(value);
	else
		json_object_set_new(finding, name, value);
}

void asff_complete(struct call *call, json_t *finding, const json_t *earlier)
{
	/* https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html
	 */
	static const char *const kept[] = { "Note", "UserDefinedFields", "VerificationState",
		"Workflow", "WorkflowState" };
	json_t *provider = json_object_get(finding, "FindingProviderFields"), *value;

	if ((value = json_object_get(provider, "Severity")))
		json_object_set(finding, "Severity", value);
	if ((value = json_object_get(provider, "Types")))
		json_object_set(finding, "Types", value);
	set_default(finding, "RecordState", json_string("ACTIVE"));
	for (size_t i = 0; earlier && i < sizeof(kept) / sizeof(kept[0]); i++) {
		json_object_del(finding, kept[i]);
		if ((value = json_object_get(earlier, kept[i])))
			json_object_set_new(finding, kept[i], json_deep_copy(value));
	}
	if (earlier && reopens(finding, earlier))
		json_object_set_new(finding, "Workflow", json_pack("{s:s}", "Status", "NEW"));
	set_default(finding, "Workflow", json_pack("{s:s}", "Status", "NEW"));
	set_default(finding, "WorkflowState", json_string("NEW"));
	set_default(finding, "ProductFields", json_object());
	json_object_set_new(json_object_get(finding, "ProductFields"), "aws/securityhub/FindingId",
		json_pack("s++", json_string_value(json_object_get(finding, "ProductArn")), "/",
			json_string_value(json_object_get(finding, "Id"))));
	json_object_set_new(finding, "ProductName", json_string("Default"));
	json_object_set_new(finding, "CompanyName", json_string("Personal"));
	json_object_set_new(finding, "Region", json_string(regions[call->region_index].name));
	json_object_set_new(finding, "ProcessedAt", json_string(asff_now(call->arena)));
}
