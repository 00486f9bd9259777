/* Checks of the sections `people` and `approvals` across their items: names and identities that
 * occur twice, and approvers who don't exist. */
#include "config/people.h"

#include "config/document/nearest.h"
#include "config/internal.h"
#include "config/values.h"

#include "base/banned.h"
#include "base/json.h"

static const struct where top = { .up = NULL };

/* An identity of two people would stand for neither. `seen` has the identities so far, each with
 * the number of its person. */
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

/* Checks the people and fills `names` with their names. */
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
	/* Without people nobody can approve, which is fine as long as the configuration asks for no
	 * approvals. */
	if (needed > (json_int_t)most && (most > 0 || needed > 1))
		complain(complaints, &required, "OutOfRange",
			"is %" JSON_INTEGER_FORMAT
			", but only %zu can approve: no change would ever be approved",
			needed, most);
}
