/*
 * Targets: "root", "ou:ID", "ou:PATH", "account:ID", "tag:KEY", "tag:KEY=VALUE".
 * In a path "/" separates organizational units, and "\/" and "\\" stand for a slash and
 * a backslash in a name; in a tag's key "\=" and "\\" do the same. No other escapes exist,
 * so that each target has one text: two targets are equal when their texts are.
 */
#include "config/target.h"

#include "config/checks.h"
#include "config/internal.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/mem.h"

#define TARGET_MAX_BYTES 4096
#define KEY_MAX_BYTES \
	(16 * TARGET_MAX_BYTES) /* the longest path: names come from AWS and are shorter */

/* AWS Organizations gives ids of the form ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}. */
static bool looks_like_unit_id(const char *text)
{
	static const char set[] = "0123456789abcdefghijklmnopqrstuvwxyz";

	if (strncmp(text, "ou-", 3) != 0)
		return false;
	size_t root = strspn(text + 3, set);
	if (root < 4 || root > 32 || text[3 + root] != '-')
		return false;
	size_t unit = strspn(text + 4 + root, set);
	return unit >= 8 && unit <= 32 && text[4 + root + unit] == '\0';
}

/* A backslash may only stand before another backslash or before `special`. */
static bool escapes_are_valid(const char *text, const char *end, char special)
{
	for (; text < end; text++) {
		if (*text != '\\')
			continue;
		text++;
		if (text >= end || (*text != '\\' && *text != special))
			return false;
	}
	return true;
}

int check_unit(const char *value, const char **reason)
{
	char before = '/';

	*reason = "must name an organizational unit by its id (\"ou-ab12-cd34ef56\") or its path "
			  "(\"Workloads/Prod\")";
	if (*value == '\0' || strlen(value) > TARGET_MAX_BYTES)
		return -1;
	if (strncmp(value, "ou:", 3) == 0) {
		*reason = "must be the id or the path alone, without a second \"ou:\"";
		return -1;
	}
	if (!escapes_are_valid(value, value + strlen(value), '/')) {
		*reason = "has a backslash that is neither \\/ (a slash in a name) nor \\\\ (a backslash "
				  "in a name)";
		return -1;
	}
	*reason = "has an empty name in its path: no slash may stand at the start, at the end or "
			  "beside another; "
			  "write \\/ for a slash in a name";
	for (; *value != '\0'; value++) {
		if (*value == '/' && before == '/')
			return -1;
		before = *value;
		if (*value == '\\') {
			value++;
			before = 'x';
		}
	}
	return before == '/' ? -1 : 0;
}

/* Where the key ends: at the first "=" that is not escaped, or at the end. */
static const char *tag_key_end(const char *tag)
{
	while (*tag != '\0' && *tag != '=')
		tag += tag[0] == '\\' && tag[1] != '\0' ? 2 : 1;
	return tag;
}

int check_tag(const char *value, const char **reason)
{
	const char *end = tag_key_end(value);

	*reason = "must name a tag by KEY or KEY=VALUE";
	if (end == value || strlen(value) > TARGET_MAX_BYTES)
		return -1;
	if (strncmp(value, "tag:", 4) == 0) {
		*reason = "must be KEY or KEY=VALUE alone, without a second \"tag:\"";
		return -1;
	}
	*reason =
		"has a backslash in its key that is neither \\= (an equals sign) nor \\\\ (a backslash)";
	return escapes_are_valid(value, end, '=') ? 0 : -1;
}

int config_target_check(const char *target, const char **reason)
{
	*reason = "must be \"root\", \"ou:\" and an id or path, \"account:\" and 12 digits, or "
			  "\"tag:\" and KEY or KEY=VALUE";
	if (strcmp(target, "root") == 0)
		return 0;
	if (strncmp(target, "ou:", 3) == 0)
		return check_unit(target + 3, reason);
	if (strncmp(target, "tag:", 4) == 0)
		return check_tag(target + 4, reason);
	if (strncmp(target, "account:", 8) == 0) {
		int result = check_account(target + 8, reason);

		*reason = "must have 12 digits after \"account:\"";
		return result;
	}
	return -1;
}

