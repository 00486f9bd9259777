/* Checks patterns: the checking half of the operators. Refuses what AWS's PutRule refuses. */
#include "config/pattern/check.h"

#include "base/json_write.h"
#include "config/document/nearest.h"
#include "config/pattern/pattern.h"
#include "config/pattern/text.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/json.h"
#include "config/pattern/internal.h"

#include <stdlib.h>

#define POINTER_MAX_BYTES 8192
#define NAMES_MAX_BYTES 256

typedef void operand_check(const json_t *operand, const struct where *where,
	struct complaints *complaints);

/* --- single texts --- */

/* Returns why a text is refused; NULL when it is accepted. */
typedef const char *text_fault(const char *text);

static const char *any_text(const char *text)
{
	(void)text;
	return NULL;
}

static const char *some_text(const char *text)
{
	return text[0] == '\0' ? "must not be empty here: every text begins and ends with nothing"
						   : NULL;
}

static const char *wildcard_text(const char *text)
{
	const char *reason = NULL;

	return wildcard_check(text, &reason) < 0 ? reason : NULL;
}

static void check_text(const json_t *value, text_fault *fault, const struct where *where,
	struct complaints *complaints)
{
	const char *text = json_string_value(value), *reason;

	if (text == NULL)
		complain(complaints, where, "WrongType", "must be a string, not %s", json_kind(value));
	else if (strlen(text) != json_string_length(value))
		complain(complaints, where, "NulByte",
			"holds a NUL character (\\u0000), which no pattern can have");
	else if ((reason = fault(text)) != NULL)
		complain(complaints, where, "BadPattern", "%s %s", quote(text).text, reason);
}

static void check_texts(const json_t *value, text_fault *fault, const struct where *where,
	struct complaints *complaints)
{
	size_t index;
	json_t *item;

	if (!json_is_array(value)) {
		check_text(value, fault, where, complaints);
		return;
	}
	if (json_array_size(value) == 0)
		complain(complaints, where, "BadPattern", "must not be an empty list");
	json_array_foreach(value, index, item)
		check_text(item, fault, &(struct where){ .up = where, .index = index }, complaints);
}

/* Finds the only member of an operator's object. Complains unless there is exactly one. */
static const char *only_key(const json_t *object, const struct where *where,
	struct complaints *complaints)
{
	if (json_object_size(object) == 1)
		return json_object_iter_key(json_object_iter((json_t *)object));
	complain(complaints, where, "BadPattern",
		"must have exactly one operator, such as {\"prefix\": \"aws.\"}, not %zu; alternatives are "
		"items of the list around it",
		json_object_size(object));
	return NULL;
}

/* --- the operators --- */

static void check_one_text(const char *operator, const json_t * operand, text_fault *fault,
	const struct where *where, struct complaints *complaints)
{
	if (json_is_array(operand))
		complain(complaints, where, "WrongType",
			"must be one string; for several, write one {\"%s\": …} for each", operator);
	else
		check_text(operand, fault, where, complaints);
}

/* A text, or {"equals-ignore-case": a text}. */
static void check_affix(const char *operator, const json_t * operand, const struct where *where,
	struct complaints *complaints)
{
	const char *key;

	if (!json_is_object(operand)) {
		check_one_text(operator, operand, any_text, where, complaints);
		return;
	}
	if ((key = only_key(operand, where, complaints)) == NULL)
		return;
	const struct where inner = { .up = where, .key = key };
	if (strcmp(key, "equals-ignore-case") != 0)
		complain_key(complaints, &inner, "UnknownOperator",
			"\"%s\" takes a string, or {\"equals-ignore-case\": …}, not %s", operator,
			quote(key).text);
	else
		check_one_text(key, json_object_get(operand, key), any_text, &inner, complaints);
}

static void check_prefix(const json_t *operand, const struct where *where,
	struct complaints *complaints)
{
	check_affix("prefix", operand, where, complaints);
}

static void check_suffix(const json_t *operand, const struct where *where,
	struct complaints *complaints)
{
	check_affix("suffix", operand, where, complaints);
}

static void check_equals_ignore_case(const json_t *operand, const struct where *where,
	struct complaints *complaints)
{
	check_one_text("equals-ignore-case", operand, any_text, where, complaints);
}

static void check_wildcard(const json_t *operand, const struct where *where,
	struct complaints *complaints)
{
	check_one_text("wildcard", operand, wildcard_text, where, complaints);
}

static bool check_number(const json_t *value, const struct where *where,
	struct complaints *complaints)
{
	double number = json_number_value(value);

	if (!json_is_number(value)) {
		complain(complaints, where, "WrongType", "must be a number, not %s", json_kind(value));
		return false;
	}
	if (number >= -PATTERN_LARGEST_NUMBER && number <= PATTERN_LARGEST_NUMBER)
		return true;
	complain(complaints, where, "OutOfRange",
		"must be between -5e9 and 5e9, beyond which numbers are not compared; not %s",
		quote_json(value).text);
	return false;
}

/* The forms that anything-but has beside plain values. */
static const struct {
	const char *name;
	text_fault *fault;
} anything_but_forms[] = {
	{ "prefix", some_text },
	{ "suffix", some_text },
	{ "equals-ignore-case", any_text },
	{ "wildcard", wildcard_text },
};

static void check_anything_but_form(const json_t *operand, const struct where *where,
	struct complaints *complaints)
{
	const char *key = only_key(operand, where, complaints);

