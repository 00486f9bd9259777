#include "aws/profile_section.h"

#include "aws/profile_parse.h"
#include "base/banned.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct profile_set *profile_set_new(void)
{
	return xcalloc(1, sizeof(struct profile_set));
}

void profile_set_free(struct profile_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->count; i++)
		profile_release_section(&set->sections[i]);
	free(set->sections);
	free(set);
}

/* Reads at most `size` bytes; returns how many it read, or -1 with errno. */
static ssize_t read_whole(int fd, char *text, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t got = read(fd, text + used, size - used);

		if (got < 0)
			return -1;
		if (got == 0)
			break;
		used += (size_t)got;
	}
	return (ssize_t)used;
}

int profile_set_load(struct profile_set *set, enum profile_file file, const char *path,
	struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int problem, result;
	ssize_t length;
	char *text;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return err_set(err, ERR_CONFIG, "UnreadableProfileFile", "cannot open %s: %s", path,
			strerror(errno));
	/* The block is allocated once: a block that grows would leave copies of secrets in freed
	 * memory. */
	text = xmalloc(PROFILE_MAX_FILE_BYTES + 1);
	length = read_whole(fd, text, PROFILE_MAX_FILE_BYTES + 1);
	problem = errno;
	close(fd);
	if (length < 0)
		result = err_set(err, ERR_CONFIG, "UnreadableProfileFile", "cannot read %s: %s", path,
			strerror(problem));
	else
		result = profile_set_parse(set, file, path, text, (size_t)length, err);
	if (length > 0)
		mem_wipe(text, (size_t)length);
	free(text);
	return result;
}

/* --- looking up --- */

static const char *get(const struct profile_set *set, enum profile_kind kind, const char *name,
	const char *key, size_t key_length, const char *nested_key)
{
	static const enum profile_file order[] = { PROFILE_CREDENTIALS, PROFILE_CONFIG };

	for (size_t i = 0; i < ARRAY_LENGTH(order); i++) {
		const struct section *section = profile_find_section(set, order[i], kind, name);

		for (size_t j = 0; section != NULL && j < section->count; j++) {
			const char *have = section->properties[j].key;

			if (strncmp(have, key, key_length) != 0)
				continue;
			if (nested_key == NULL
					? have[key_length] != '\0'
					: have[key_length] != '\n' || strcmp(have + key_length + 1, nested_key) != 0)
				continue;
			if (section->properties[j].value[0] != '\0')
				return section->properties[j].value;
		}
	}
	return NULL;
}

bool profile_set_has(const struct profile_set *set, enum profile_kind kind, const char *name)
{
	return profile_find_section(set, PROFILE_CREDENTIALS, kind, name) != NULL ||
		profile_find_section(set, PROFILE_CONFIG, kind, name) != NULL;
}

const char *profile_set_get(const struct profile_set *set, enum profile_kind kind, const char *name,
	const char *key)
{
	return get(set, kind, name, key, strlen(key), NULL);
}

const char *profile_set_get_nested(const struct profile_set *set, enum profile_kind kind,
	const char *name, const char *key, const char *nested_key)
{
	return get(set, kind, name, key, strlen(key), nested_key);
}
