/*
 * IAM policy documents: parsing and the decision whether they allow an action.
 * Understood: Effect, Action, NotAction, Resource, NotResource (with * and ?)
 * and a Condition's StringEquals and StringLike over the keys of a struct
 * policy_context, whose values may be one of these keys as ${key}. A condition
 * that isn't understood makes an Allow not apply and a Deny apply. Equal
 * documents are kept once and never freed.
 */
#ifndef SIM_POLICY_H
#define SIM_POLICY_H

#include <stdbool.h>

struct policy;

enum policy_decision { POLICY_SILENT, POLICY_ALLOWS, POLICY_DENIES };

/* The keys that conditions can use; NULL: the key is absent. */
struct policy_context {
	const char *aws_service_name;  /* iam:AWSServiceName */
	const char *principal_account; /* aws:PrincipalAccount */
	const char *resource_account;  /* aws:ResourceAccount */
	const char *principal_org;     /* aws:PrincipalOrgID */
	const char *resource_org;      /* aws:ResourceOrgID */
	const char *source_identity;   /* aws:SourceIdentity */
	const char *external_id;       /* sts:ExternalId */
};

/* Returns NULL and an error text when the document isn't a policy. */
const struct policy *policy_parse(const char *text, const char **error);
const struct policy *policy_load(const char *file);
/* Returns one of AWS's managed policies that only read, by the last part of its ARN; NULL when it
 * is unknown. */
const struct policy *policy_managed(const char *arn);
/* A NULL resource is not known, and matches any pattern. */
enum policy_decision policy_decide(const struct policy *policy, const char *action,
	const char *resource, const struct policy_context *context);

#endif
