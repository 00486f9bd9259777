#include "aws/profile_section.h"

#include "base/banned.h"
#include "base/mem.h"

void profile_release_section(struct section *section)
{
	for (size_t i = 0; i < section->count; i++) {
		free(section->properties[i].key);
		mem_free_secret(section->properties[i].value);
	}
	free(section->properties);
	free(section->name);
}

struct section *profile_find_section(const struct profile_set *set, enum profile_file file,
	enum profile_kind kind, const char *name)
{
	for (size_t i = 0; i < set->count; i++) {
		struct section *section = &set->sections[i];

		if (section->file == file && section->kind == kind && strcmp(section->name, name) == 0)
			return section;
	}
	return NULL;
}
