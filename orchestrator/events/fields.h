#ifndef REEVE_EVENTS_FIELDS_H
#define REEVE_EVENTS_FIELDS_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct decoding;
struct field_rule;
struct signal;

/*
 * A path names members, and indexes of arrays: "service.archived",
 * "Resources.0.Region". Alternatives are separated by '|': the first that exists and is not null
 * counts. A path that goes through a value which is no object and no array finds nothing.
 */

/* Returns the value at the path, borrowed; NULL when it is absent or null. */
const json_t *field_at(const json_t *from, const char *path);
/* Returns the string at the path, borrowed; NULL unless it is a string of 1 to
 * SIGNAL_MAX_TEXT_BYTES bytes without a NUL character. */
const char *field_text(const json_t *from, const char *path);
/* Returns whether the value at the path is this string. */
bool field_is(const json_t *from, const char *path, const char *text);
/* Sets each field that the signal doesn't have yet from in->finding. */
int fields_take(const struct decoding *in, const struct field_rule *rules, size_t count,
	struct signal *signal, struct err *err) MUST_CHECK;
/* Refuses the event when the value at the path exists and has another type than the given one. */
int field_expect(const struct decoding *in, const char *path, json_type type, struct err *err)
	MUST_CHECK;
/* Sets *out to the number at the path, or to `otherwise` when it is absent. */
int field_number(const struct decoding *in, const char *path, double otherwise, double *out,
	struct err *err) MUST_CHECK;

/* Returns 0 to 4 for "INFORMATIONAL", "Low" and so on in any case; -1 for any other text and for
 * NULL. */
int severity_of_word(const char *word);
bool is_account(const char *text); /* 12 digits */
/* Return a copy of the account, or the region, of an ARN; NULL where the ARN has none, or the text
 * is no ARN. */
char *arn_account(const char *arn);
char *arn_region(const char *arn);

#endif
