/* Tests of the section `audit` of the configuration, and of the permissions that the orchestrator's
 * policy grants for it. */
#include "baselines_help.h"
#include "engine/policy.h"
#include "test_audit_copy_help.h"

#define KEY "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

static const struct {
	const char *section;
	const char *complaint; /* NULL: none */
} sections[] = {
	{ "null", NULL },
	{ "{}", NULL },
	{ "{\"bucket\":\"abc\"}", NULL },
	{ "{\"bucket\":\"reeve.audit-1\",\"bucket_owner\":\"111122223333\",\"prefix\":\"\",\"region\":"
	  "\"eu-west-1\",\"mode\":\"COMPLIANCE\","
	  "\"retention_days\":36500,\"kms_key_id\":\"" KEY "\"}",
		NULL },
	{ "{\"bucket\":\"abc\",\"prefix\":\"a/b.c/d=e_f-G1\"}", NULL },
	{ "{\"bucket\":\"abc\",\"kms_key_id\":\"arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/"
	  "mrk-1234\"}",
		NULL },

	{ "{\"bucket\":\"ab\"}", "must be the name of an S3 bucket" },
	{ "{\"bucket\":\"Reeve\"}", "must be the name of an S3 bucket" },
	{ "{\"bucket\":\"s3://reeve\"}", "must be the name of an S3 bucket" },
	{ "{\"bucket\":\"arn:aws:s3:::reeve\"}", "must be the name of an S3 bucket" },
	{ "{\"bucket\":\"a..b\"}", "must be the name of an S3 bucket" },
	{ "{\"bucket\":\"-ab\"}", "must be the name of an S3 bucket" },
	{ "{\"bucket\":\"ab.\"}", "must be the name of an S3 bucket" },
	{ "{\"bucket\":\"192.0.2.1\"}", "must be the name of an S3 bucket" },
	{ "{\"prefix\":\"/reeve\"}", "divided by single slashes" },
	{ "{\"prefix\":\"a//b\"}", "divided by single slashes" },
	{ "{\"prefix\":\"a/../b\"}", "divided by single slashes" },
	{ "{\"prefix\":\"./b\"}", "divided by single slashes" },
	{ "{\"prefix\":\"reeve*\"}", "divided by single slashes" },
	{ "{\"prefix\":\"${aws:username}/\"}", "divided by single slashes" },
	{ "{\"region\":\"Ireland\"}", "must be the code of a region" },
	{ "{\"mode\":\"compliance\"}", "did you mean \"COMPLIANCE\"" },
	{ "{\"retention_days\":0}", "must be between 1 and 36500" },
	{ "{\"bucket_owner\":\"1\"}", "must be an account id" },
	{ "{\"kms_key_id\":\"alias/audit\"}", "must be the ARN of a KMS key" },
	{ "{\"kms_key_id\":\"arn:aws:kms:eu-west-1:111122223333:alias/audit\"}",
		"must be the ARN of a KMS key" },
	{ "{\"kms_key_id\":\"" KEY "*\"}", "must be the ARN of a KMS key" },
	{ "{\"buckets\":\"abc\"}", "did you mean \"bucket\"" },
};

static void test_sections(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LENGTH(sections); i++) {
		char *text = xasprintf("{\"organization\":{\"home_region\":\"eu-west-1\"},\"audit\":%s}",
			sections[i].section);
		struct config *config = NULL;
		struct err err = ERR_INIT;
		int result = config_parse(text, strlen(text), "reeve.json", all_catalogue(), &config, &err);

		if ((result == 0) != (sections[i].complaint == NULL) ||
			(result < 0 && strstr(err.message, sections[i].complaint) == NULL))
			fail_msg("%s: %s", sections[i].section, result < 0 ? err.message : "no complaint");
		config_free(config);
		free(text);
	}
}

/* Returns the statement that allows the action, or NULL. */
static const json_t *statement_of(const json_t *document, const char *action)
{
	size_t i, j;
	json_t *statement, *item;

	json_array_foreach(json_object_get(document, "Statement"), i, statement)
		json_array_foreach(json_object_get(statement, "Action"), j, item)
			if (strcmp(json_string_value(item), action) == 0)
				return statement;
	return NULL;
}

static void test_policy(void **unused)
{
	struct config *none = copy_config("{}"), *plain = copy_config("{\"bucket\":\"audit\"}");
	struct config *key = copy_config("{\"bucket\":\"audit\",\"prefix\":\"\",\"region\":\"cn-north-"
									 "1\",\"kms_key_id\":\"" KEY "\"}");
	json_t *without = policy_document(POLICY_ORCHESTRATOR, all_baselines(), none),
		   *with = policy_document(POLICY_ORCHESTRATOR, all_baselines(), plain);
	json_t *encrypted = policy_document(POLICY_ORCHESTRATOR, all_baselines(), key),
		   *role = policy_document(POLICY_ROLE, all_baselines(), key),
		   *bare = policy_document(POLICY_ORCHESTRATOR, all_baselines(), NULL);
	const json_t *statement;

	(void)unused;
	assert_null(statement_of(without, "s3:PutObject"));
	assert_null(statement_of(bare, "s3:PutObject"));
	assert_null(statement_of(role, "s3:PutObject"));
	statement = statement_of(with, "s3:PutObject");
	assert_string_equal(json_get_string(statement, "Resource"), "arn:aws:s3:::audit/reeve/*");
	assert_ptr_equal(statement_of(with, "s3:PutObjectRetention"), statement);
	assert_null(statement_of(with, "kms:GenerateDataKey"));
	assert_string_equal(json_get_string(statement_of(encrypted, "s3:PutObject"), "Resource"),
		"arn:aws:s3:::audit/*");
	statement = statement_of(encrypted, "kms:GenerateDataKey");
	assert_string_equal(json_get_string(statement, "Resource"), KEY);
	assert_string_equal(
		json_get_string(json_object_get(json_object_get(statement, "Condition"), "StringEquals"),
			"kms:ViaService"),
		"s3.cn-north-1.amazonaws.com.cn");
	json_decref(without);
	json_decref(with);
	json_decref(encrypted);
	json_decref(role);
	json_decref(bare);
	config_free(none);
	config_free(plain);
	config_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_policy),
	};

	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
