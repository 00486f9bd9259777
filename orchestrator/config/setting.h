/*
 * One setting as data: everything that parsing, checking, the JSON Schema and the
 * documentation need to know of it.
 */
#ifndef REEVE_CONFIG_SETTING_H
#define REEVE_CONFIG_SETTING_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum setting_type {
	SETTING_BOOLEAN,
	SETTING_INTEGER,      /* minimum..maximum */
	SETTING_NUMBER,       /* minimum..maximum, a fraction */
	SETTING_STRING,       /* `check` may look at it */
	SETTING_CHOICE,       /* one of `choices` */
	SETTING_STRING_LIST,  /* each checked by `check` */
	SETTING_CHOICE_LIST,  /* each one of `choices`, none twice */
};

struct setting {
	const char *name;
	enum setting_type type;
	const char *default_json;      /* the default as JSON text, e.g. "true", "null", "[]" */
	double minimum, maximum;
	const char *const *choices;    /* ends with NULL */
	/* NULL, or returns -1 with *reason (static text, "must be …") when the value is not acceptable. */
	int (*check)(const char *value, const char **reason);
	const char *help;              /* one sentence for people */
};

/* A full settings object: `given` checked against the rows, defaults filled in. `where` is the JSON pointer
 * of `given` for messages; given may be NULL. A new reference in *out. */
int settings_resolve(const struct setting *rows, const json_t *given, const char *where, json_t **out,
                     struct err *err) MUST_CHECK;

/* The row of that name, or NULL. */
const struct setting *setting_find(const struct setting *rows, const char *name);

#endif
