#include "approvals/people.h"

#include "accounts/session.h"
#include "aws/client.h"
#include "aws/client_view.h"
#include "aws/session.h"
#include "aws/sigv4/sigv4.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/values.h"
#include "io/fiber.h"
#include "io/loop.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <pwd.h>
#include <unistd.h>

#define PASSWD_FIRST_BYTES 4096
#define PASSWD_MAX_BYTES (1024 * 1024)

/* Collects the people to whom an identity is mapped: none, one, or more, which is an error. */
struct search {
	const struct config *config;
	const char *first, *second; /* borrowed from the configuration */
};

static void found(struct search *search, const json_t *person)
{
	const char *name = json_get_string_or(person, "name", "");

	if (search->first == NULL)
		search->first = name;
	else if (search->second == NULL && strcmp(search->first, name) != 0)
		search->second = name;
}

/* Gives the one person that was found. `what` names the identity in messages; `key` is the member
 * of "people" that lists such identities. */
static int conclude(const struct search *search, const char *what, const char *key,
	struct person *out, struct err *err)
{
	if (search->first == NULL)
		return err_set(err, ERR_CONFIG, "UnknownPerson",
			"%s is not mapped to a person; add it to \"%s\" of one of the \"people\" in %s", what,
			key, config_path(search->config));
	if (search->second != NULL)
		return err_set(err, ERR_CONFIG, "AmbiguousPerson",
			"%s is mapped to both %s and %s; keep it in \"%s\" of only one of the \"people\" in %s",
			what, search->first, search->second, key, config_path(search->config));
	snprintf(out->name, sizeof out->name, "%s", search->first);
	return 0;
}

/* --- system users --- */

/* Looks up a user by name, or by uid when that is NULL. *exists is false when there is none. */
static int look_up(const char *name, uid_t uid, struct passwd *entry, char **memory, bool *exists,
	struct err *err)
{
	struct passwd *result = NULL;
	int code;

	*memory = NULL;
	for (size_t size = PASSWD_FIRST_BYTES; size <= PASSWD_MAX_BYTES; size *= 4) {
		*memory = xrealloc(*memory, size);
		do
			code = name != NULL ? getpwnam_r(name, entry, *memory, size, &result)
								: getpwuid_r(uid, entry, *memory, size, &result);
		while (code == EINTR);
		if (code != ERANGE)
			break;
	}
	*exists = result != NULL;
	/* Many codes mean that there is no such user (getpwnam_r(3)). Those of a user directory that
	 * doesn't answer must not be taken for that. */
	if (result == NULL &&
		(code == EIO || code == ENOMEM || code == EMFILE || code == ENFILE || code == ERANGE ||
			code == ETIMEDOUT || code == EAGAIN))
		return err_set(err, ERR_SYSTEM, "NoUserDatabase",
			"the system user %s can't be looked up: %s", name != NULL ? name : "of this process",
			strerror(code));
	return 0;
}

/* Gives the uid of a configured user; *exists is false when the system has no such user. */
static int uid_of(const char *user, uid_t *uid, bool *exists, struct err *err)
{
	struct passwd entry;
	CLEANUP_FREE char *memory = NULL;

	*exists = true;
	if (strncmp(user, "uid:", 4) == 0) {
		*uid = (uid_t)strtoull(user + 4, NULL, 10);
		return 0;
	}
	if (look_up(user, 0, &entry, &memory, exists, err) < 0)
		return -1;
	if (*exists)
		*uid = entry.pw_uid;
	return 0;
}

void people_user_name(uid_t uid, char out[PERSON_USER_SIZE])
{
	struct passwd entry;
	CLEANUP_FREE char *memory = NULL;
	bool exists = false;

	if (look_up(NULL, uid, &entry, &memory, &exists, NULL) == 0 && exists)
		snprintf(out, PERSON_USER_SIZE, "%s", entry.pw_name);
	else
		snprintf(out, PERSON_USER_SIZE, "uid:%lu", (unsigned long)uid);
}

/* Users are compared by uid, so two names of one uid are the same user. */
static int has_uid(const json_t *person, uid_t uid, bool *has, struct err *err)
{
	size_t index;
	json_t *user;

	*has = false;
	json_array_foreach(json_object_get(person, "system_users"), index, user) {
		uid_t theirs = 0;
		bool exists;

		if (uid_of(json_string_value(user), &theirs, &exists, err) < 0)
			return -1;
		*has |= exists && theirs == uid;
	}
	return 0;
}

int people_by_uid(const struct config *config, uid_t uid, struct person *out, struct err *err)
{
	struct search search = { .config = config };
	char user[PERSON_USER_SIZE], what[PERSON_USER_SIZE + 64];
	size_t index;
	json_t *person;
	bool has;

	json_array_foreach(config_get(config, "people"), index, person) {
		if (has_uid(person, uid, &has, err) < 0)
			return -1;
		if (has)
			found(&search, person);
	}
	people_user_name(uid, user);
	snprintf(out->via, sizeof out->via, "system user %s", user);
	snprintf(what, sizeof what, "the system user %s (uid:%lu)", user, (unsigned long)uid);
	return conclude(&search, what, "system_users", out, err);
}

