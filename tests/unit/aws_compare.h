/*
 * Compares our output with a vector's: JSON by value, XML as a tree, a form and a query as sets of
 * pairs.
 */
#ifndef REEVE_TESTS_AWS_COMPARE_H
#define REEVE_TESTS_AWS_COMPARE_H

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#define ZERO_UUID "00000000-0000-4000-8000-000000000000"

/* Compares like json_equal, but 1 and 1.0 count as equal. */
static inline bool same_json(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *item;
	size_t index;

	if (json_is_number(a) && json_is_number(b))
		return json_number_value(a) == json_number_value(b);
	if (json_is_object(a) && json_is_object(b)) {
		json_object_foreach((json_t *)a, key, item)
			if (!same_json(item, json_object_get(b, key)))
				return false;
		return json_object_size(a) == json_object_size(b);
	}
	if (json_is_array(a) && json_is_array(b)) {
		json_array_foreach((json_t *)a, index, item)
			if (!same_json(item, json_array_get(b, index)))
				return false;
		return json_array_size(a) == json_array_size(b);
	}
	return a != NULL && b != NULL && json_equal((json_t *)a, (json_t *)b);
}

/* --- XML as text in one form: attributes sorted, no white space between elements --- */

struct xml_text {
	struct buf out, text;
	bool after_child; /* an element has just ended: white space that follows isn't text */
};

static inline bool is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

static inline int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static inline void xml_text_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
	struct xml_text *xml = data;
	char *sorted[32];
	size_t count = 0;

	buf_reset(&xml->text);
	xml->after_child = false;
	buf_add_format(&xml->out, "<%s", name);
	for (; attributes[0] != NULL && count < 32; attributes += 2)
		sorted[count++] = xasprintf(" %s='%s'", attributes[0], attributes[1]);
	qsort(sorted, count, sizeof *sorted, compare_strings);
	for (size_t i = 0; i < count; i++) {
		buf_add_string(&xml->out, sorted[i]);
		free(sorted[i]);
	}
	buf_add_char(&xml->out, '>');
}

static inline void xml_text_end(void *data, const XML_Char *name)
{
	struct xml_text *xml = data;

	if (!xml->after_child || !is_blank(xml->text.data))
		buf_add_string(&xml->out, xml->text.data);
	buf_add_format(&xml->out, "</%s>", name);
	buf_reset(&xml->text);
	xml->after_child = true;
}

static inline void xml_text_data(void *data, const XML_Char *text, int length)
{
	struct xml_text *xml = data;

	buf_add(&xml->text, text, (size_t)length);
}

/* Returns the document in that form, which the caller frees, or NULL when the text isn't XML. */
static inline char *xml_in_one_form(const char *text)
{
	struct xml_text xml = { .after_child = false };
	XML_Parser parser = XML_ParserCreate(NULL);
	char *result = NULL;

	buf_init(&xml.out, 1 << 20);
	buf_init(&xml.text, 1 << 20);
	XML_SetUserData(parser, &xml);
	XML_SetElementHandler(parser, xml_text_start, xml_text_end);
	XML_SetCharacterDataHandler(parser, xml_text_data);
	text += strspn(text, " \t\r\n");
	if (XML_Parse(parser, text, (int)strlen(text), XML_TRUE) == XML_STATUS_OK)
		result = xstrdup(xml.out.data);
	XML_ParserFree(parser);
	buf_release(&xml.out);
	buf_release(&xml.text);
	return result;
}

static inline bool same_xml(const char *a, const char *b)
{
	CLEANUP_FREE char *one = xml_in_one_form(a), *other = xml_in_one_form(b);

	return one != NULL && other != NULL && strcmp(one, other) == 0;
}

/* --- "a=1&b" as a set --- */

static inline size_t split_pairs(char *text, char **pairs, size_t max)
{
	size_t count = 0;
	char *cursor = text, *pair;

	while ((pair = strsep(&cursor, "&")) != NULL)
		if (pair[0] != '\0' && count < max)
			pairs[count++] = pair;
	return count;
}

static inline bool same_pairs(const char *a, const char *b)
{
	CLEANUP_FREE char *one = xstrdup(a), *other = xstrdup(b);
	char *left[256], *right[256];
	size_t count = split_pairs(one, left, 256);

	if (split_pairs(other, right, 256) != count)
		return false;
	qsort(left, count, sizeof *left, compare_strings);
	qsort(right, count, sizeof *right, compare_strings);
	for (size_t i = 0; i < count; i++)
		if (strcmp(left[i], right[i]) != 0)
			return false;
	return true;
}

/* --- random tokens --- */

/* True for a UUID of version 4 (RFC 9562). */
static inline bool is_uuid(const char *text)
{
	for (size_t i = 0; i < 36; i++) {
		const char *allowed = i == 8 || i == 13 || i == 18 || i == 23 ? "-"
			: i == 14                                                 ? "4"
			: i == 19                                                 ? "89ab"
																	  : "0123456789abcdef";

		if (text[i] == '\0' || strchr(allowed, text[i]) == NULL)
			return false;
	}
	return true;
}

/* Replaces each UUID by zeros, which the vectors expect where a token is random. */
static inline void blank_uuids(char *text)
{
	for (; *text != '\0'; text++)
		if (is_uuid(text) && strncmp(text, ZERO_UUID, 24) != 0)
			memcpy(text, ZERO_UUID, 36);
}

#endif
