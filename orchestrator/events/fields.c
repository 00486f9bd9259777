#include "events/fields.h"

#include "events/decode.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/mem.h"

#include <strings.h>

#define PATH_END(c) ((c) == '\0' || (c) == '|' || (c) == ' ')

static size_t place_in_array(const char *digits, size_t length)
{
	size_t place = 0;

	for (size_t i = 0; i < length; i++) {
		if (digits[i] < '0' || digits[i] > '9' || place > 1000)
			return SIZE_MAX;
		place = place * 10 + (size_t)(digits[i] - '0');
	}
	return place;
}

/* Looks up one alternative of a path. */
static const json_t *walk(const json_t *value, const char *path)
{
	while (value != NULL && !PATH_END(*path)) {
		size_t length = strcspn(path, ".| ");

		if (json_is_object(value))
			value = json_object_getn(value, path, length);
		else if (json_is_array(value))
			value = json_array_get(value, place_in_array(path, length));
		else
			value = NULL;
		path += length;
		if (*path == '.')
			path++;
	}
	return json_is_null(value) ? NULL : value;
}

const json_t *field_at(const json_t *from, const char *path)
{
	for (;;) {
		const json_t *value = walk(from, path);

		path += strcspn(path, "| ");
		if (value != NULL || *path != '|')
			return value;
		path++;
	}
}

/* A string with a NUL inside is refused: two readers would see two different texts. */
static bool is_usable(const json_t *value)
{
	return json_is_string(value) && json_string_length(value) <= SIGNAL_MAX_TEXT_BYTES &&
		strlen(json_string_value(value)) == json_string_length(value);
}

const char *field_text(const json_t *from, const char *path)
{
	const json_t *value = field_at(from, path);

	return is_usable(value) && json_string_length(value) > 0 ? json_string_value(value) : NULL;
}

bool field_is(const json_t *from, const char *path, const char *text)
{
	const char *value = field_text(from, path);

	return value != NULL && strcmp(value, text) == 0;
}

static const char *event_name(const struct decoding *in)
{
	return in->detail_type[0] != '\0' ? in->detail_type : "event";
}

int field_expect(const struct decoding *in, const char *path, json_type type, struct err *err)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object",
		[JSON_ARRAY] = "an array",
		[JSON_STRING] = "a string",
		[JSON_INTEGER] = "an integer",
		[JSON_REAL] = "a number",
		[JSON_TRUE] = "true or false",
		[JSON_FALSE] = "true or false",
		[JSON_NULL] = "null",
	};
	const json_t *value = field_at(in->finding, path);

	if (value == NULL || json_typeof(value) == type)
		return 0;
	if ((type == JSON_TRUE || type == JSON_FALSE) && json_is_boolean(value))
		return 0;
	return err_set(err, ERR_PROTOCOL, "WrongType", "%s: %s is not %s", event_name(in), path,
		names[type]);
}

int field_number(const struct decoding *in, const char *path, double otherwise, double *out,
	struct err *err)
{
	const json_t *value = field_at(in->finding, path);

	*out = otherwise;
	if (value == NULL)
		return 0;
	if (!json_is_number(value))
		return err_set(err, ERR_PROTOCOL, "WrongType", "%s: %s is not a number", event_name(in),
			path);
	*out = json_number_value(value);
	return 0;
}

static int take_strict(const struct decoding *in, const char *path, bool needed, const char **out,
	struct err *err)
{
	const json_t *value = field_at(in->finding, path);

	*out = NULL;
	if (value == NULL || (json_is_string(value) && json_string_length(value) == 0))
		return !needed
			? 0
			: err_set(err, ERR_PROTOCOL, "MissingField", "%s: %s is missing", event_name(in), path);
	if (!json_is_string(value))
		return err_set(err, ERR_PROTOCOL, "WrongType", "%s: %s is not a string", event_name(in),
			path);
	if (strlen(json_string_value(value)) != json_string_length(value))
		return err_set(err, ERR_PROTOCOL, "WrongType", "%s: %s has a NUL character", event_name(in),
			path);
	if (json_string_length(value) > SIGNAL_MAX_TEXT_BYTES)
		return err_set(err, ERR_LIMIT, "TooLong", "%s: %s is longer than %d bytes", event_name(in),
			path, SIGNAL_MAX_TEXT_BYTES);
	*out = json_string_value(value);
	return 0;
}

/* A text is never cut inside a UTF-8 character, since the rest would not be valid UTF-8. */
static char *title_of(const json_t *value)
{
	if (!json_is_string(value) || json_string_length(value) == 0)
		return NULL;
	const char *text = json_string_value(value);
	size_t length = strlen(text);
	if (length > SIGNAL_MAX_TITLE_BYTES) {
		length = SIGNAL_MAX_TITLE_BYTES;
		while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
			length--;
	}
	char *title = xstrndup(text, length);
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)title[i] < 0x20 || title[i] == 0x7f)
			title[i] = ' ';
	}
	return title;
}

