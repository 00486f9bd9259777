/* Tests the form of the JSON Schema, and that the published file is up to date. */
#include "test_config_help.h"

#include "base/banned.h"
#include "base/json_write.h"
#include "config/schema.h"
#include "config/sections.h"

static const json_t *at(const json_t *value, const char *const *keys)
{
	for (; *keys != NULL; keys++)
		value = json_is_array(value) ? json_array_get(value, (size_t)atoi(*keys))
									 : json_object_get(value, *keys);
	return value;
}
#define AT(value, ...) at(value, (const char *const[]){ __VA_ARGS__, NULL })

static void assert_json(const json_t *value, const char *expected)
{
	char *text = json_to_text(value);

	assert_string_equal(text, expected);
	free(text);
}

static void test_sections(void **state)
{
	json_t *schema = config_schema(&fake_catalogue);

	(void)state;
	assert_json(json_object_get(schema, "$schema"),
		"\"https://json-schema.org/draft/2020-12/schema\"");
	assert_json(json_object_get(schema, "required"), "[\"organization\"]");
	for (const struct config_section *section = config_sections(); section->name != NULL;
		section++) {
		const json_t *found = AT(schema, "properties", section->name);

		assert_string_equal(json_get_string(found, "description"), section->help);
		found = section->list ? json_object_get(found, "items") : found;
		assert_json(json_object_get(found, "additionalProperties"), "false");
		for (const struct setting *row = section->rows; row->name != NULL; row++)
			assert_non_null(AT(found, "properties", row->name));
	}
	json_decref(schema);
}

static void test_values(void **state)
{
	json_t *schema = config_schema(&fake_catalogue);
	const json_t *set = AT(schema, "$defs", "baseline_settings", "properties");

	(void)state;
	assert_json(AT(schema, "properties", "limits", "properties", "in_flight"),
		"{\"type\":[\"integer\",\"null\"],\"minimum\":1,\"maximum\":4096,\"description\":\"The "
		"most cells that are worked "
		"on at the same time.\",\"default\":256}");
	assert_json(AT(schema, "properties", "limits", "properties", "failure_rate", "default"), "0.2");
	assert_json(AT(schema, "properties", "rollout", "items", "required"), "[\"wave\",\"targets\"]");
	assert_json(AT(set, "guardduty.detector", "properties", "features"),
		"{\"type\":[\"array\",\"null\"],\"items\":{\"enum\":[\"S3_DATA_EVENTS\",\"EKS_AUDIT_LOGS\","
		"\"EBS_MALWARE_PROTECTION\"]},\"uniqueItems\":true,\"description\":\"The features that are "
		"on.\",\"default\":[]}");
	assert_json(AT(set, "s3.bucket-default-encryption", "properties", "algorithm", "enum"),
		"[\"AES256\",\"aws:kms\",null]");
	assert_json(AT(set, "cloudtrail.trail"),
		"{\"type\":[\"object\",\"null\"],\"properties\":{\"bucket\":{\"type\":\"string\","
		"\"description\":"
		"\"The bucket of the trail.\"}},\"additionalProperties\":false}");
	assert_json(AT(schema, "$defs", "baseline_tiers", "properties", "iam.user-mfa"),
		"{\"enum\":[\"auto\",\"approval\",\"alert\",null]}");
	assert_int_equal(json_array_size(AT(schema, "$defs", "baseline_id", "enum")),
		ARRAY_LENGTH(fake_entries));
	assert_json(AT(schema, "properties", "baselines", "items", "properties", "set"),
		"{\"description\":\"Baselines to "
		"keep there, by id, with those settings that are not as inherited; a setting of null is "
		"its default again.\","
		"\"default\":{},\"$ref\":\"#/$defs/baseline_settings\"}");
	json_decref(schema);
}

/* Only $defs depends on the catalogue; the rest of the published file comes from this room's rows.
 */
static void test_published(void **state)
{
	const char *source = getenv("REEVE_SOURCE");
	const struct catalogue none = { NULL, 0 };
	char path[512];

	(void)state;
	if (source == NULL)
		skip();
	snprintf(path, sizeof path, "%s/orchestrator/config/reeve.schema.json", source);
	json_t *published = json_load_file(path, JSON_REJECT_DUPLICATES, NULL),
		   *schema = config_schema(&none);
	assert_non_null(published);
	assert_int_equal(json_object_del(published, "$defs"), 0);
	assert_int_equal(json_object_del(schema, "$defs"), 0);
	if (!json_equal(published, schema))
		fail_msg("%s is out of date: write it again with `reeve config schema`", path);
	json_decref(published);
	json_decref(schema);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_published),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
