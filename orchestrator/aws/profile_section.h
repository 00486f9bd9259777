/* The sections of AWS's shared files in memory, for the parser and the lookups. */
#ifndef REEVE_AWS_PROFILE_SECTION_H
#define REEVE_AWS_PROFILE_SECTION_H

#include "aws/profile.h"

struct property {
	char *key; /* lower case; a nested one is "outer\ninner" */
	char *value;
};

struct section {
	enum profile_file file;
	enum profile_kind kind;
	char *name;
	bool prefixed; /* written as [profile x] */
	struct property *properties;
	size_t count;
};

struct profile_set {
	struct section *sections;
	size_t count;
};

/* Returns the section of that name, or NULL when the file has none. */
struct section *profile_find_section(const struct profile_set *set, enum profile_file file,
	enum profile_kind kind, const char *name);
/* Frees the name and the properties of the section, and wipes their values. */
void profile_release_section(struct section *section);

#endif
