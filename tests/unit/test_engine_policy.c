/* Tests that the IAM policies grant only the declared actions, with the declared resources and
 * conditions. */
#include "base/json.h"
#include "baselines_help.h"
#include "engine/policy.h"
#include "events/queue/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static bool allows(const json_t *document, const char *action)
{
	size_t i, j;
	json_t *statement, *item;

	json_array_foreach(json_object_get(document, "Statement"), i, statement)
		json_array_foreach(json_object_get(statement, "Action"), j, item)
			if (strcmp(json_string_value(item), action) == 0)
				return true;
	return false;
}

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

static void test_read_only_is_the_role_without_writes(void **unused)
{
	json_t *role = policy_document(POLICY_ROLE, all_baselines(), NULL),
		   *read_only = policy_document(POLICY_READ_ONLY, all_baselines(), NULL);

	(void)unused;
	for (size_t i = 0; i < baseline_set_count(all_baselines()); i++) {
		for (const struct aws_permission *read = baseline_set_at(all_baselines(), i)->reads;
			read->action != NULL; read++)
			assert_true(allows(role, read->action) && allows(read_only, read->action));
		for (const struct aws_permission *write = baseline_set_at(all_baselines(), i)->writes;
			write->action != NULL; write++)
			assert_true(allows(role, write->action) && !allows(read_only, write->action));
	}
	assert_true(allows(role, "ec2:DescribeRegions"));
	assert_false(allows(role, "sts:AssumeRole"));
	json_decref(role);
	json_decref(read_only);
}

static void test_no_wildcards_and_no_statement_twice(void **unused)
{
	static const enum policy_kind kinds[] = { POLICY_ROLE, POLICY_READ_ONLY, POLICY_ORCHESTRATOR };

	(void)unused;
	for (size_t k = 0; k < ARRAY_LENGTH(kinds); k++) {
		json_t *document = policy_document(kinds[k], all_baselines(), NULL), *sids = json_object(),
			   *statement, *action;
		size_t i, j;

		json_array_foreach(json_object_get(document, "Statement"), i, statement) {
			assert_null(json_object_get(sids, json_get_string(statement, "Sid")));
			json_object_set_new(sids, json_get_string(statement, "Sid"), json_null());
			json_array_foreach(json_object_get(statement, "Action"), j, action)
				assert_null(strchr(json_string_value(action), '*'));
			assert_null(strstr(json_get_string(statement, "Resource"), "${Partition}"));
		}
		json_decref(sids);
		json_decref(document);
	}
}

static void test_conditions_and_resources(void **unused)
{
	json_t *role = policy_document(POLICY_ROLE, all_baselines(), NULL),
		   *orchestrator = policy_document(POLICY_ORCHESTRATOR, all_baselines(), NULL);

	(void)unused;
	const json_t *assume = statement_of(orchestrator, "sts:AssumeRole");
	assert_string_equal(json_get_string(assume, "Resource"),
		"arn:aws:iam::*:role/ReeveRemediation");
	assert_string_equal(
		json_get_string(json_object_get(json_object_get(assume, "Condition"), "StringEquals"),
			"aws:ResourceOrgID"),
		"${aws:PrincipalOrgID}");
	const json_t *linked = statement_of(role, "iam:CreateServiceLinkedRole");
	assert_non_null(
		json_object_get(json_object_get(json_object_get(linked, "Condition"), "StringEquals"),
			"iam:AWSServiceName"));
	const json_t *put = statement_of(role, "s3:PutEncryptionConfiguration");
	assert_string_equal(json_get_string(put, "Resource"), "arn:aws:s3:::*");
	assert_non_null(json_object_get(put, "Condition"));
	json_decref(role);
	json_decref(orchestrator);
}

static struct config *config_of(const char *sections)
{
	char text[1024];
	struct config *config = NULL;
	struct err err = ERR_INIT;

	snprintf(text, sizeof text, "{\"organization\":{\"home_region\":\"eu-west-1\"}%s%s}",
		sections[0] != '\0' ? "," : "", sections);
	if (config_parse(text, strlen(text), "reeve.json", all_catalogue(), &config, &err) < 0)
		fail_msg("%s", err.message);
	return config;
}

