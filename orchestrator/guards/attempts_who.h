/* Finds who undoes remediations, from CloudTrail. */
#ifndef REEVE_GUARDS_ATTEMPTS_WHO_H
#define REEVE_GUARDS_ATTEMPTS_WHO_H

#include "base/compiler.h"

struct attempts_question;
struct attempts_verdict;
struct attempts_who;
struct aws_reader;

/* Asks CloudTrail for the newest change of the resource since the last remediation that was not
 * made by Reeve (whose sessions are named "reeve-…"). Events appear in CloudTrail some minutes
 * later. Any failure (no permission, no such service) only means that the answer is not known.
 * `reader` is live, in the resource's account, with attempts_permissions declared. */
MAY_YIELD void attempts_who(struct aws_reader *reader, const struct attempts_question *question,
	struct attempts_who *who);

/* Adds to the verdict's message who undid the change, if that is known. */
void attempts_add_who(struct attempts_verdict *verdict, const struct attempts_who *who);

#endif
