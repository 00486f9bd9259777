/* AssumeRole: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
#include "aws/client_private.h"
#include "aws/session.h"

#include "base/banned.h"
#include "base/json.h"

enum { DEFAULT_DURATION_S = 3600 };

struct session_role {
	struct aws_session *source;
	json_t *params;     /* of AssumeRole */
	char *role_arn;
	char *region;
	bool sts_global;
};

/* {"key": "value"} to AWS's list of pairs. */
static json_t *tag_list(const json_t *tags)
{
	json_t *list = json_array();
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)tags, key, value) {
		json_array_append_new(list, json_pack("{s:s, s:O}", "Key", key, "Value", value));
	}
	return list;
}

static void set_text(json_t *params, const char *key, const char *value)
{
	if (value != NULL)
		json_object_set_new(params, key, json_string(value));
}

struct session_role *session_role_new(struct aws_session *source, const struct aws_assume_role *role, bool sts_global)
{
	struct session_role *copy = xcalloc(1, sizeof *copy);
	int duration_s = role->duration_seconds > 0 ? role->duration_seconds : DEFAULT_DURATION_S;
	json_t *params = json_object();

	set_text(params, "RoleArn", role->role_arn);
	set_text(params, "RoleSessionName", role->session_name);
	set_text(params, "ExternalId", role->external_id);
	set_text(params, "SourceIdentity", role->source_identity);
	set_text(params, "Policy", role->policy);
	json_object_set_new(params, "DurationSeconds", json_integer(duration_s));
	if (role->policy_arn != NULL)
		json_object_set_new(params, "PolicyArns", json_pack("[{s:s}]", "arn", role->policy_arn));
	if (json_object_size(role->tags) > 0)
		json_object_set_new(params, "Tags", tag_list(role->tags));
	if (json_array_size(role->transitive_tag_keys) > 0)
		json_object_set_new(params, "TransitiveTagKeys", json_deep_copy(role->transitive_tag_keys));
	copy->source = aws_session_retain(source);
	copy->params = params;
	copy->role_arn = xstrdup(role->role_arn);
	copy->region = role->region != NULL ? xstrdup(role->region) : NULL;
	copy->sts_global = sts_global;
	return copy;
}

void session_role_free(struct session_role *role)
{
	if (role == NULL)
		return;
	aws_session_release(role->source);
	json_decref(role->params);
	free(role->role_arn);
	free(role->region);
	free(role);
}

int session_role_assume(struct aws *aws, const struct session_role *role, struct aws_stats *charged,
                        struct aws_credentials *out, struct err *err)
{
	json_t *output CLEANUP_JSON = NULL;
	struct client_call call = {
		.aws = aws,
		.session = role->source,
		.operation = &aws_sts_AssumeRole,
		.region = role->region,
		.params = role->params,
		.sts_global = role->sts_global,
		.secret = true,
		.charged = charged,
	};

	CLIENT_COUNT(&call, assume_role_calls, 1);
	if (client_call(&call, &output, err) < 0)
		return err_prefix(err, "cannot assume %s", role->role_arn);
	if (session_keys_read(json_object_get(output, "Credentials"), "SessionToken", "AssumeRole", out, err) < 0)
		return err_prefix(err, "cannot assume %s", role->role_arn);
	return 0;
}
