/* Strings of event patterns: letter case, wildcards, networks. */
#include "config/pattern/text.h"

#include "config/pattern/internal.h"

#include "base/banned.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <locale.h>
#include <wctype.h>

/* --- letter case --- */

/* Uses the C library's table of Unicode, whatever the locale of the process is. */
static locale_t unicode(void)
{
	static locale_t locale;

	if (locale == (locale_t)0)
		locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	return locale;
}

static uint32_t fold(uint32_t c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
	return unicode() != (locale_t)0 ? (uint32_t)towlower_l((wint_t)c, unicode()) : c;
}

static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* The character at *at, of valid UTF-8; moves on to the next. */
static uint32_t next_character(const char **at, const char *end)
{
	unsigned char first = (unsigned char)*(*at)++;
	uint32_t c = first < 0x80 ? first : first & (first < 0xe0 ? 0x1f : first < 0xf0 ? 0x0f : 0x07);

	while (*at < end && continues(**at))
		c = c << 6 | ((unsigned char)*(*at)++ & 0x3f);
	return c;
}

/* Compares characters until `b` ends; *at then points behind the compared part. */
static bool follows(const char **at, const char *end, const char *b, const char *b_end)
{
	while (b < b_end)
		if (*at == end || fold(next_character(at, end)) != fold(next_character(&b, b_end)))
			return false;
	return true;
}

bool text_begins_ignoring_case(const char *text, size_t length, const char *prefix,
	size_t prefix_length)
{
	return follows(&text, text + length, prefix, prefix + prefix_length);
}

bool text_equals_ignoring_case(const char *a, size_t a_length, const char *b, size_t b_length)
{
	const char *end = a + a_length;

	return follows(&a, end, b, b + b_length) && a == end;
}

/* A letter's two cases may differ in bytes, so the characters are counted. */
bool text_ends_ignoring_case(const char *text, size_t length, const char *suffix,
	size_t suffix_length)
{
	const char *start = text + length;

	for (size_t i = 0; i < suffix_length; i++) {
		if (continues(suffix[i]))
			continue;
		if (start == text)
			return false;
		do
			start--;
		while (start > text && continues(*start));
	}
	return text_equals_ignoring_case(start, (size_t)(text + length - start), suffix, suffix_length);
}

/* --- wildcards --- */

int wildcard_check(const char *pattern, const char **reason)
{
	for (const char *c = pattern; *c != '\0'; c++) {
		if (c[0] == '*' && c[1] == '*') {
			*reason =
				"must not have two wildcards side by side: one \"*\" stands for any characters";
			return -1;
		}
		if (c[0] == '\\' && *++c != '*' && *c != '\\') {
			*reason = "must have a backslash only before \"*\" or another backslash (in JSON "
					  "\"\\\\*\" and \"\\\\\\\\\")";
			return -1;
		}
	}
	return 0;
}

/* The part up to the next star, without its escapes; moves behind the star. False when there is
 * none. */
static bool next_part(const char **pattern, char *part, size_t *length)
{
	const char *c = *pattern;

	for (*length = 0; *c != '\0' && *c != '*'; c++) {
		if (*c == '\\' && c[1] != '\0')
			c++;
		part[(*length)++] = *c;
	}
	*pattern = c + (*c == '*');
	return *c == '*';
}

bool wildcard_matches(const char *pattern, const char *text, size_t length)
{
	CLEANUP_FREE char *part = xmalloc(strlen(pattern) + 1);
	size_t part_length;
	bool star = next_part(&pattern, part, &part_length);

	if (part_length > length || memcmp(text, part, part_length) != 0)
		return false;
	if (!star)
		return part_length == length;
	for (const char *end = text + length, *at = text + part_length;; at += part_length) {
		star = next_part(&pattern, part, &part_length);
		if (part_length > (size_t)(end - at))
			return false;
		if (!star)
			return memcmp(end - part_length, part, part_length) == 0;
		at = memmem(at, (size_t)(end - at), part, part_length);
		if (at == NULL)
			return false;
	}
}

/* --- networks --- */

static int parse_address(const char *text, struct cidr *out)
{
	out->family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	return inet_pton(out->family, text, out->address) == 1 ? 0 : -1;
}

int cidr_parse(const char *text, struct cidr *out, const char **reason)
{
	const char *slash = strchr(text, '/');
	char address[INET6_ADDRSTRLEN];

	*reason = "must be a network, such as \"10.0.0.0/8\" or \"2001:db8::/32\"";
	if (slash == NULL || (size_t)(slash - text) >= sizeof address)
		return -1;
	snprintf(address, sizeof address, "%.*s", (int)(slash - text), text);
	size_t digits = strspn(slash + 1, "0123456789");
	if (parse_address(address, out) < 0 || digits < 1 || digits > 3 || slash[1 + digits] != '\0')
		return -1;
	out->bits = (unsigned int)strtoul(slash + 1, NULL, 10);
	*reason = "must have 0 to 31 bits (0 to 127 for IPv6) behind the slash; a single address is "
			  "written as a plain value, "
			  "\"10.0.0.1\"";
	return out->bits < (out->family == AF_INET ? 32U : 128U) ? 0 : -1;
}

bool cidr_contains(const struct cidr *network, const char *address)
{
	struct cidr given;
	unsigned int whole = network->bits / 8, rest = network->bits % 8;

	if (parse_address(address, &given) < 0 || given.family != network->family)
		return false;
	if (memcmp(given.address, network->address, whole) != 0)
		return false;
	return rest == 0 || (given.address[whole] ^ network->address[whole]) >> (8 - rest) == 0;
}
