/* Shared by the parser of the shared files and the lookups in them. */
#ifndef REEVE_AWS_PROFILE_PRIVATE_H
#define REEVE_AWS_PROFILE_PRIVATE_H

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
/* Frees what the section holds; its values are wiped. */
void profile_release_section(struct section *section);

#endif