	if (key == NULL)
		return;
	const struct where inner = { .up = where, .key = key };
	for (size_t i = 0; i < ARRAY_LENGTH(anything_but_forms); i++) {
		if (strcmp(key, anything_but_forms[i].name) == 0) {
			check_texts(json_object_get(operand, key), anything_but_forms[i].fault, &inner,
				complaints);
			return;
		}
	}
	complain_key(complaints, &inner, "UnknownOperator",
		"\"anything-but\" takes values, \"prefix\", \"suffix\", \"equals-ignore-case\" or "
		"\"wildcard\", not %s",
		quote(key).text);
}

static void check_excluded(const json_t *value, const struct where *where,
	struct complaints *complaints)
{
	if (json_is_number(value))
		(void)check_number(value, where, complaints);
	else if (json_is_string(value))
		check_text(value, any_text, where, complaints);
	else
		complain(complaints, where, "WrongType", "must be a string or a number, not %s",
			json_kind(value));
}

static void check_anything_but(const json_t *operand, const struct where *where,
	struct complaints *complaints)
{
	size_t index, strings = 0, numbers = 0;
	json_t *item;

	if (json_is_object(operand)) {
		check_anything_but_form(operand, where, complaints);
		return;
	}
	if (!json_is_array(operand)) {
		check_excluded(operand, where, complaints);
		return;
	}
	json_array_foreach(operand, index, item) {
		check_excluded(item, &(struct where){ .up = where, .index = index }, complaints);
		strings += json_is_string(item);
		numbers += json_is_number(item);
	}
	if (json_array_size(operand) == 0)
		complain(complaints, where, "BadPattern", "must not be an empty list");
	if (strings > 0 && numbers > 0)
		complain(complaints, where, "BadPattern", "must have either strings or numbers, not both");
}

static bool is_one_of(const char *text, const char *a, const char *b)
{
	return text != NULL && (strcmp(text, a) == 0 || strcmp(text, b) == 0);
}

/* ["=", n], ["<", n], ["<=", n], [">", n], [">=", n], or a range: [">", n, "<=", m]. */
static void check_numeric(const json_t *operand, const struct where *where,
	struct complaints *complaints)
{
	const char *first = json_string_value(json_array_get(operand, 0)),
			   *second = json_string_value(json_array_get(operand, 2));
	size_t count = json_array_size(operand), before = complaints->count;

	bool one = count == 2 && first != NULL &&
		(is_one_of(first, "=", "<") || is_one_of(first, "<=", ">") || strcmp(first, ">=") == 0);
	bool range = count == 4 && is_one_of(first, ">", ">=") && is_one_of(second, "<", "<=");
	if (!one && !range) {
		complain(complaints, where, "BadPattern",
			"must be [OPERATOR, NUMBER] with one of = < <= > >=, or a range with its lower bound "
			"first, such as [\">\", 0, \"<=\", 5]");
		return;
	}
	for (size_t i = 1; i < count; i += 2)
		(void)check_number(json_array_get(operand, i), &(struct where){ .up = where, .index = i },
			complaints);
	if (range && complaints->count == before &&
		json_number_value(json_array_get(operand, 1)) >=
			json_number_value(json_array_get(operand, 3)))
		complain(complaints, where, "BadPattern",
			"is an empty range: its lower bound must be less than its upper one");
}

static void check_cidr(const json_t *operand, const struct where *where,
	struct complaints *complaints)
{
	const char *text = json_string_value(operand), *reason = NULL;
	struct cidr network;

	if (text == NULL)
		check_one_text("cidr", operand, any_text, where, complaints);
	else if (strlen(text) != json_string_length(operand) || cidr_parse(text, &network, &reason) < 0)
		complain(complaints, where, "BadPattern", "%s %s", quote(text).text,
			reason != NULL ? reason : "must be a network");
}

static void check_exists(const json_t *operand, const struct where *where,
	struct complaints *complaints)
{
	if (!json_is_boolean(operand))
		complain(complaints, where, "WrongType", "must be true or false, not %s",
			json_kind(operand));
}

static const struct {
	const char *name;
	operand_check *check;
} operators[] = {
#define OPERATOR(name, symbol) { name, check_##symbol },
#include "config/pattern/operators.def"
#undef OPERATOR
};

static void complain_unknown_operator(const char *name, const struct where *where,
	struct complaints *complaints)
{
	CLEANUP_BUF struct buf known = BUF_INIT(NAMES_MAX_BYTES);
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (size_t i = 0; i < ARRAY_LENGTH(operators); i++) {
		nearest_offer(&nearest, operators[i].name);
		buf_add_format(&known, "%s%s", i > 0 ? ", " : "", operators[i].name);
	}
	if (nearest.best != NULL)
		complain_key(complaints, where, "UnknownOperator",
			"unknown operator %s; did you mean \"%s\"?", quote(name).text, nearest.best);
	else
		complain_key(complaints, where, "UnknownOperator", "unknown operator %s; known: %s",
			quote(name).text, known.data);
}

/* --- fields --- */

static void check_alternative(const json_t *value, const struct where *where,
	struct complaints *complaints)
{
	const char *key;

	if (json_is_array(value)) {
		complain(complaints, where, "WrongType",
			"must be a value or an operator, not a list in the list");
		return;
	}
	if (json_is_string(value))
		check_text(value, any_text, where, complaints);
	if (!json_is_object(value) || (key = only_key(value, where, complaints)) == NULL)
		return;
	const struct where inner = { .up = where, .key = key };
	for (size_t i = 0; i < ARRAY_LENGTH(operators); i++) {
		if (strcmp(operators[i].name, key) == 0) {
			operators[i].check(json_object_get(value, key), &inner, complaints);
			return;
		}
	}
	complain_unknown_operator(key, &inner, complaints);
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

	for (size_t i = 0; i < ARRAY_LENGTH(operators); i++)
		if (strcmp(operators[i].name, name) == 0)
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
