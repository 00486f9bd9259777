#include "engine/policy.h"

#include "accounts/session.h"
#include "accounts/walk.h"
#include "audit/copy.h"
#include "aws/endpoint/partitions.h"
#include "base/banned.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "baselines/set.h"
#include "config/values.h"
#include "events/queue/queue.h"
#include "events/queue/url.h"
#include "guards/attempts.h"
#include "notify/channel.h"
#include "security_hub/security_hub.h"

/* The longest resource pattern, with its placeholders filled in. */
#define RESOURCE_MAX_BYTES 1024

struct builder {
	json_t *statements;
	const char *partition, *role;
};

/* Writes a pattern such as "arn:${Partition}:iam::*:role/${RemediationRole}" with both filled in;
 * IAM's own variables stay. */
static void fill_in(const struct builder *builder, const char *pattern, struct buf *out)
{
	static const char partition[] = "${Partition}", role[] = "${RemediationRole}";

	buf_init(out, RESOURCE_MAX_BYTES);
	for (const char *c = pattern; *c != '\0';) {
		if (strncmp(c, partition, sizeof partition - 1) == 0) {
			buf_add_string(out, builder->partition);
			c += sizeof partition - 1;
		} else if (strncmp(c, role, sizeof role - 1) == 0) {
			buf_add_string(out, builder->role);
			c += sizeof role - 1;
		} else {
			buf_add_char(out, *c++);
		}
	}
}

/* Finds the statement with that resource and condition, and adds it when there is none. */
static json_t *statement_for(struct builder *builder, const char *sid, const char *resource,
	json_t *condition)
{
	size_t index;
	json_t *statement;

	json_array_foreach(builder->statements, index, statement) {
		json_t *existing = json_object_get(statement, "Condition");

		if (strncmp(json_get_string_or(statement, "Sid", ""), sid, strlen(sid)) == 0 &&
			strcmp(json_get_string_or(statement, "Resource", ""), resource) == 0 &&
			(existing == condition ||
				(existing != NULL && condition != NULL && json_equal(existing, condition))))
			return statement;
	}
	char numbered[80];
	snprintf(numbered, sizeof numbered, "%s%zu", sid, json_array_size(builder->statements) + 1);
	statement = json_pack("{s:s, s:s, s:[], s:s}", "Sid", numbered, "Effect", "Allow", "Action",
		"Resource", resource);
	if (condition != NULL)
		json_object_set(statement, "Condition", condition);
	json_array_append_new(builder->statements, statement);
	return statement;
}

static void add(struct builder *builder, const char *sid, const struct aws_permission *permissions)
{
	for (; permissions != NULL && permissions->action != NULL; permissions++) {
		CLEANUP_JSON json_t *condition = NULL;
		CLEANUP_BUF struct buf resource, filled;

		fill_in(builder, permissions->resource != NULL ? permissions->resource : "*", &resource);
		buf_init(&filled, RESOURCE_MAX_BYTES);
		if (permissions->condition_json != NULL) {
			buf_release(&filled);
			fill_in(builder, permissions->condition_json, &filled);
			condition = json_loads(filled.data, 0, NULL);
		}
		json_t *actions =
			json_object_get(statement_for(builder, sid, resource.data, condition), "Action");
		if (!json_has_string(actions, permissions->action))
			json_array_append_new(actions, json_string(permissions->action));
	}
}

/* Returns whether a baseline's settings name a delegated administrator's account that is entered by
 * the remediation role. */
static bool names_administrator(const struct config *config)
{
	size_t index;
	json_t *assignment, *settings;
	const char *id;

	json_array_foreach((json_t *)config_get(config, "baselines"), index, assignment)
		json_object_foreach(json_object_get(assignment, "set"), id, settings)
			if (json_is_string(json_object_get(settings, "administrator_account")))
				return true;
	return false;
}

/* --- permissions for features that the configuration turns on --- */

static bool security_hub_wants(const struct config *config, const char *what)
{
	return config != NULL && json_get_bool_or(config_get(config, "security_hub"), what, false);
}

/* Adds the permissions for the configured queue only. Where its URL doesn't tell which queue it is,
 * nothing is granted, since a wildcard would grant more than needed. */
static void add_queue(struct builder *builder, const struct config *config)
{
	const char *url = config != NULL ? config_string(config, "events", "queue_url") : NULL;
	const char *region = url != NULL ? config_string(config, "events", "queue_region") : NULL;

	if (url == NULL)
		return;
	CLEANUP_FREE char *arn = queue_arn(url,
		region != NULL ? region : config_string(config, "organization", "home_region"));
	if (arn == NULL || strpbrk(arn, "*?") != NULL)
		return;
	for (const struct aws_permission *permission = queue_permissions; permission->action != NULL;
		permission++) {
		struct aws_permission of_queue[] = { *permission, AWS_PERMISSIONS_END };

		of_queue[0].resource = arn;
		add(builder, "Queue", of_queue);
	}
}

/* Adds the permissions for the calls that the orchestrator makes in its own account. */
static void add_own(struct builder *builder, const struct config *config)
{
	struct audit_copy_permissions copy;
	struct aws_permission *topics = notify_permissions(config);

	add(builder, "Sessions", session_permissions);
	add(builder, "Organization",
		organization_permissions(config != NULL && config_uses_tags(config)));
	add(builder, "Notify", topics);
	free(topics);
	audit_copy_permissions(config, &copy);
	add(builder, "AuditCopy", copy.rows);
	add_queue(builder, config);
	if (security_hub_wants(config, "update"))
		add(builder, "SecurityHub", security_hub_update_permissions);
}

json_t *policy_document(enum policy_kind kind, const struct baseline_set *baselines,
	const struct config *config)
{
	struct builder builder = {
		.statements = json_array(),
		.partition = config != NULL
			? aws_partition_of(config_string(config, "organization", "home_region"))->name
			: "aws",
		.role = config != NULL ? config_string(config, "organization", "remediation_role")
							   : "ReeveRemediation",
	};
	bool administrator = kind == POLICY_ORCHESTRATOR ||
		(config != NULL && names_administrator(config));

	if (kind == POLICY_ORCHESTRATOR) {
		add_own(&builder, config);
	} else {
		add(&builder, "Read", region_permissions);
		add(&builder, "Read", attempts_permissions);
	}
	/* Reports are sent in read-only operation too, but not with the read-only role. */
	if (kind == POLICY_ROLE && security_hub_wants(config, "import"))
		add(&builder, "SecurityHub", security_hub_import_permissions);
	for (size_t i = 0; i < baseline_set_count(baselines); i++) {
		const struct baseline *baseline = baseline_set_at(baselines, i);

		if (kind != POLICY_ORCHESTRATOR)
			add(&builder, "Read", baseline->reads);
		if (administrator)
			add(&builder, "AdministratorRead", baseline->administrator_reads);
		if (kind == POLICY_ROLE)
			add(&builder, "Write", baseline->writes);
		if (administrator && kind != POLICY_READ_ONLY)
			add(&builder, "AdministratorWrite", baseline->administrator_writes);
	}
	return json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", builder.statements);
}
