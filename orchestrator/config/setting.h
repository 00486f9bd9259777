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
	SETTING_INTEGER,     /* minimum..maximum */
	SETTING_NUMBER,      /* minimum..maximum, a fraction */
	SETTING_STRING,      /* `check` may look at it; maximum, when not 0, is its length in bytes */
	SETTING_CHOICE,      /* one of `choices` */
	SETTING_STRING_LIST, /* each checked by `check`, none twice; maximum, when not 0, is their
							number */
	SETTING_CHOICE_LIST, /* each one of `choices`, none twice */
	SETTING_ANY,         /* any JSON; the code that owns the row checks it */
};

struct setting {
	const char *name;
	enum setting_type type;
	/* The default as JSON text, e.g. "true", "null", "[]". NULL: the setting has no default
	 * and must be given. A given null always means the default. */
	const char *default_json;
	double minimum, maximum;
	const char *const *choices; /* ends with NULL */
	/* NULL, or returns -1 with *reason (static text, "must be …") when the value is not acceptable.
	 */
	int (*check)(const char *value, const char **reason);
	/* NULL, or the pattern (ECMA 262) of a string for the JSON Schema: it must accept all that
	 * `check` accepts. */
	const char *pattern;
	const char *help; /* one sentence for people */
};

/* Makes a full settings object: `given` is checked against the rows and defaults are filled in.
 * `where` is the JSON pointer of `given` for messages; given may be NULL. A new reference in *out.
 */
int settings_resolve(const struct setting *rows, const json_t *given, const char *where,
	json_t **out, struct err *err) MUST_CHECK;

/* Returns the row of that name, or NULL. */
const struct setting *setting_find(const struct setting *rows, const char *name);

/* Returns a new reference to the row's default; NULL when the setting must be given. */
json_t *setting_default(const struct setting *row) MUST_CHECK;

/* For tests of tables of rows: every row has a name, help, a range or choices as its type needs,
 * and an acceptable default. */
int settings_check_rows(const struct setting *rows, const char *what, struct err *err) MUST_CHECK;

#endif