int approvals_find_asker(const struct config *config, struct approvals_asker *out, struct err *err)
{
	struct err unknown = ERR_INIT;

	if (people_by_uid(config, getuid(), &out->person, &unknown) < 0) {
		/* A user who is mapped to no person is no error: the schedule runs as such a user. */
		if (strcmp(unknown.code, "UnknownPerson") != 0) {
			*err = unknown;
			return -1;
		}
		out->person.name[0] = '\0';
	}
	people_user_name(getuid(), out->user);
	return 0;
}

static const json_t *person_of(const struct config *config, const char *name)
{
	size_t index;
	json_t *person;

	json_array_foreach(config_get(config, "people"), index, person)
		if (strcmp(json_get_string_or(person, "name", ""), name) == 0)
			return person;
	return NULL;
}

bool people_exists(const struct config *config, const char *name)
{
	return person_of(config, name) != NULL;
}

bool people_has_user(const struct config *config, const char *name, const char *user)
{
	const json_t *person = person_of(config, name);
	uid_t uid = 0;
	bool exists, has = false;
	size_t index;
	json_t *item;

	json_array_foreach(json_object_get(person, "system_users"), index, item)
		if (strcmp(json_string_value(item), user) == 0)
			return true;
	if (person == NULL || user[0] == '\0')
		return false;
	if (uid_of(user, &uid, &exists, NULL) < 0)
		return true;
	return exists && (has_uid(person, uid, &has, NULL) < 0 || has);
}

/* --- API tokens --- */

int people_by_token(const struct config *config, const char *token, struct person *out,
	struct err *err)
{
	struct search search = { .config = config };
	char hash[65];
	size_t index, i;
	json_t *person, *theirs;

	if (token[0] == '\0')
		return err_set(err, ERR_CONFIG, "UnknownPerson", "the API token is empty");
	sigv4_sha256_hex(token, strlen(token), hash);
	json_array_foreach(config_get(config, "people"), index, person) {
		json_array_foreach(json_object_get(person, "tokens"), i, theirs)
			if (json_string_length(theirs) == 64 &&
				CRYPTO_memcmp(json_string_value(theirs), hash, 64) == 0)
				found(&search, person);
	}
	/* A record shows enough of the hash to tell two tokens apart, and nothing of the token. */
	snprintf(out->via, sizeof out->via, "API token %.16s…", hash);
	return conclude(&search, "the API token", "tokens", out, err);
}

/* --- AWS identities --- */

/* In a pattern, * and ? match within one part of the ARN only, so that a name that somebody chooses
 * can't imitate another part. */
static bool arn_matches(const char *glob, const char *arn)
{
	const char *star = NULL, *resume = NULL;

	while (*arn != '\0') {
		bool separator = *arn == ':' || *arn == '/';

		if (*glob == '*') {
			star = glob++;
			resume = arn;
		} else if (*glob == *arn || (*glob == '?' && !separator)) {
			glob++;
			arn++;
		} else if (star != NULL && *resume != ':' && *resume != '/') {
			glob = star + 1;
			arn = ++resume;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return *glob == '\0';
}

int people_by_aws_arn(const struct config *config, const char *arn, struct person *out,
	struct err *err)
{
	struct search search = { .config = config };
	char what[PERSON_VIA_SIZE + 64];
	size_t index, i;
	json_t *person, *glob;

	json_array_foreach(config_get(config, "people"), index, person) {
		json_array_foreach(json_object_get(person, "aws"), i, glob)
			if (arn_matches(json_string_value(glob), arn))
				found(&search, person);
	}
	snprintf(out->via, sizeof out->via, "%s", arn);
	snprintf(what, sizeof what, "the AWS identity %.300s", arn);
	return conclude(&search, what, "aws", out, err);
}

struct question {
	struct aws *aws;
	const struct config *config;
	struct person *out;
	struct err *err;
	int result;
};

static MAY_YIELD int ask(const struct question *question)
{
	struct aws_session *session = aws_session_default(question->aws);
	struct aws_reader reader = { question->aws, session, "", session_permissions, NULL };
	struct aws_call call = { .operation = &aws_sts_GetCallerIdentity,
		.region = config_string(question->config, "organization", "home_region") };
	CLEANUP_JSON json_t *output = NULL;
	int result = aws_read(&reader, &call, &output, question->err);

	aws_session_release(session);
	if (result < 0)
		return err_prefix(question->err, "AWS could not be asked for your identity");
	if (json_get_string(output, "Arn") == NULL)
		return err_set(question->err, ERR_PROTOCOL, "NoIdentity",
			"AWS's answer does not say whose credentials these are");
	return people_by_aws_arn(question->config, json_get_string(output, "Arn"), question->out,
		question->err);
}

static MAY_YIELD void answer(void *argument)
{
	struct question *question = argument;

	question->result = ask(question);
}

int people_by_own_aws(struct loop *loop, struct aws *aws, const struct config *config,
	struct person *out, struct err *err)
{
	struct question question = { aws, config, out, err, -1 };

	if (fiber_spawn(loop, "identity", answer, &question, err) < 0)
		return -1;
	loop_run(loop);
	return question.result;
}
