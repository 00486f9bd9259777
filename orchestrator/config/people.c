/* The people whom the configuration names, and what they are known by; who of them approves. */
#include "config/internal.h"

#include "base/banned.h"
#include "base/json.h"

#define PERSON_NAME_MAX_BYTES 128
#define SYSTEM_USER_MAX_BYTES 256
#define ARN_MAX_BYTES 2048

/* --- checks of single values, for the rows --- */

static bool has_control_character(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}

int check_person_name(const char *value, const char **reason)
{
	size_t length = strlen(value);

	*reason =
		"must be another name: records have this one for whoever is no person of the configuration";
	if (strcmp(value, PERSON_UNKNOWN) == 0 ||
		strncmp(value, PERSON_SYSTEM_PREFIX, strlen(PERSON_SYSTEM_PREFIX)) == 0)
		return -1;
	*reason =
		"must be a name of 1 to 128 bytes, without control characters and without blanks around it";
	return length > 0 && length <= PERSON_NAME_MAX_BYTES && value[0] != ' ' &&
			value[length - 1] != ' ' && !has_control_character(value)
		? 0
		: -1;
}

/* A name has no colon in it (passwd(5)), so the numbered form can't be taken for one. */
int check_system_user(const char *value, const char **reason)
{
	size_t digits;

	*reason =
		"must be the name of a system user, or \"uid:\" and a user's number, such as \"uid:1000\"";
	if (strncmp(value, "uid:", 4) == 0) {
		digits = strspn(value + 4, "0123456789");
		return digits >= 1 && digits <= 10 && value[4 + digits] == '\0' &&
				strtoull(value + 4, NULL, 10) < UINT32_MAX
			? 0
			: -1;
	}
	return value[0] != '\0' && strlen(value) <= SYSTEM_USER_MAX_BYTES &&
			strpbrk(value, ": ") == NULL && !has_control_character(value)
		? 0
		: -1;
}

/* The account has to be written out: anyone can have a role of any name in an account of their own.
 */
int check_identity_arn(const char *value, const char **reason)
{
	static const char *const starts[] = { "arn:aws:iam::", "arn:aws:sts::", "arn:aws-us-gov:iam::",
		"arn:aws-us-gov:sts::", "arn:aws-cn:iam::", "arn:aws-cn:sts::" };

	*reason =
		"must be the ARN of a user or an assumed role with its account written out, such as "
		"\"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Security_*/ann@example.com\"";
	if (strlen(value) > ARN_MAX_BYTES || has_control_character(value))
		return -1;
	for (size_t i = 0; i < ARRAY_LENGTH(starts); i++) {
		const char *account = value + strlen(starts[i]);

		if (strncmp(value, starts[i], strlen(starts[i])) == 0)
			return strspn(account, "0123456789") == 12 && account[12] == ':' && account[13] != '\0'
				? 0
				: -1;
	}
	return -1;
}

int check_token_hash(const char *value, const char **reason)
{
	*reason = "must be the SHA-256 of a token in 64 hexadecimal digits, in lower case (printf %s "
			  "TOKEN | sha256sum)";
	return strspn(value, "0123456789abcdef") == 64 && value[64] == '\0' ? 0 : -1;
}

/* --- checks across the sections --- */

static const struct where top = { .up = NULL };

/* What stands for two people stands for none; `seen` has what was met so far, with its person's
 * number. */
static void check_identities(const json_t *person, const char *key, size_t number,
	const struct where *item, json_t *seen, struct complaints *complaints)
{
	const struct where list = { .up = item, .key = key };
	size_t index;
	json_t *value;

	json_array_foreach(json_object_get(person, key), index, value) {
		const struct where place = { .up = &list, .index = index };
		const json_t *other = json_object_get(seen, json_string_value(value));

		if (other != NULL && json_integer_value(other) != (json_int_t)number)
			complain(complaints, &place, "Duplicate",
				"%s is known as /people/%" JSON_INTEGER_FORMAT
				" already: it must stand for one person",
				quote(json_string_value(value)).text, json_integer_value(other));
		json_object_set_new(seen, json_string_value(value), json_integer((json_int_t)number));
	}
}

/* Fills `names` with those of the people. */
static void check_people(const struct config *config, json_t *names, struct complaints *complaints)
{
	static const char *const keys[] = { "system_users", "aws", "tokens" };
	const struct where section = { .up = &top, .key = "people" };
	CLEANUP_JSON json_t *seen = json_pack("{s:{}, s:{}, s:{}}", keys[0], keys[1], keys[2]);
	size_t number;
	json_t *person;

	json_array_foreach(config_get(config, "people"), number, person) {
		const struct where item = { .up = &section, .index = number },
						   place = { .up = &item, .key = "name" };
		const char *name = json_get_string(person, "name");

		if (name != NULL && json_object_get(names, name) != NULL)
			complain(complaints, &place, "Duplicate", "there is a person %s already",
				quote(name).text);
		if (name != NULL)
			json_object_set_new(names, name, json_true());
		for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
			check_identities(person, keys[i], number, &item, json_object_get(seen, keys[i]),
				complaints);
	}
}

static void check_approver(const char *name, const json_t *names, const struct where *place,
	struct complaints *complaints)
{
	struct nearest nearest;
	const char *known;
	json_t *unused;

	if (json_object_get(names, name) != NULL)
		return;
	nearest_init(&nearest, name);
	json_object_foreach((json_t *)names, known, unused)
		nearest_offer(&nearest, known);
	if (nearest.best != NULL)
		complain(complaints, place, "UnknownPerson",
			"there is no %s in \"people\"; did you mean %s?", quote(name).text,
			quote(nearest.best).text);
	else
		complain(complaints, place, "UnknownPerson", "there is no %s in \"people\"",
			quote(name).text);
}

void people_check(const struct config *config, struct complaints *complaints)
{
	const struct where section = { .up = &top, .key = "approvals" },
					   list = { .up = &section, .key = "approvers" },
					   required = { .up = &section, .key = "required" };
	const json_t *approvals = config_get(config, "approvals"),
				 *approvers = json_object_get(approvals, "approvers");
	CLEANUP_JSON json_t *names = json_object();
	size_t index;
	json_t *name;

	check_people(config, names, complaints);
	json_array_foreach(approvers, index, name) {
		const struct where place = { .up = &list, .index = index };

		check_approver(json_string_value(name), names, &place, complaints);
	}
	size_t most = json_array_size(approvers) > 0 ? json_array_size(approvers)
												 : json_object_size(names);
	json_int_t needed = json_get_integer_or(approvals, "required", 1);
	/* Without people nobody can approve, which is well as long as nobody asks for more. */
	if (needed > (json_int_t)most && (most > 0 || needed > 1))
		complain(complaints, &required, "OutOfRange",
			"is %" JSON_INTEGER_FORMAT
			", but only %zu can approve: no change ever would be approved",
			needed, most);
}
