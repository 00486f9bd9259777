/* The parser of AWS's shared files, line by line. */
#ifndef REEVE_AWS_PROFILE_PARSE_H
#define REEVE_AWS_PROFILE_PARSE_H

#include "aws/profile.h"
#include "base/compiler.h"
#include "base/err.h"

#include <stddef.h>

struct profile_set;

/* Adds a file's text. `name` names it in errors (ERR_CONFIG, with the line). Sections of other
 * kinds, and sections and properties with impossible names, are skipped, as AWS's tools do. */
int profile_set_parse(struct profile_set *set, enum profile_file file, const char *name,
	const char *text, size_t length, struct err *err) MUST_CHECK;

#endif