bool target_is_tag(const char *target)
{
	return strncmp(target, "tag:", 4) == 0;
}

static void add_escaped(struct buf *out, const char *name, char special)
{
	for (; *name != '\0'; name++) {
		if (*name == '\\' || *name == special)
			buf_add_char(out, '\\');
		buf_add_char(out, *name);
	}
}

/* Calls `each` with every target that matches the account, from the farthest to the nearest. */
static void each_key(const struct org_place *place, bool tags,
	void (*each)(void *user, const char *key, size_t level), void *user)
{
	struct buf path, key;

	buf_init(&path, KEY_MAX_BYTES);
	buf_init(&key, KEY_MAX_BYTES);
	each(user, "root", 0);
	for (size_t i = 0; i < place->unit_count; i++) {
		buf_reset(&key);
		buf_add_format(&key, "ou:%s", place->units[i].id);
		each(user, key.data, i);
		if (i == 0)
			continue; /* paths don't contain the root's name */
		buf_add_string(&path, i == 1 ? "ou:" : "/");
		add_escaped(&path, place->units[i].name, '/');
		/* An organizational unit whose name looks like an id is found by its id only. */
		if (buf_ok(&path) && !looks_like_unit_id(path.data + 3))
			each(user, path.data, i);
	}
	for (size_t i = 0; tags && i < place->tag_count; i++) {
		buf_reset(&key);
		buf_add_string(&key, "tag:");
		add_escaped(&key, place->tags[i].key, '=');
		each(user, key.data, place->unit_count + 1);
		buf_add_format(&key, "=%s", place->tags[i].value);
		each(user, key.data, place->unit_count + 1);
	}
	buf_reset(&key);
	buf_add_format(&key, "account:%s", place->account);
	each(user, key.data, place->unit_count + 2);
	buf_release(&path);
	buf_release(&key);
}

struct wanted {
	const char *target;
	bool found;
};

static void compare_key(void *user, const char *key, size_t level)
{
	struct wanted *wanted = user;

	(void)level;
	wanted->found |= strcmp(wanted->target, key) == 0;
}

bool target_matches(const char *target, const struct org_place *place)
{
	struct wanted wanted = { .target = target };

	each_key(place, target_is_tag(target), compare_key, &wanted);
	return wanted.found;
}

bool config_target_matches(const char *target, const struct org_place *place)
{
	const char *reason;

	return config_target_check(target, &reason) == 0 && target_matches(target, place);
}

json_t *target_index_new(void)
{
	return json_object();
}

void target_index_add(json_t *index, const char *target, size_t number)
{
	json_t *numbers = json_object_get(index, target);

	if (numbers == NULL) {
		numbers = json_array();
		json_object_set_new(index, target, numbers);
	}
	json_array_append_new(numbers, json_integer((json_int_t)number));
}

struct search {
	const json_t *index;
	struct target_matches *matches;
};

static void collect_key(void *user, const char *key, size_t level)
{
	struct search *search = user;
	struct target_matches *matches = search->matches;
	size_t i;
	json_t *number;

	json_array_foreach(json_object_get(search->index, key), i, number) {
		if (matches->count == matches->capacity) {
			matches->capacity = matches->capacity ? 2 * matches->capacity : 16;
			matches->items = xrealloc(matches->items, matches->capacity * sizeof *matches->items);
		}
		matches->items[matches->count++] =
			(struct target_match){ (size_t)json_integer_value(number), level };
	}
}

static int compare_matches(const void *left, const void *right)
{
	const struct target_match *a = left, *b = right;

	if (a->level != b->level)
		return a->level < b->level ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

void target_index_match(const json_t *index, const struct org_place *place, bool tags,
	struct target_matches *out)
{
	struct search search = { .index = index, .matches = out };

	*out = (struct target_matches){ 0 };
	if (json_object_size(index) == 0)
		return;
	each_key(place, tags, collect_key, &search);
	if (out->count > 1)
		qsort(out->items, out->count, sizeof *out->items, compare_matches);
}

void target_matches_release(struct target_matches *matches)
{
	free(matches->items);
	*matches = (struct target_matches){ 0 };
}
