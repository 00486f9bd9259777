/* Checks the strings of patterns. */
#include "config/pattern/check_text.h"

#include "config/document/complain.h"
#include "config/pattern/text.h"

#include "base/banned.h"

const char *pattern_text_any(const char *text)
{
	(void)text;
	return NULL;
}

const char *pattern_text_not_empty(const char *text)
{
	return text[0] == '\0' ? "must not be empty here: every text begins and ends with nothing"
						   : NULL;
}

const char *pattern_text_wildcard(const char *text)
{
	const char *reason = NULL;

	return wildcard_check(text, &reason) < 0 ? reason : NULL;
}

void pattern_check_text(const json_t *value, pattern_text_fault *fault, const struct where *where,
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

void pattern_check_texts(const json_t *value, pattern_text_fault *fault, const struct where *where,
	struct complaints *complaints)
{
	size_t index;
	json_t *item;

	if (!json_is_array(value)) {
		pattern_check_text(value, fault, where, complaints);
		return;
	}
	if (json_array_size(value) == 0)
		complain(complaints, where, "BadPattern", "must not be an empty list");
	json_array_foreach(value, index, item)
		pattern_check_text(item, fault, &(struct where){ .up = where, .index = index }, complaints);
}

void pattern_check_one_text(const char *operator, const json_t * operand, pattern_text_fault *fault,
	const struct where *where, struct complaints *complaints)
{
	if (json_is_array(operand))
		complain(complaints, where, "WrongType",
			"must be one string; for several, write one {\"%s\": …} for each", operator);
	else
		pattern_check_text(operand, fault, where, complaints);
}
