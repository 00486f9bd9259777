/* Checks patterns: their fields, the "$or" lists and the limits on the whole. Refuses what AWS's
 * PutRule refuses. */
#include "config/pattern/check.h"

#include "base/json_write.h"
#include "config/pattern/check_operator.h"
#include "config/pattern/check_text.h"
#include "config/pattern/pattern.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/json.h"
#include "config/document/complain.h"

#define POINTER_MAX_BYTES 8192

static void check_alternative(const json_t *value, const struct where *where,
	struct complaints *complaints)
{
	if (json_is_array(value))
		complain(complaints, where, "WrongType",
			"must be a value or an operator, not a list in the list");
	else if (json_is_string(value))
		pattern_check_text(value, pattern_text_any, where, complaints);
	else if (json_is_object(value))
		pattern_check_operator(value, where, complaints);
}

static void check_leaf(const json_t *list, const struct where *where, struct complaints *complaints)
{
	size_t index;
	json_t *item;

	if (json_array_size(list) == 0)
		complain(complaints, where, "BadPattern",
			"must not be an empty list, which nothing could match");
	json_array_foreach(list, index, item)
		check_alternative(item, &(struct where){ .up = where, .index = index }, complaints);
}

/* Names that AWS refuses for fields inside of "$or", where they would be taken for operators of
 * one. */
static bool is_reserved(const char *name)
{
	static const char *const others[] = { "exactly", "regex", "=", "<", "<=", ">",
		">=", "not-wildcard", "not-equals-ignore-case" };

	if (pattern_is_operator(name))
		return true;
	for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
		if (strcmp(others[i], name) == 0)
			return true;
	return false;
}

static size_t check_object(const json_t *object, bool in_or, const struct where *where,
	struct complaints *complaints);

/* A number of combinations that is too large is replaced by the smallest such number, so that
 * sums and products can't overflow. */
static size_t bounded(size_t combinations)
{
	return combinations <= PATTERN_MAX_COMBINATIONS ? combinations : PATTERN_MAX_COMBINATIONS + 1;
}

/* Returns the number of combinations that the branches make together. */
static size_t check_or(const json_t *branches, const struct where *where,
	struct complaints *complaints)
{
	size_t index, combinations = 0;
	json_t *branch;

	if (!json_is_array(branches) || json_array_size(branches) < 2) {
		complain(complaints, where, "BadPattern",
			"must be a list of at least two objects, [{…}, {…}]");
		return 1;
	}
	json_array_foreach(branches, index, branch) {
		const struct where place = { .up = where, .index = index };

		if (json_is_object(branch))
			combinations = bounded(combinations + check_object(branch, true, &place, complaints));
		else
			complain(complaints, &place, "WrongType",
				"must be an object, {…}, not %s: \"$or\" is about fields; a field's values are "
				"alternatives already",
				json_kind(branch));
	}
	return combinations > 0 ? combinations : 1;
}

/* Returns the number of combinations that the object makes: the product, since each branch may
 * occur with each of the others. */
static size_t check_object(const json_t *object, bool in_or, const struct where *where,
	struct complaints *complaints)
{
	size_t combinations = 1;
	const char *key;
	json_t *value;

	if (json_object_size(object) == 0)
		complain(complaints, where, "BadPattern",
			"must not be an empty object; name a field, such as {\"source\": [\"aws.guardduty\"]}");
	json_object_foreach((json_t *)object, key, value) {
		const struct where place = { .up = where, .key = key };

		if (strcmp(key, "$or") == 0)
			combinations = bounded(combinations * check_or(value, &place, complaints));
		else if (in_or && is_reserved(key))
			complain_key(complaints, &place, "BadPattern",
				"no field inside of \"$or\" can be named %s; an operator stands in a field's list, "
				"{\"field\": [{%s: …}]}",
				quote(key).text, quote(key).text);
		else if (json_is_object(value))
			combinations = bounded(combinations * check_object(value, in_or, &place, complaints));
		else if (json_is_array(value))
			check_leaf(value, &place, complaints);
		else
			complain(complaints, &place, "WrongType",
				"must be a list of values, such as [%s], or an object of fields, not %s",
				quote_json(value).text, json_kind(value));
	}
	return combinations;
}

void pattern_complain(const json_t *pattern, const struct where *where,
	struct complaints *complaints)
{
	CLEANUP_BUF struct buf text = BUF_INIT(SIZE_MAX);
	size_t characters = 0;

	if (!json_is_object(pattern)) {
		complain(complaints, where, "WrongType", "must be an object, {…}, not %s",
			json_kind(pattern));
		return;
	}
	if (!json_fits(pattern, PATTERN_MAX_LEVELS)) {
		complain(complaints, where, "TooDeep", "is nested deeper than %d levels",
			PATTERN_MAX_LEVELS);
		return;
	}
	json_add_text(&text, pattern);
	for (size_t i = 0; i < text.length; i++)
		characters += ((unsigned char)text.data[i] & 0xc0) != 0x80;
	if (characters > PATTERN_MAX_CHARACTERS) {
		complain(complaints, where, "TooLarge", "has %zu characters; a pattern can have %d",
			characters, PATTERN_MAX_CHARACTERS);
		return;
	}
	if (check_object(pattern, false, where, complaints) > PATTERN_MAX_COMBINATIONS)
		complain(complaints, where, "TooMany",
			"its \"$or\" lists make more than %d combinations; write several patterns instead",
			PATTERN_MAX_COMBINATIONS);
}

int pattern_check(const json_t *pattern, char pointer[PATTERN_POINTER_SIZE], struct err *err)
{
	CLEANUP_BUF struct buf place = BUF_INIT(POINTER_MAX_BYTES);
	struct complaints complaints;

	complaints_init_first(&complaints, err);
	complaints.pointer = &place;
	pattern_complain(pattern, &(struct where){ .up = NULL }, &complaints);
	size_t kept = place.length < PATTERN_POINTER_SIZE ? place.length : PATTERN_POINTER_SIZE - 1;
	while (kept < place.length && kept > 0 && ((unsigned char)place.data[kept] & 0xc0) == 0x80)
		kept--; /* never half of a UTF-8 character */
	memcpy(pointer, place.data, kept);
	pointer[kept] = '\0';
	return complaints.count == 0 ? 0 : -1;
}
