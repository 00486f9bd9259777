/* Compares one value with one alternative of a pattern: the matching half of the operators. */
#include "config/pattern/value.h"

#include "config/pattern/internal.h"
#include "config/pattern/text.h"

#include "base/banned.h"

#define UNIT_BYTES 32

bool pattern_spend(struct pattern_work *work, size_t units)
{
	if (work->left < units) {
		work->left = 0;
		return false;
	}
	work->left -= units;
	return true;
}

/* --- texts --- */

static bool text_is(const json_t *wanted, const char *text, size_t length)
{
	return json_string_length(wanted) == length &&
		memcmp(json_string_value(wanted), text, length) == 0;
}

static bool text_begins(const json_t *wanted, const char *text, size_t length)
{
	size_t wanted_length = json_string_length(wanted);

	return wanted_length <= length && memcmp(json_string_value(wanted), text, wanted_length) == 0;
}

static bool text_ends(const json_t *wanted, const char *text, size_t length)
{
	size_t wanted_length = json_string_length(wanted);

	return wanted_length <= length &&
		memcmp(json_string_value(wanted), text + length - wanted_length, wanted_length) == 0;
}

static bool text_is_ignoring_case(const json_t *wanted, const char *text, size_t length)
{
	return text_equals_ignoring_case(text, length, json_string_value(wanted),
		json_string_length(wanted));
}

static bool text_fits(const json_t *wanted, const char *text, size_t length)
{
	return wildcard_matches(json_string_value(wanted), text, length);
}

typedef bool text_test(const json_t *wanted, const char *text, size_t length);

/* The operand is one string, or a list of which one string has to match. Values other than strings
 * never match. */
static bool match_texts(struct pattern_work *work, const json_t *wanted, const json_t *value,
	text_test *test)
{
	size_t count = json_is_array(wanted) ? json_array_size(wanted) : 1;

	if (!json_is_string(value))
		return false;
	for (size_t i = 0; i < count; i++) {
		const json_t *one = json_is_array(wanted) ? json_array_get(wanted, i) : wanted;

		if (!pattern_spend(work, 1 + json_string_length(value) / UNIT_BYTES))
			return false;
		if (json_is_string(one) && test(one, json_string_value(value), json_string_length(value)))
			return true;
	}
	return false;
}

/* --- the operators --- */

static bool match_prefix(struct pattern_work *work, const json_t *operand, const json_t *value)
{
	const json_t *folded = json_object_get(operand, "equals-ignore-case");

	if (folded == NULL)
		return match_texts(work, operand, value, text_begins);
	return json_is_string(value) && json_is_string(folded) &&
		text_begins_ignoring_case(json_string_value(value), json_string_length(value),
			json_string_value(folded), json_string_length(folded));
}

static bool match_suffix(struct pattern_work *work, const json_t *operand, const json_t *value)
{
	const json_t *folded = json_object_get(operand, "equals-ignore-case");

	if (folded == NULL)
		return match_texts(work, operand, value, text_ends);
	return json_is_string(value) && json_is_string(folded) &&
		text_ends_ignoring_case(json_string_value(value), json_string_length(value),
			json_string_value(folded), json_string_length(folded));
}

static bool match_equals_ignore_case(struct pattern_work *work, const json_t *operand,
	const json_t *value)
{
	return match_texts(work, operand, value, text_is_ignoring_case);
}

static bool match_wildcard(struct pattern_work *work, const json_t *operand, const json_t *value)
{
	return match_texts(work, operand, value, text_fits);
}

/* A number is the same however it is written: 5 and 5.0. */
static bool same_number(const json_t *a, const json_t *b)
{
	if (json_is_integer(a) && json_is_integer(b))
		return json_integer_value(a) == json_integer_value(b);
	return json_number_value(a) == json_number_value(b);
}

static bool same_value(const json_t *wanted, const json_t *value)
{
	if (json_is_string(wanted) && json_is_string(value))
		return text_is(wanted, json_string_value(value), json_string_length(value));
	if (json_is_number(wanted) && json_is_number(value))
		return same_number(wanted, value);
	return json_typeof(wanted) == json_typeof(value) && !json_is_string(wanted) &&
		!json_is_number(wanted);
}

/* Returns whether anything-but excludes the value. Numbers and strings are different: only the
 * number 5 excludes the number 5. */
static bool ruled_out(struct pattern_work *work, const json_t *operand, const json_t *value)
{
	static const struct {
		const char *name;
		text_test *test;
	} forms[] = {
		{ "prefix", text_begins },
		{ "suffix", text_ends },
		{ "equals-ignore-case", text_is_ignoring_case },
		{ "wildcard", text_fits },
	};
	size_t index;
	json_t *one;

	for (size_t i = 0; i < ARRAY_LENGTH(forms); i++) {
		const json_t *texts = json_object_get(operand, forms[i].name);

		if (texts != NULL)
			return match_texts(work, texts, value, forms[i].test);
	}
	json_array_foreach(operand, index, one)
		if (!pattern_spend(work, 1) || same_value(one, value))
			return true;
	return !json_is_array(operand) && same_value(operand, value);
}

static bool match_anything_but(struct pattern_work *work, const json_t *operand,
	const json_t *value)
{
	return !ruled_out(work, operand, value) && work->left > 0;
}

static bool compare(double value, const char *operator, double bound)
{
	if (operator== NULL || operator[0] == '\0')
		return false;
	bool equal_counts = operator[1] == '=' || operator[0] == '=';
	if (value == bound)
		return equal_counts;
	return (operator[0] == '<' && value<bound) || (operator[0] == '>' && value> bound);
}

static bool match_numeric(struct pattern_work *work, const json_t *operand, const json_t *value)
{
	double number = json_number_value(value);
	size_t count = json_array_size(operand);

	if (!json_is_number(value) || number < -PATTERN_LARGEST_NUMBER ||
		number > PATTERN_LARGEST_NUMBER || count == 0)
		return false;
	for (size_t i = 0; i + 1 < count; i += 2)
		if (!pattern_spend(work, 1) ||
			!compare(number, json_string_value(json_array_get(operand, i)),
				json_number_value(json_array_get(operand, i + 1))))
			return false;
	return true;
}

static bool match_cidr(struct pattern_work *work, const json_t *operand, const json_t *value)
{
	struct cidr network;
	const char *reason;

	if (!json_is_string(operand) || !json_is_string(value) ||
		strlen(json_string_value(value)) != json_string_length(value))
		return false;
	return pattern_spend(work, 1) &&
		cidr_parse(json_string_value(operand), &network, &reason) == 0 &&
		cidr_contains(&network, json_string_value(value));
}

/* "exists" is decided for the member, before its values are looked at. */
static bool match_exists(struct pattern_work *work, const json_t *operand, const json_t *value)
{
	(void)work;
	(void)operand;
	(void)value;
	return false;
}

static const struct {
	const char *name;
	bool (*match)(struct pattern_work *work, const json_t *operand, const json_t *value);
} operators[] = {
#define OPERATOR(name, symbol) { name, match_##symbol },
#include "config/pattern/operators.def"
#undef OPERATOR
};

bool pattern_value_matches(struct pattern_work *work, const json_t *alternative,
	const json_t *value)
{
	if (!pattern_spend(work, 1))
		return false;
	if (!json_is_object(alternative))
		return same_value(alternative, value);
	for (size_t i = 0; i < ARRAY_LENGTH(operators); i++) {
		const json_t *operand = json_object_get(alternative, operators[i].name);

		if (operand != NULL)
			return operators[i].match(work, operand, value);
	}
	return false;
}
