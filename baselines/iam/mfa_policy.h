/*
 * The policy that denies everything but enrolling MFA until MFA is present.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html
 */
#ifndef REEVE_BASELINES_IAM_MFA_POLICY_H
#define REEVE_BASELINES_IAM_MFA_POLICY_H

#include <jansson.h>
#include <stdbool.h>

/* Returns the document that the remediation attaches; new reference. */
json_t *iam_mfa_policy(void);

/* Returns whether a policy document, whoever wrote it, forces users to enrol MFA: one of its
 * statements denies on every resource, without MFA, all actions except some of those that enrolling
 * needs. */
bool iam_mfa_policy_holds(const json_t *document);

#endif
