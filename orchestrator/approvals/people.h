/* Identifies people. The configuration's "people" name each person once, with their identities:
 * system users, API tokens, AWS identities. The name is what counts, so a person is the same by
 * whichever identity they come. An identity that is mapped to nobody, or to more than one person,
 * is refused (code UnknownPerson or AmbiguousPerson); what callers say about themselves never
 * counts as an identity. */
#ifndef REEVE_APPROVALS_PEOPLE_H
#define REEVE_APPROVALS_PEOPLE_H

#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"

#include <stdbool.h>
#include <sys/types.h>

#define PERSON_NAME_SIZE 160
#define PERSON_VIA_SIZE 320
#define PERSON_USER_SIZE 264

struct aws;
struct loop;

struct person {
	char name[PERSON_NAME_SIZE]; /* as the configuration writes it */
	char via[PERSON_VIA_SIZE];   /* the identity that was used, for records: "system user ann", "API
									token 3f2a…", an ARN */
};

/* Finds the person by a user of this system: of this process (getuid), or of the peer of a UNIX
 * socket (SO_PEERCRED). */
int people_by_uid(const struct config *config, uid_t uid, struct person *out, struct err *err)
	MUST_CHECK;

/* Who requests changes: the system user of this process, and the person who has it, with an empty
 * name when there is none. */
struct approvals_asker {
	struct person person;
	char user[PERSON_USER_SIZE];
};
/* A user who is mapped to two people is an error. */
int approvals_find_asker(const struct config *config, struct approvals_asker *out, struct err *err)
	MUST_CHECK;

/* Finds the person by an API token. It takes the same time whether the token matches or not. */
int people_by_token(const struct config *config, const char *token, struct person *out,
	struct err *err) MUST_CHECK;

/* Finds the person by the ARN that AWS gave for their credentials (sts:GetCallerIdentity). The ARN
 * must come from AWS, never from the caller. */
int people_by_aws_arn(const struct config *config, const char *arn, struct person *out,
	struct err *err) MUST_CHECK;

/* Asks AWS whose credentials this process has been given (environment, profile, …), and who that
 * is. Called outside a fiber; runs the loop. */
int people_by_own_aws(struct loop *loop, struct aws *aws, const struct config *config,
	struct person *out, struct err *err) MUST_CHECK;

/* Writes the name of a system user, or "uid:1000" when it has none. */
void people_user_name(uid_t uid, char out[PERSON_USER_SIZE]);

/* Returns whether the system user (a name, or "uid:1000") belongs to that person. True when that
 * can't be found out, since the question is asked to keep people from approving their own requests.
 */
bool people_has_user(const struct config *config, const char *name, const char *user);

/* Returns whether the configuration has a person of that name. */
bool people_exists(const struct config *config, const char *name);

#endif
