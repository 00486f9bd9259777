#include "xml.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 16

struct reader {
	struct arena *arena;
	const char *p, *end;
};

static bool starts(const struct reader *r, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(r->end - r->p) >= n && memcmp(r->p, text, n) == 0;
}

static void skip_space(struct reader *r)
{
	while (r->p < r->end && strchr(" \t\r\n", *r->p))
		r->p++;
}

/* Moves past the next occurrence of mark. */
static bool skip_past(struct reader *r, const char *mark)
{
	const char *at = memmem(r->p, (size_t)(r->end - r->p), mark, strlen(mark));

	if (!at)
		return false;
	r->p = at + strlen(mark);
	return true;
}

/* Skips white space, comments and the XML declaration. */
static bool skip_misc(struct reader *r)
{
	for (;;) {
		skip_space(r);
		if (starts(r, "<?")) {
			if (!skip_past(r, "?>"))
				return false;
		} else if (starts(r, "<!--")) {
			if (!skip_past(r, "-->"))
				return false;
		} else {
			return true;
		}
	}
}

static const char *decode(struct arena *arena, const char *from, const char *to)
{
	static const struct {
		const char *name;
		char c;
	} entities[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' },
		{ "&apos;", '\'' } };
	char *out = arena_alloc(arena, (size_t)(to - from) + 1), *o = out;

	while (from < to) {
		size_t i = 0;

		if (*from != '&') {
			*o++ = *from++;
			continue;
		}
		for (; i < 5; i++)
			if ((size_t)(to - from) >= strlen(entities[i].name) &&
				memcmp(from, entities[i].name, strlen(entities[i].name)) == 0)
				break;
		if (i == 5)
			return NULL;
		*o++ = entities[i].c;
		from += strlen(entities[i].name);
	}
	*o = '\0';
	return out;
}

/* Reads the name of a tag, and skips its attributes. *empty is set when the tag ended with "/>". */
static bool read_tag(struct reader *r, struct slice *name, bool *empty)
{
	const char *colon;

	name->p = r->p;
	while (r->p < r->end && !strchr(" \t\r\n/><", *r->p))
		r->p++;
	name->n = (size_t)(r->p - name->p);
	colon = memchr(name->p, ':', name->n);
	if (colon)
		*name = (struct slice){ colon + 1, (size_t)(name->p + name->n - colon - 1) };
	while (r->p < r->end && *r->p != '>' && *r->p != '<')
		r->p++;
	if (!name->n || r->p == r->end || *r->p != '>')
		return false;
	*empty = r->p[-1] == '/';
	r->p++;
	return true;
}

/* Reads an element from the '<' of its start tag on. depth is the number of open elements. */
static struct xml *read_element(struct reader *r, int depth)
{
	struct xml *element = arena_alloc(r->arena, sizeof(*element)), **last = &element->first;
	const char *text_from;
	struct slice name;
	bool empty;

	*element = (struct xml){ .text = "" };
	if (depth == MAX_DEPTH || r->p == r->end || *r->p != '<')
		return NULL;
	r->p++;
	if (!read_tag(r, &element->name, &empty))
		return NULL;
	if (empty)
		return element;
	text_from = r->p;
	for (;;) {
		r->p = memchr(r->p, '<', (size_t)(r->end - r->p));
		if (!r->p)
			return NULL;
		if (starts(r, "</"))
			break;
		if (starts(r, "<!--")) {
			if (!skip_past(r, "-->"))
				return NULL;
			continue;
		}
		*last = read_element(r, depth + 1);
		if (!*last)
			return NULL;
		last = &(*last)->next;
	}
	if (!element->first)
		element->text = decode(r->arena, text_from, r->p);
	r->p += 2;
	if (!element->text || !read_tag(r, &name, &empty) || name.n != element->name.n ||
		memcmp(name.p, element->name.p, name.n) != 0)
		return NULL;
	return element;
}

struct xml *xml_parse(struct arena *arena, struct slice text)
{
	struct reader r = { arena, text.p, text.p + text.n };
	struct xml *root;

	if (!text.n || memchr(text.p, '\0', text.n) || !skip_misc(&r) || r.p == r.end)
		return NULL;
	root = read_element(&r, 0);
	if (!root || !skip_misc(&r) || r.p != r.end)
		return NULL;
	return root;
}

const struct xml *xml_child(const struct xml *element, const char *name)
{
	const struct xml *child = element ? element->first : NULL;

	while (child && !slice_is(child->name, name))
		child = child->next;
	return child;
}

const char *xml_child_text(const struct xml *element, const char *name)
{
	const struct xml *child = xml_child(element, name);

	return child ? child->text : NULL;
}
