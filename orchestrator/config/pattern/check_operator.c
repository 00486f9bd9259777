/* Checks the operators of patterns and what they are applied to. */
#include "config/pattern/check_operator.h"

#include "config/document/nearest.h"
#include "config/pattern/check_text.h"
#include "config/pattern/text.h"

#include "base/banned.h"
#include "base/buf.h"
#include "config/pattern/internal.h"

#define NAMES_MAX_BYTES 256

typedef void operand_check(const json_t *operand, const struct where *where,
	struct complaints *complaints);

/* Finds the only member of an operator's object. Complains unless there is exactly one. */
static const char *only_operator(const json_t *object, const struct where *where,
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

/* A text, or {"equals-ignore-case": a text}. */
static void check_affix(const char *operator, const json_t * operand, const struct where *where,
	struct complaints *complaints)
{
	const char *key;

	if (!json_is_object(operand)) {
		pattern_check_one_text(operator, operand, pattern_text_any, where, complaints);
		return;
	}
	if ((key = only_operator(operand, where, complaints)) == NULL)
		return;
	const struct where inner = { .up = where, .key = key };
	if (strcmp(key, "equals-ignore-case") != 0)
		complain_key(complaints, &inner, "UnknownOperator",
			"\"%s\" takes a string, or {\"equals-ignore-case\": …}, not %s", operator,
			quote(key).text);
	else
		pattern_check_one_text(key, json_object_get(operand, key), pattern_text_any, &inner,
			complaints);
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
	pattern_check_one_text("equals-ignore-case", operand, pattern_text_any, where, complaints);
}

static void check_wildcard(const json_t *operand, const struct where *where,
	struct complaints *complaints)
{
	pattern_check_one_text("wildcard", operand, pattern_text_wildcard, where, complaints);
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
	pattern_text_fault *fault;
} anything_but_forms[] = {
	{ "prefix", pattern_text_not_empty },
	{ "suffix", pattern_text_not_empty },
	{ "equals-ignore-case", pattern_text_any },
	{ "wildcard", pattern_text_wildcard },
};

static void check_anything_but_form(const json_t *operand, const struct where *where,
	struct complaints *complaints)
{
	const char *key = only_operator(operand, where, complaints);

	if (key == NULL)
		return;
	const struct where inner = { .up = where, .key = key };
	for (size_t i = 0; i < ARRAY_LENGTH(anything_but_forms); i++) {
		if (strcmp(key, anything_but_forms[i].name) == 0) {
			pattern_check_texts(json_object_get(operand, key), anything_but_forms[i].fault, &inner,
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
		pattern_check_text(value, pattern_text_any, where, complaints);
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
		pattern_check_one_text("cidr", operand, pattern_text_any, where, complaints);
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

bool pattern_is_operator(const char *name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(operators); i++)
		if (strcmp(operators[i].name, name) == 0)
			return true;
	return false;
}

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

void pattern_check_operator(const json_t *object, const struct where *where,
	struct complaints *complaints)
{
	const char *name = only_operator(object, where, complaints);

	if (name == NULL)
		return;
	const struct where inner = { .up = where, .key = name };
	for (size_t i = 0; i < ARRAY_LENGTH(operators); i++) {
		if (strcmp(operators[i].name, name) == 0) {
			operators[i].check(json_object_get(object, name), &inner, complaints);
			return;
		}
	}
	complain_unknown_operator(name, &inner, complaints);
}
