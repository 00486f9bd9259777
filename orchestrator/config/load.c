/* Reads the file, and parses its text as JSON before any key is looked at. */
#include "config/load.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/log.h"
#include "config/config.h"
#include "config/document/complain.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const default_places[] = { "./reeve.json", "/etc/reeve/reeve.json" };

#define HOW_TO_BEGIN "the README has one to begin with, and `reeve config check` checks it"

static int read_all(int fd, const char *path, struct buf *text, struct err *err)
{
	char chunk[16384];
	ssize_t got;

	while ((got = read(fd, chunk, sizeof chunk)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, ERR_CONFIG, "Unreadable", "can't read the configuration %s: %s",
				path, strerror(errno));
		buf_add(text, chunk, (size_t)got);
		if (!buf_ok(text))
			return err_set(err, ERR_CONFIG, "TooLarge",
				"the configuration %s is larger than %zu bytes", path, text->max_bytes);
	}
	return 0;
}

static void warn_of_mode(const char *path, const struct stat *status)
{
	if (S_ISREG(status->st_mode) && (status->st_mode & S_IWOTH))
		log_warning(
			"everyone on this machine can write to the configuration %s, and so can change the "
			"baselines of every account: run chmod o-w on it",
			path);
}

/* Returns 0 when the file was read, 1 when there is no such file, and -1 with *err. */
static int read_file(const char *path, struct buf *text, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), result;
	struct stat status;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 1;
	if (fd < 0)
		return err_set(err, ERR_CONFIG, "Unreadable", "can't open the configuration %s: %s", path,
			strerror(errno));
	if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
		close(fd);
		return err_set(err, ERR_CONFIG, "Unreadable",
			"the configuration %s is a folder; name the file in it", path);
	}
	warn_of_mode(path, &status);
	result = read_all(fd, path, text, err);
	close(fd);
	return result;
}

int config_read(const char *path, struct buf *text, const char **found, struct err *err)
{
	const char *const *places = path != NULL ? &path : default_places;
	size_t count = path != NULL ? 1 : ARRAY_LENGTH(default_places);

	for (size_t i = 0; i < count; i++) {
		int result = read_file(places[i], text, err);

		if (result < 0)
			return -1;
		if (result == 0) {
			*found = places[i];
			return 0;
		}
	}
	if (path != NULL)
		return err_set(err, ERR_CONFIG, "NotFound",
			"no configuration: there is no file %s; " HOW_TO_BEGIN, path);
	return err_set(err, ERR_CONFIG, "NotFound",
		"no configuration: looked for %s and %s; name one with --config FILE; " HOW_TO_BEGIN,
		default_places[0], default_places[1]);
}

static void count_to(const char *text, const char *end, int *line, int *column)
{
	*line = 1;
	*column = 1;
	for (; text < end; text++) {
		(*column)++;
		if (*text == '\n') {
			(*line)++;
			*column = 1;
		}
	}
}

static void report(struct complaints *complaints, const char *code, const char *path, int line,
	int column, const char *what, const char *detail)
{
	struct err err = ERR_INIT;

	complaints->count++;
	(void)err_set(&err, ERR_CONFIG, code, "%.250s:%d:%d: %s%s", path, line, column, what, detail);
	complaints->report(complaints->user, &err);
}

static void report_syntax(struct complaints *complaints, const char *path,
	const json_error_t *problem)
{
	switch (json_error_code(problem)) {
	case json_error_duplicate_key:
		report(complaints, "DuplicateKey", path, problem->line, problem->column,
			"a key stands twice in one object: ", problem->text);
		return;
	case json_error_invalid_utf8:
		report(complaints, "InvalidUtf8", path, problem->line, problem->column,
			"not valid UTF-8: ", problem->text);
		return;
	case json_error_numeric_overflow:
		report(complaints, "OutOfRange", path, problem->line, problem->column,
			"a number is too large: ", problem->text);
		return;
	default:
		report(complaints, "InvalidJson", path, problem->line, problem->column,
			"not valid JSON: ", problem->text);
	}
}

/* Refuses strings with a NUL, which JSON allows and C strings don't: everything behind the NUL
 * would be lost. */
static void refuse_nul(const json_t *value, const struct where *where,
	struct complaints *complaints)
{
	const char *key;
	size_t index;
	json_t *item;

	if (json_is_string(value) && strlen(json_string_value(value)) != json_string_length(value))
		complain(complaints, where, "NulByte",
			"holds a NUL character (\\u0000), which no setting can have");
	json_array_foreach(value, index, item)
		refuse_nul(item, &(struct where){ .up = where, .index = index }, complaints);
	json_object_foreach((json_t *)value, key, item)
		refuse_nul(item, &(struct where){ .up = where, .key = key }, complaints);
}

static bool is_blank(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (memchr(" \t\r\n", text[i], 4) == NULL)
			return false;
	return true;
}

json_t *document_parse(struct complaints *complaints)
{
	const char *path = complaints->path;
	const char *text = complaints->text, *nul = memchr(text, '\0', complaints->length);
	json_error_t problem;
	int line, column;

	if (complaints->length > CONFIG_MAX_BYTES) {
		report(complaints, "TooLarge", path, 1, 1,
			"larger than 4 MiB, which no configuration needs", "");
		return NULL;
	}
	if (nul != NULL) {
		count_to(text, nul, &line, &column);
		report(complaints, "NulByte", path, line, column,
			"holds a NUL byte, so it is no JSON text (UTF-16, perhaps: "
			"save it as UTF-8)",
			"");
		return NULL;
	}
	if (is_blank(text, complaints->length)) {
		report(complaints, "InvalidJson", path, 1, 1, "empty; " HOW_TO_BEGIN, "");
		return NULL;
	}
	if (json_check_depth(text, complaints->length) < 0) {
		report(complaints, "TooDeep", path, 1, 1,
			"nested deeper than 64 levels, which no configuration needs", "");
		return NULL;
	}
	json_t *root = json_loadb(text, complaints->length,
		JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &problem);
	if (root == NULL) {
		report_syntax(complaints, path, &problem);
		return NULL;
	}
	const struct where top = { .up = NULL };
	if (!json_is_object(root))
		complain(complaints, &top, "WrongType", "the configuration must be an object, {…}, not %s",
			json_kind(root));
	else
		refuse_nul(root, &top, complaints);
	if (complaints->count > 0) {
		json_decref(root);
		return NULL;
	}
	return root;
}
