/* The parser of AWS's shared files, line by line. */
#include "aws/profile_parse.h"

#include "aws/profile_section.h"

#include "base/banned.h"
#include "base/mem.h"

/* The parser's position in a file. */
struct parser {
	struct profile_set *set;
	enum profile_file file;
	const char *name;
	int line;
	bool in_section;
	size_t section;    /* index; only when kept */
	bool section_kept; /* false: its properties are checked and dropped */
	char *key;         /* name of the property that a continuation line belongs to; NULL: none */
	bool key_kept, nested;
	size_t indent;
};

/* --- pieces of text --- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static void trim(const char **text, size_t *length)
{
	while (*length > 0 && is_blank(**text)) {
		(*text)++;
		(*length)--;
	}
	while (*length > 0 && is_blank((*text)[*length - 1]))
		(*length)--;
}

/* Cuts a comment: a '#' or ';' after white space. */
static size_t without_comment(const char *text, size_t length)
{
	for (size_t i = 1; i < length; i++)
		if ((text[i] == '#' || text[i] == ';') && is_blank(text[i - 1]))
			return i;
	return length;
}

static bool is_identifier(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9');

		if (!alphanumeric && (c == '\0' || strchr("-_/.%@:+", c) == NULL))
			return false;
	}
	return length > 0;
}

