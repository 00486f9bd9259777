/*
 * People: who it is that asks or answers. The configuration's "people" name each person once, with
 * what they are known by: system users, API tokens, AWS identities. Whatever somebody came by, it
 * is the name that counts: the same person is the same on every way in.
 *
 * An identity that stands for nobody, or for more than one person, is refused (code UnknownPerson
 * or AmbiguousPerson); nothing that a caller says of themselves is ever taken for an identity.
 */
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
	char via[PERSON_VIA_SIZE];   /* what they came by, for records: "system user ann", "API token
									3f2a…", an ARN */
};

/* By a user of this system: of this process (getuid), or of the peer of a UNIX socket
 * (SO_PEERCRED). */
int people_by_uid(const struct config *config, uid_t uid, struct person *out, struct err *err)
	MUST_CHECK;

/* By an API token as it was presented. Takes the same time whichever token it is, or none. */
int people_by_token(const struct config *config, const char *token, struct person *out,
	struct err *err) MUST_CHECK;

/* By the ARN that AWS gave for somebody's credentials (sts:GetCallerIdentity). The ARN must come
 * from AWS, never from whom it is about. */
int people_by_aws_arn(const struct config *config, const char *arn, struct person *out,
	struct err *err) MUST_CHECK;

/* Asks AWS whose credentials this process has been given (environment, profile, …), and who that
 * is. Called outside a fiber; runs the loop. */
int people_by_own_aws(struct loop *loop, struct aws *aws, const struct config *config,
	struct person *out, struct err *err) MUST_CHECK;

/* The name of a system user, or "uid:1000" where it has none. */
void people_user_name(uid_t uid, char out[PERSON_USER_SIZE]);

/* Whether the system user (a name, or "uid:1000") is one of that person's. Yes where it can't be
 * told: this is asked to keep people from approving what is their own. */
bool people_has_user(const struct config *config, const char *name, const char *user);

/* Whether somebody of that name is in the configuration. */
bool people_exists(const struct config *config, const char *name);

#endif
