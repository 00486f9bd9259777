/* A small reader of the XML that clients send: elements and text, the five entities, no DOCTYPE. */
#ifndef SIM_XML_H
#define SIM_XML_H

#include "util.h"

struct xml {
	struct slice name;        /* without its prefix */
	const char *text;         /* decoded, when it has no children */
	struct xml *first, *next; /* children; the next sibling */
};

/* Returns the root element in the arena, or NULL when the text is not well-formed. */
struct xml *xml_parse(struct arena *arena, struct slice text);
/* Returns the first child of that name, or NULL. element may be NULL. */
const struct xml *xml_child(const struct xml *element, const char *name);
/* Returns the text of that child, or NULL. */
const char *xml_child_text(const struct xml *element, const char *name);

#endif
