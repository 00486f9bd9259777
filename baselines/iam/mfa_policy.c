#include "baselines/iam/mfa_policy.h"

#include "base/banned.h"
#include "base/compiler.h"
#include "base/json.h"

#include <strings.h>

static const char *const enrolling[] = {
	"iam:CreateVirtualMFADevice",
	"iam:EnableMFADevice",
	"iam:GetMFADevice",
	"iam:GetUser",
	"iam:ListMFADevices",
	"iam:ListVirtualMFADevices",
	"iam:ResyncMFADevice",
	"sts:GetSessionToken",
};
/* A policy may exempt these actions as well: a user who must change the password first can't do
 * anything else. */
static const char *const tolerated[] = { "iam:ChangePassword", "iam:GetAccountPasswordPolicy" };

json_t *iam_mfa_policy(void)
{
	json_t *spared = json_array();

	for (size_t i = 0; i < ARRAY_LENGTH(enrolling); i++)
		json_array_append_new(spared, json_string(enrolling[i]));
	return json_pack("{s:s, s:[{s:s, s:s, s:o, s:s, s:{s:{s:s}}}]}", "Version", "2012-10-17",
		"Statement", "Sid", "DenyAllButEnrollingMFA", "Effect", "Deny", "NotAction", spared,
		"Resource", "*", "Condition", "BoolIfExists", "aws:MultiFactorAuthPresent", "false");
}

/* Returns the string of a string or of a list of one string; else NULL. */
static const char *single(const json_t *value)
{
	if (json_is_array(value) && json_array_size(value) == 1)
		value = json_array_get(value, 0);
	return json_string_value(value);
}

/* Returns the member of that name when the object has no other. IAM's names of operators, keys and
 * actions are not case-sensitive. */
static const json_t *only_member(const json_t *object, const char *name)
{
	void *first = json_object_iter((json_t *)object);

	return json_object_size(object) == 1 && strcasecmp(json_object_iter_key(first), name) == 0
		? json_object_iter_value(first)
		: NULL;
}

static bool is_spared(const char *action)
{
	for (size_t i = 0; i < ARRAY_LENGTH(enrolling); i++)
		if (strcasecmp(action, enrolling[i]) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_LENGTH(tolerated); i++)
		if (strcasecmp(action, tolerated[i]) == 0)
			return true;
	return false;
}

static bool spares_enrolling_only(const json_t *actions)
{
	size_t index;
	json_t *action;

	if (json_is_string(actions))
		return is_spared(json_string_value(actions));
	json_array_foreach((json_t *)actions, index, action)
		if (!json_is_string(action) || !is_spared(json_string_value(action)))
			return false;
	return json_array_size(actions) > 0;
}

static bool denies_without_mfa(const json_t *statement)
{
	const json_t *present =
		only_member(only_member(json_object_get(statement, "Condition"), "BoolIfExists"),
			"aws:MultiFactorAuthPresent");
	const char *resource = single(json_object_get(statement, "Resource")), *value = single(present);

	return strcmp(json_get_string_or(statement, "Effect", ""), "Deny") == 0 && resource != NULL &&
		strcmp(resource, "*") == 0 && json_object_get(statement, "Action") == NULL &&
		spares_enrolling_only(json_object_get(statement, "NotAction")) &&
		(json_is_false(present) || (value != NULL && strcasecmp(value, "false") == 0));
}

bool iam_mfa_policy_holds(const json_t *document)
{
	const json_t *statements = json_object_get(document, "Statement");
	size_t index;
	json_t *statement;

	if (json_is_object(statements))
		return denies_without_mfa(statements);
	json_array_foreach((json_t *)statements, index, statement)
		if (denies_without_mfa(statement))
			return true;
	return false;
}
