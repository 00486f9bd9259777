/* Makes a struct config from the text of a configuration. */
#include "config/internal.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "config/assign.h"
#include "config/catalogue.h"
#include "config/document/nearest.h"
#include "config/exception.h"
#include "config/load.h"
#include "config/notifications.h"
#include "config/people.h"
#include "config/scope.h"
#include "config/sections.h"
#include "config/serve.h"
#include "config/target.h"
#include "config/targets.h"

#include <openssl/evp.h>

static void take_list(const struct config_section *section, const json_t *given,
	const struct where *where, struct complaints *complaints, json_t *out)
{
	size_t index;
	json_t *item;

	if (!expect_list(given, where, complaints))
		return;
	json_array_foreach(given, index, item) {
		struct where place = { .up = where, .index = index };
		json_t *resolved = json_object();

		if (json_is_null(item))
			complain(complaints, &place, "WrongType", "must be an object, {…}, not null");
		else
			settings_collect(section->rows, item, &place, true, complaints, resolved);
		json_array_append_new(out, resolved);
	}
}

static void take_sections(struct config *config, const json_t *root, struct complaints *complaints)
{
	const struct where top = { .up = NULL };

	config->sections = json_object();
	for (const struct config_section *section = config_sections(); section->name != NULL;
		section++) {
		const json_t *given = json_object_get(root, section->name);
		struct where place = { .up = &top, .key = section->name };
		json_t *resolved = section->list ? json_array() : json_object();

		if (section->list)
			take_list(section, given, &place, complaints, resolved);
		else
			settings_collect(section->rows, given, &place, true, complaints, resolved);
		json_object_set_new(config->sections, section->name, resolved);
	}
}

static void check_top_keys(const json_t *root, struct complaints *complaints)
{
	const struct where top = { .up = NULL };
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)root, key, value) {
		struct where place = { .up = &top, .key = key };
		struct nearest nearest;

		if (section_find(key) != NULL)
			continue;
		if (strcmp(key, "$schema") == 0) {
			if (!json_is_string(value))
				complain(complaints, &place, "WrongType", "must be a string, not %s",
					json_kind(value));
			continue;
		}
		if (complaints_full(complaints))
			continue;
		nearest_init(&nearest, key);
		for (const struct config_section *section = config_sections(); section->name != NULL;
			section++)
			nearest_offer(&nearest, section->name);
		if (nearest.best != NULL)
			complain_key(complaints, &place, "UnknownKey", "unknown key %s; did you mean \"%s\"?",
				quote(key).text, nearest.best);
		else
			complain_key(complaints, &place, "UnknownKey",
				"unknown key %s; `reeve config schema` prints the schema with all keys",
				quote(key).text);
	}
}

static void note_tag(void *user, const char *pointer, const char *target)
{
	bool *uses_tags = user;

	(void)pointer;
	*uses_tags |= target_is_tag(target);
}

static void make_generation(struct config *config)
{
	static const char *const parts[] = { "organization", "scope", "baselines", "tiers",
		"exceptions" };
	static const char digits[] = "0123456789abcdef";
	CLEANUP_JSON json_t *whole = json_object();
	json_t *defaults = json_object();
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length = 0;
	struct buf text;

	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
		json_object_set(whole, parts[i], json_object_get(config->sections, parts[i]));
	for (size_t i = 0; i < config->catalogue->count; i++) {
		const struct catalogue_entry *entry = &config->catalogue->entries[i];

		json_object_set_new(defaults, entry->id,
			json_pack("[O,s]", config->entry_defaults[i], tier_name(entry->tier)));
	}
	json_object_set_new(whole, "catalogue", defaults);
	buf_init(&text, SIZE_MAX);
	json_add_canonical(&text, whole);
	if (EVP_Digest(text.data, text.length, digest, &length, EVP_sha256(), NULL) != 1 ||
		length != 32)
		abort(); /* SHA-256 of memory fails only when memory runs out */
	buf_release(&text);
	for (size_t i = 0; i < length; i++) {
		config->generation[2 * i] = digits[digest[i] >> 4];
		config->generation[2 * i + 1] = digits[digest[i] & 15];
	}
}

/* Checks as much of the document as possible, so that one reading shows all errors. */
static struct config *build(const json_t *root, const char *path, const struct catalogue *catalogue,
	struct complaints *complaints)
{
	struct config *config = xcalloc(1, sizeof *config);

	config->path = xstrdup(path);
	config->desired_cache = json_object();
	catalogue_take(config, catalogue);
	check_top_keys(root, complaints);
	take_sections(config, root, complaints);
	account_roles_check(json_object_get(config->sections, "organization"), complaints);
	scope_build(config, complaints);
	assignments_build(config, "baselines", complaints, &config->baselines);
	assignments_build(config, "tiers", complaints, &config->tiers);
	exceptions_build(config, json_object_get(root, "exceptions"), complaints);
	rollout_build(config, complaints);
	people_check(config, complaints);
	notifications_build(config, complaints);
	serve_build(config, complaints);
	config_each_target(config, note_tag, &config->uses_tags);
	make_generation(config);
	return config;
}

static struct config *parse(const char *text, size_t length, const char *path,
	const struct catalogue *catalogue, struct complaints *complaints)
{
	static const char mark[] = "\xef\xbb\xbf"; /* some editors begin UTF-8 files with it */

	if (length >= 3 && memcmp(text, mark, 3) == 0) {
		text += 3;
		length -= 3;
	}
	complaints->path = path;
	complaints->text = text;
	complaints->length = length;
	CLEANUP_JSON json_t *root = document_parse(complaints);
	if (root == NULL)
		return NULL;
	struct config *config = build(root, path, catalogue, complaints);
	if (complaints->count == 0)
		return config;
	config_free(config);
	return NULL;
}

int config_parse(const char *text, size_t length, const char *path,
	const struct catalogue *catalogue, struct config **out, struct err *err)
{
	struct complaints complaints;
	size_t count;

	complaints_init_first(&complaints, err);
	*out = parse(text, length, path, catalogue, &complaints);
	count = complaints.count;
	if (count > 1 && err != NULL) {
		struct err first = *err;

		(void)err_set(err, first.kind, first.code, "%s (and %zu more; see `reeve config check`)",
			first.message, count - 1);
	}
	return *out != NULL ? 0 : -1;
}

size_t config_check(const char *text, size_t length, const char *path,
	const struct catalogue *catalogue, void (*report)(void *user, const struct err *err),
	void *user)
{
	struct complaints complaints = { .report = report, .user = user };

	config_free(parse(text, length, path, catalogue, &complaints));
	return complaints.count;
}

int config_load(const char *path, const struct catalogue *catalogue, struct config **out,
	struct err *err)
{
	CLEANUP_BUF struct buf text = BUF_INIT(CONFIG_MAX_BYTES);

	if (config_read(path, &text, &path, err) < 0)
		return -1;
	return config_parse(text.data, text.length, path, catalogue, out, err);
}

void config_free(struct config *config)
{
	if (config == NULL)
		return;
	for (size_t i = 0; i < config->catalogue->count; i++)
		json_decref(config->entry_defaults[i]);
	free(config->entry_defaults);
	assignments_release(&config->baselines);
	assignments_release(&config->tiers);
	exceptions_release(&config->exceptions);
	json_decref(config->include);
	json_decref(config->exclude);
	json_decref(config->region_lists);
	json_decref(config->waves);
	json_decref(config->desired_cache);
	json_decref(config->entry_numbers);
	json_decref(config->sections);
	free(config->path);
	free(config);
}
