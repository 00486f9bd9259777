/*
 * AssumeRole: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 *
 * A source identity stays with the credentials through every role that is assumed with them, and
 * AWS refuses another one with AccessDenied. No call tells whether the caller has one: only the
 * refusal shows it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
 */
#include "aws/session_assume.h"

#include "aws/client_call.h"
#include "aws/client_private.h"
#include "aws/errors.h"
#include "aws/session.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/log.h"

#include <strings.h>

enum { DEFAULT_DURATION_S = 3600 };

struct session_role {
	struct aws *aws;
	struct aws_session *source;
	json_t *params; /* of AssumeRole */
	bool bare;      /* AWS refused the source identity, so it is left out */
	char *role_arn;
	char *region;
	bool sts_global;
};

/* Converts {"key": "value"} to AWS's list of pairs. */
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

struct session_role *session_role_new(struct aws *aws, struct aws_session *source,
	const struct aws_assume_role *role, bool sts_global)
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
	copy->aws = aws;
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

MAY_YIELD static int assume(const struct session_role *role, const json_t *params,
	struct aws_stats *charged, json_t **output, struct err *err)
{
	struct client_call call = {
		.aws = role->aws,
		.session = role->source,
		.operation = &aws_sts_AssumeRole,
		.region = role->region,
		.params = params,
		.sts_global = role->sts_global,
		.secret = true,
		.charged = charged,
	};

	CLIENT_COUNT(&call, assume_role_calls, 1);
	return client_call(&call, output, err);
}

/* Returns whether AWS may have refused the source identity: its message names it, or the permission
 * to set it. */
static bool blames_source_identity(const struct err *err)
{
	return aws_error_is_access_denied(err) &&
		(strcasestr(err->message, "SourceIdentity") != NULL ||
			strcasestr(err->message, "source identity") != NULL);
}

/* Makes the same call without it. The session's name and tags still tell which run it is. */
MAY_YIELD static int assume_bare(struct session_role *role, struct aws_stats *charged,
	json_t **output, struct err *err)
{
	json_t *params CLEANUP_JSON = json_copy(role->params);

	json_object_del(params, "SourceIdentity");
	if (assume(role, params, charged, output, err) < 0)
		return -1;
	if (role->bare || session_has_source_identity(role->source))
		return 0;
	/* The answer has a source identity although we sent none, so the credentials carry their own:
	 * AWS would refuse ours for every role that they assume. */
	if (json_get_string(*output, "SourceIdentity") != NULL) {
		session_note_source_identity(role->source);
		log_warning("the credentials carry a source identity of their own, which stays: CloudTrail "
					"shows that one, and the run's id in the session name");
	} else {
		role->bare = true;
		log_warning("%s does not allow sts:SetSourceIdentity: CloudTrail shows the run's id in the "
					"session name only",
			role->role_arn);
	}
	return 0;
}

MAY_YIELD static int assume_with_identity(struct session_role *role, struct aws_stats *charged,
	json_t **output, struct err *err)
{
	if (role->bare || session_has_source_identity(role->source))
		return assume_bare(role, charged, output, err);
	if (assume(role, role->params, charged, output, err) == 0)
		return 0;
	if (json_object_get(role->params, "SourceIdentity") == NULL || !blames_source_identity(err))
		return -1;
	struct err refusal = *err;
	if (assume_bare(role, charged, output, err) == 0)
		return 0;
	/* AWS refused both calls; the first refusal says more. */
	if (aws_error_is_access_denied(err))
		*err = refusal;
	return -1;
}

int session_role_assume(struct session_role *role, struct aws_stats *charged,
	struct aws_credentials *out, struct err *err)
{
	json_t *output CLEANUP_JSON = NULL;

	if (assume_with_identity(role, charged, &output, err) < 0)
		return err_prefix(err, "cannot assume %s", role->role_arn);
	if (session_keys_read(json_object_get(output, "Credentials"), "SessionToken", "AssumeRole", out,
			err) < 0)
		return err_prefix(err, "cannot assume %s", role->role_arn);
	return 0;
}

/* --- the session --- */

MAY_YIELD static int renew(void *argument, bool again, struct aws_stats *charged,
	struct aws_credentials *out, struct err *err)
{
	(void)again;
	return session_role_assume(argument, charged, out, err);
}

static void release(void *argument)
{
	session_role_free(argument);
}

struct aws_session *aws_session_assume_role(struct aws *aws, struct aws_session *source,
	const struct aws_assume_role *role)
{
	const struct session_source by_role = {
		.renew = renew,
		.release = release,
		.argument = session_role_new(aws, source, role, false),
		.keeps_refusal = true,
	};

	return session_new(&aws->clock_offset_ms, &by_role);
}