static bool config_allows(const char *sections, enum policy_kind kind, const char *action)
{
	struct config *config = config_of(sections);
	json_t *document = policy_document(kind, all_baselines(), config);
	bool result = allows(document, action);

	json_decref(document);
	config_free(config);
	return result;
}

/* Reports are written only where the configuration asks for them, and never by the read-only role.
 */
static void test_security_hub(void **unused)
{
	static const char import[] = "securityhub:BatchImportFindings",
					  update[] = "securityhub:BatchUpdateFindings";
	static const char both[] = "\"security_hub\":{\"import\":true,\"update\":true}";

	(void)unused;
	assert_true(config_allows(both, POLICY_ROLE, import));
	assert_false(config_allows(both, POLICY_ROLE, update));
	assert_false(config_allows(both, POLICY_READ_ONLY, import));
	assert_false(config_allows(both, POLICY_ORCHESTRATOR, import));
	assert_true(config_allows(both, POLICY_ORCHESTRATOR, update));
	assert_false(config_allows("\"security_hub\":{\"update\":true}", POLICY_ROLE, import));
	assert_false(config_allows("\"security_hub\":{\"import\":true}", POLICY_ORCHESTRATOR, update));
	assert_false(config_allows("", POLICY_ROLE, import));
	assert_false(config_allows("", POLICY_ORCHESTRATOR, update));

	struct config *config = config_of(both);
	json_t *role = policy_document(POLICY_ROLE, all_baselines(), config);
	assert_string_equal(json_get_string(statement_of(role, import), "Resource"),
		"arn:aws:securityhub:*:*:product/*/default");
	json_decref(role);
	config_free(config);
}

/* Copies the Resource of the queue's statement to out and returns it; "" when there is none. */
static const char *queue_resource(const char *events, char out[256])
{
	struct config *config = config_of(events);
	json_t *document = policy_document(POLICY_ORCHESTRATOR, all_baselines(), config);
	const json_t *statement = statement_of(document, "sqs:ReceiveMessage");

	snprintf(out, 256, "%s", json_get_string_or(statement, "Resource", ""));
	if (statement != NULL)
		for (const struct aws_permission *permission = queue_permissions;
			permission->action != NULL; permission++)
			assert_true(statement_of(document, permission->action) == statement);
	json_decref(document);
	config_free(config);
	return out;
}

static void test_the_queue_alone(void **unused)
{
	char out[256];

	(void)unused;
	assert_string_equal(queue_resource("\"events\":{\"queue_url\":\"https://"
									   "sqs.us-east-2.amazonaws.com/111122223333/reeve\"}",
							out),
		"arn:aws:sqs:us-east-2:111122223333:reeve");
	assert_string_equal(queue_resource("\"events\":{\"queue_url\":\"http://127.0.0.1:4566/"
									   "111122223333/reeve.fifo\"}",
							out),
		"arn:aws:sqs:eu-west-1:111122223333:reeve.fifo");
	assert_string_equal(queue_resource("\"events\":{\"queue_url\":\"http://127.0.0.1:4566/"
									   "111122223333/reeve\",\"queue_region\":\"eu-north-1\"}",
							out),
		"arn:aws:sqs:eu-north-1:111122223333:reeve");
	/* For a URL that names no single queue nothing is granted. */
	assert_string_equal(queue_resource("\"events\":{\"queue_url\":\"https://"
									   "sqs.us-east-2.amazonaws.com/queue/reeve\"}",
							out),
		"");
	assert_string_equal(queue_resource("\"events\":{\"queue_url\":\"https://"
									   "sqs.us-east-2.amazonaws.com/111122223333/*\"}",
							out),
		"");
	assert_string_equal(queue_resource("", out), "");
	assert_false(config_allows("\"events\":{\"queue_url\":\"https://sqs.us-east-2.amazonaws.com/"
							   "111122223333/reeve\"}",
		POLICY_ROLE, "sqs:ReceiveMessage"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_only_is_the_role_without_writes),
		cmocka_unit_test(test_no_wildcards_and_no_statement_twice),
		cmocka_unit_test(test_conditions_and_resources),
		cmocka_unit_test(test_security_hub),
		cmocka_unit_test(test_the_queue_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