static int64_t ms_of(struct tm *utc)
{
	return (int64_t)timegm(utc) * 1000;
}

/* Parses the times "Sat, 04 Jun 2016 15:10:09 GMT" (Health) and "Thu Sep 05 13:06:56.334 UTC 2024"
 * (Inspector). */
static bool parse_words(const char *text, int64_t *ms)
{
	struct tm utc = { 0 };
	const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &utc);

	if (end != NULL && *end == '\0') {
		*ms = ms_of(&utc);
		return true;
	}
	utc = (struct tm){ 0 };
	end = strptime(text, "%a %b %d %H:%M:%S", &utc);
	if (end != NULL && *end == '.')
		end += 1 + strspn(end + 1, "0123456789");
	end = end != NULL ? strptime(end, " UTC %Y", &utc) : NULL;
	if (end == NULL || *end != '\0')
		return false;
	*ms = ms_of(&utc);
	return true;
}

/* Returns the time in milliseconds; 0 when the value is no time, or one before 1970 or after 9999,
 * the last year that RFC 3339 can write. */
static int64_t time_of(const json_t *value)
{
	const int64_t end = 253402300800000;
	int64_t ms = 0;

	if (json_is_integer(value))
		ms = json_integer_value(value);
	else if (!is_usable(value) || json_string_length(value) > SIGNAL_MAX_TIME_BYTES)
		return 0;
	else if (clock_parse_rfc3339(json_string_value(value), &ms) < 0 &&
		!parse_words(json_string_value(value), &ms))
		return 0;
	return ms > 0 && ms < end ? ms : 0;
}

/* Returns whether the text has the form WORD-WORD[-WORD...]-NUMBER, as "us-gov-west-1" has. */
static bool is_region(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz", digits[] = "0123456789";
	size_t words = 0;

	if (strlen(text) > 32)
		return false;
	for (;;) {
		size_t word = strspn(text, letters);

		if (word == 0 || text[word] != '-')
			break;
		words++;
		text += word + 1;
	}
	size_t number = strspn(text, digits);
	return words >= 2 && (number == 1 || number == 2) && text[number] == '\0';
}

static int take_text(const struct decoding *in, const struct field_rule *rule, char **target,
	struct err *err)
{
	const char *text = NULL;

	if (*target != NULL)
		return 0;
	if (rule->kind == FIELD_LOOSE)
		text = field_text(in->finding, rule->path);
	else if (take_strict(in, rule->path, rule->kind == FIELD_NEEDED, &text, err) < 0)
		return -1;
	if (text != NULL && rule->kind == FIELD_ACCOUNT && !is_account(text))
		text = NULL;
	if (text != NULL && rule->kind == FIELD_REGION && !is_region(text))
		text = NULL;
	if (text != NULL)
		*target = xstrdup(text);
	return 0;
}

int fields_take(const struct decoding *in, const struct field_rule *rules, size_t count,
	struct signal *signal, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		void *target = (char *)signal + rules[i].offset;

		if (rules[i].kind == FIELD_TIME) {
			if (*(int64_t *)target == 0)
				*(int64_t *)target = time_of(field_at(in->finding, rules[i].path));
		} else if (rules[i].kind == FIELD_TITLE) {
			if (*(char **)target == NULL)
				*(char **)target = title_of(field_at(in->finding, rules[i].path));
		} else if (take_text(in, &rules[i], target, err) < 0) {
			return -1;
		}
	}
	return 0;
}

int severity_of_word(const char *word)
{
	static const char *const words[] = { "INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL" };

	for (int i = 0; word != NULL && i < (int)ARRAY_LENGTH(words); i++) {
		if (strcasecmp(word, words[i]) == 0)
			return i;
	}
	return -1;
}

bool is_account(const char *text)
{
	return strlen(text) == 12 && strspn(text, "0123456789") == 12;
}

/* Copies the part with the number `wanted` of "arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE", when
 * it passes the check. */
static char *arn_part(const char *arn, int wanted, bool (*check)(const char *))
{
	if (arn == NULL || strncmp(arn, "arn:", 4) != 0)
		return NULL;
	for (int i = 0; i < wanted; i++) {
		arn = strchr(arn, ':');
		if (arn == NULL)
			return NULL;
		arn++;
	}
	size_t length = strcspn(arn, ":");
	if (arn[length] == '\0')
		return NULL;
	char *part = xstrndup(arn, length);
	if (check(part))
		return part;
	free(part);
	return NULL;
}

char *arn_account(const char *arn)
{
	return arn_part(arn, 4, is_account);
}

char *arn_region(const char *arn)
{
	return arn_part(arn, 3, is_region);
}