static char *lower(const char *text, size_t length)
{
	char *copy = xstrndup(text, length);

	for (char *c = copy; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	return copy;
}

static int complain(const struct parser *parser, struct err *err, const char *what)
{
	return err_set(err, ERR_CONFIG, "InvalidProfileFile", "%s, line %d: %s", parser->name,
		parser->line, what);
}

/* --- sections --- */

/* Splits "profile x" into kind and name; returns false for a section of another kind. */
static bool read_section_name(const struct parser *parser, const char **text, size_t *length,
	enum profile_kind *kind, bool *prefixed)
{
	static const struct {
		const char *word;
		enum profile_kind kind;
	} prefixes[] = {
		{ "profile", PROFILE_PROFILE },
		{ "sso-session", PROFILE_SSO_SESSION },
		{ "services", PROFILE_SERVICES },
	};

	*kind = PROFILE_PROFILE;
	*prefixed = false;
	if (parser->file == PROFILE_CREDENTIALS)
		return is_identifier(*text, *length);
	for (size_t i = 0; i < ARRAY_LENGTH(prefixes); i++) {
		size_t word = strlen(prefixes[i].word);

		if (*length <= word || strncmp(*text, prefixes[i].word, word) != 0 ||
			!is_blank((*text)[word]))
			continue;
		*text += word;
		*length -= word;
		trim(text, length);
		*kind = prefixes[i].kind;
		*prefixed = true;
		return is_identifier(*text, *length);
	}
	return *length == 7 && strncmp(*text, "default", 7) == 0;
}

static int open_section(struct parser *parser, const char *text, size_t length, struct err *err)
{
	struct profile_set *set = parser->set;
	enum profile_kind kind;
	bool prefixed;

	parser->in_section = true;
	parser->section_kept = read_section_name(parser, &text, &length, &kind, &prefixed);
	if (!parser->section_kept)
		return 0;
	CLEANUP_FREE char *name = xstrndup(text, length);
	struct section *section = profile_find_section(set, parser->file, kind, name);
	if (section != NULL && section->prefixed != prefixed) {
		/* [profile default] hides [default] of the same file, whichever comes first. */
		if (!prefixed) {
			parser->section_kept = false;
			return 0;
		}
		profile_release_section(section);
		*section = (struct section){
			.file = parser->file, .kind = kind, .name = xstrdup(name), .prefixed = true
		};
	}
	if (section == NULL) {
		if (set->count == PROFILE_MAX_SECTIONS)
			return complain(parser, err, "too many sections");
		set->sections = xrealloc(set->sections, (set->count + 1) * sizeof *set->sections);
		section = &set->sections[set->count++];
		*section = (struct section){
			.file = parser->file, .kind = kind, .name = xstrdup(name), .prefixed = prefixed
		};
	}
	parser->section = (size_t)(section - set->sections);
	return 0;
}

static int read_section(struct parser *parser, const char *text, size_t length, struct err *err)
{
	const char *end = memchr(text, ']', length);

	free(parser->key);
	parser->key = NULL;
	if (end == NULL)
		return complain(parser, err, "a section must end with ']'");
	const char *rest = end + 1;
	size_t rest_length = length - (size_t)(rest - text);
	trim(&rest, &rest_length);
	if (rest_length > 0 && *rest != '#' && *rest != ';')
		return complain(parser, err, "nothing but a comment may follow the ']' of a section");
	const char *inner = text + 1;
	size_t inner_length = (size_t)(end - inner);
	trim(&inner, &inner_length);
	return open_section(parser, inner, inner_length, err);
}

/* --- properties --- */

static int set_property(struct parser *parser, char *key, char *value, struct err *err)
{
	struct section *section = &parser->set->sections[parser->section];
	size_t i = 0;

	while (i < section->count && strcmp(section->properties[i].key, key) != 0)
		i++;
	if (i < section->count) {
		free(key);
		mem_free_secret(section->properties[i].value);
		section->properties[i].value = value;
		return 0;
	}
	if (section->count == PROFILE_MAX_PROPERTIES) {
		free(key);
		mem_free_secret(value);
		return complain(parser, err, "too many properties in one section");
	}
	section->properties =
		xrealloc(section->properties, (section->count + 1) * sizeof *section->properties);
	section->properties[section->count++] = (struct property){ key, value };
	return 0;
}

/* Splits "key = value" into its trimmed halves. */
static int split(const struct parser *parser, const char **text, size_t *length, const char **value,
	size_t *value_length, struct err *err)
{
	const char *equals = memchr(*text, '=', *length);

	if (equals == NULL)
		return complain(parser, err, "expected '=' between a property's name and its value");
	*value = equals + 1;
	*value_length = *length - (size_t)(*value - *text);
	*value_length = without_comment(*value, *value_length);
	*length = (size_t)(equals - *text);
	trim(text, length);
	trim(value, value_length);
	if (*length == 0)
		return complain(parser, err, "a property has no name before its '='");
	return 0;
}

static int read_property(struct parser *parser, const char *text, size_t length, size_t indent,
	struct err *err)
{
	const char *value = NULL;
	size_t value_length = 0;

	if (!parser->in_section)
		return complain(parser, err,
			"expected a section such as [default] before the first property");
	if (split(parser, &text, &length, &value, &value_length, err) < 0)
		return -1;
	free(parser->key);
	parser->key = lower(text, length);
	parser->key_kept = parser->section_kept && is_identifier(text, length);
	parser->nested = value_length == 0;
	parser->indent = indent;
	if (!parser->key_kept)
		return 0;
	return set_property(parser, xstrdup(parser->key), xstrndup(value, value_length), err);
}

/* Handles a line that is indented deeper than the property above it: it continues the value or is a
 * nested property. */
static int read_continuation(struct parser *parser, const char *text, size_t length,
	struct err *err)
{
	const char *value = NULL;
	size_t value_length = 0;

	if (!parser->nested) {
		if (!parser->key_kept)
			return 0;
		struct section *section = &parser->set->sections[parser->section];
		size_t i = 0;
		while (strcmp(section->properties[i].key, parser->key) != 0)
			i++;
		char *old = section->properties[i].value;
		section->properties[i].value = xasprintf("%s\n%.*s", old, (int)length, text);
		mem_free_secret(old);
		return 0;
	}
	if (split(parser, &text, &length, &value, &value_length, err) < 0)
		return -1;
	if (!parser->key_kept)
		return 0;
	CLEANUP_FREE char *inner = lower(text, length);
	return set_property(parser, xasprintf("%s\n%s", parser->key, inner),
		xstrndup(value, value_length), err);
}

static int read_line(struct parser *parser, const char *line, size_t length, struct err *err)
{
	const char *text = line;
	size_t indent;

	trim(&text, &length);
	indent = (size_t)(text - line);
	if (length == 0 || *text == '#' || *text == ';')
		return 0;
	if (*text == '[' && (parser->key == NULL || indent <= parser->indent))
		return read_section(parser, text, length, err);
	if (parser->key != NULL && indent > parser->indent)
		return read_continuation(parser, text, length, err);
	return read_property(parser, text, length, indent, err);
}

int profile_set_parse(struct profile_set *set, enum profile_file file, const char *name,
	const char *text, size_t length, struct err *err)
{
	struct parser parser = { .set = set, .file = file, .name = name };
	const char *end = text + length;
	int result = 0;

	if (length > PROFILE_MAX_FILE_BYTES)
		return err_set(err, ERR_CONFIG, "InvalidProfileFile", "%s: larger than %d bytes", name,
			PROFILE_MAX_FILE_BYTES);
	if (length > 0 && memchr(text, '\0', length) != NULL)
		return err_set(err, ERR_CONFIG, "InvalidProfileFile",
			"%s: contains a NUL byte, so it is not text", name);
	if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		text += 3;
	while (text < end && result == 0) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline != NULL ? newline : end;

		parser.line++;
		result = read_line(&parser, text, (size_t)(stop - text), err);
		text = stop + 1;
	}
	free(parser.key);
	return result;
}
