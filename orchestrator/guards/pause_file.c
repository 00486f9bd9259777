/*
 * The file of pauses: it is read and checked, and replaced as a whole. Processes that replace it
 * take turns by a lock of its own, so that they neither wait for a running `reeve serve` nor lose
 * each other's pauses.
 */
#include "guards/pause_file.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "guards/pause_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#define LOCK_FILE "pause.lock"
#define NEW_FILE "pause.json.new"
#define LOCK_WAIT_MS 5000
#define NOTES_KEPT 50

static int file_error(const char *folder, const char *doing, int cause, struct err *err)
{
	return err_set(err, ERR_STORE, "PauseFile", "can't %s %s/" PAUSE_FILE ": %s", doing, folder,
		strerror(cause));
}

/* --- reading --- */

bool pause_is_note(const json_t *entry)
{
	return strcmp(json_get_string_or(entry, "scope", ""), PAUSE_RESUMED) == 0;
}

static bool text_or_null(const json_t *value)
{
	return value == NULL || json_is_null(value) || json_is_string(value);
}

static bool check_pause(const json_t *entry)
{
	const char *scope = json_get_string(entry, "scope");
	const json_t *account = json_object_get(entry, "account"),
				 *baseline = json_object_get(entry, "baseline");

	if (scope == NULL || !text_or_null(account) || !text_or_null(baseline))
		return false;
	if (strcmp(scope, "all") == 0)
		return !json_is_string(account) && !json_is_string(baseline);
	if (strcmp(scope, "account") == 0)
		return json_is_string(account) && !json_is_string(baseline);
	return strcmp(scope, "baseline") == 0 && json_is_string(baseline) && !json_is_string(account);
}

static bool check_entry(const json_t *entry)
{
	if (!json_is_string(json_object_get(entry, "by")) ||
		!json_is_integer(json_object_get(entry, "uid")) ||
		!json_is_string(json_object_get(entry, "at")) ||
		!text_or_null(json_object_get(entry, "reason")))
		return false;
	return pause_is_note(entry) ? check_pause(json_object_get(entry, "ended")) : check_pause(entry);
}

static int check_list(const char *folder, const json_t *list, struct err *err)
{
	size_t index;
	json_t *entry;

	if (!json_is_array(list))
		return err_set(err, ERR_STORE, "PauseMalformed",
			"%s/" PAUSE_FILE " is not a list of pauses", folder);
	json_array_foreach((json_t *)list, index, entry)
		if (!check_entry(entry))
			return err_set(err, ERR_STORE, "PauseMalformed",
				"%s/" PAUSE_FILE ": item %zu is not a pause", folder, index);
	return 0;
}

static int read_whole(int fd, const char *folder, struct buf *text, struct err *err)
{
	char block[4096];
	ssize_t got;

	while ((got = read(fd, block, sizeof block)) > 0) {
		buf_add(text, block, (size_t)got);
		if (!buf_ok(text))
			return err_set(err, ERR_STORE, "PauseMalformed",
				"%s/" PAUSE_FILE " has more than %d bytes", folder, PAUSE_MAX_BYTES);
	}
	return got == 0 ? 0 : file_error(folder, "read", errno, err);
}

static int parse(const char *folder, const struct buf *text, json_t **out, struct err *err)
{
	json_t *list = NULL;

	if (json_parse(text->data, text->length, PAUSE_FILE, &list, err) < 0) {
		err->kind = ERR_STORE;
		return err_prefix(err, "%s", folder);
	}
	if (check_list(folder, list, err) < 0) {
		json_decref(list);
		return -1;
	}
	*out = list;
	return 0;
}

/* Without a file nothing is paused, provided that the folder exists. */
static int load_nothing(const char *folder, json_t **out, struct err *err)
{
	struct stat status;

	if (stat(folder, &status) < 0)
		return err_set(err, ERR_STORE, "Missing", "state folder %s can't be accessed: %s", folder,
			strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return err_set(err, ERR_STORE, "NotAFolder", "state folder %s is not a folder", folder);
	*out = json_array();
	return 0;
}

int pause_file_load(const char *folder, struct stat *status, json_t **out, struct err *err)
{
	CLEANUP_FREE char *path = xasprintf("%s/" PAUSE_FILE, folder);
	CLEANUP_BUF struct buf text = BUF_INIT(PAUSE_MAX_BYTES);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), result = -1;

	memset(status, 0, sizeof *status);
	if (fd < 0)
		return errno == ENOENT ? load_nothing(folder, out, err)
							   : file_error(folder, "read", errno, err);
	if (fstat(fd, status) < 0)
		(void)file_error(folder, "look at", errno, err);
	else if (!S_ISREG(status->st_mode))
		(void)err_set(err, ERR_STORE, "PauseMalformed", "%s/" PAUSE_FILE " is not a regular file",
			folder);
	else if (read_whole(fd, folder, &text, err) == 0)
		result = parse(folder, &text, out, err);
	close(fd);
	return result;
}

int pause_read(const char *folder, json_t **out, struct err *err)
{
	CLEANUP_JSON json_t *list = NULL;
	struct stat status;
	size_t index;
	json_t *entry;

	if (pause_file_load(folder, &status, &list, err) < 0)
		return err_prefix(err, "everything is paused");
	*out = json_array();
	json_array_foreach(list, index, entry)
		if (!pause_is_note(entry))
			json_array_append(*out, entry);
	return 0;
}

/* --- replacing --- */

/* A file that root writes must be readable for the owner of the folder. */
static int give_to_owner(const char *folder, int fd)
{
	struct stat status;

	if (geteuid() != 0)
		return 0;
	return stat(folder, &status) == 0 ? fchown(fd, status.st_uid, status.st_gid) : -1;
}

static int take_lock(const char *folder, int *lock_fd, struct err *err)
{
	CLEANUP_FREE char *path = xasprintf("%s/" LOCK_FILE, folder);
	int64_t until_us = clock_monotonic_us() + LOCK_WAIT_MS * 1000;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return errno == ENOENT
			? err_set(err, ERR_STORE, "Missing", "state folder %s does not exist", folder)
			: file_error(folder, "lock", errno, err);
	(void)!give_to_owner(folder, fd);
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int cause = errno;

		if (cause != EWOULDBLOCK || clock_monotonic_us() > until_us) {
			close(fd);
			return cause != EWOULDBLOCK
				? file_error(folder, "lock", cause, err)
				: err_set(err, ERR_BUSY, "Held",
					  "another process has been replacing %s/" PAUSE_FILE
					  " for %d s; to pause everything at once, write anything into that file",
					  folder, LOCK_WAIT_MS / 1000);
		}
		nanosleep(&(struct timespec){ .tv_nsec = 5 * 1000 * 1000 }, NULL);
	}
	*lock_fd = fd;
	return 0;
}

static int write_whole(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t put = write(fd, text, length);

		if (put < 0)
			return -1;
		text += put;
		length -= (size_t)put;
	}
	return fsync(fd);
}

static void sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)fsync(fd); /* some file systems don't support it */
	close(fd);
}

/* With `stop`, an empty file is left when the disk is full: it is malformed, so that everything
 * is paused. */
static int replace(const char *folder, const json_t *list, bool stop, struct err *err)
{
	CLEANUP_FREE char *path = xasprintf("%s/" PAUSE_FILE, folder),
					  *new_path = xasprintf("%s/" NEW_FILE, folder);
	CLEANUP_BUF struct buf text = BUF_INIT(PAUSE_MAX_BYTES);

	json_add_pretty(&text, list);
	buf_add_char(&text, '\n');
	if (!buf_ok(&text))
		return err_set(err, ERR_LIMIT, "TooManyPauses",
			"%s would have more than %d bytes; end some pauses, or pause everything", path,
			PAUSE_MAX_BYTES);
	(void)unlink(new_path); /* left by a process that was killed */
	int fd = open(new_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return file_error(folder, "replace", errno, err);
	int cause = give_to_owner(folder, fd) == 0 && fchmod(fd, 0600) == 0 &&
			write_whole(fd, text.data, text.length) == 0
		? 0
		: errno;
	bool empty = cause != 0 && stop && ftruncate(fd, 0) == 0;
	if (close(fd) < 0 && cause == 0)
		cause = errno;
	if ((cause == 0 || empty) && rename(new_path, path) < 0) {
		cause = errno;
		empty = false;
	}
	if (cause != 0 && !empty)
		(void)unlink(new_path);
	sync_folder(folder);
	if (empty)
		return err_set(err, ERR_STORE, "PausedUnnamed",
			"everything is paused, but %s could not be written, so it does not say by whom: %s",
			path, strerror(cause));
	return cause == 0 ? 0 : file_error(folder, "replace", cause, err);
}

static json_t *entry_of(const struct pause_request *request)
{
	const char *scope = request->account != NULL ? "account"
		: request->baseline != NULL              ? "baseline"
												 : "all";
	char now[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(clock_now_ms(), now);
	return json_pack("{s:s, s:s?, s:s?, s:o, s:I, s:s, s:o}", "scope", scope, "account",
		request->account, "baseline", request->baseline, "by",
		json_text(request->by != NULL ? request->by : ""), "uid", (json_int_t)request->uid, "at",
		now, "reason", json_text(request->reason));
}

static bool same_text(const json_t *entry, const char *key, const char *text)
{
	const char *value = json_get_string(entry, key);

	return value == NULL || text == NULL ? value == NULL && text == NULL : strcmp(value, text) == 0;
}

static bool same_scope(const json_t *entry, const struct pause_request *request)
{
	return !pause_is_note(entry) && same_text(entry, "account", request->account) &&
		same_text(entry, "baseline", request->baseline);
}

static bool names_everything(const struct pause_request *requests, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (requests[i].account == NULL && requests[i].baseline == NULL)
			return true;
	return false;
}

/* The list to be changed. A list that can't be read is started anew only when everything is
 * paused or resumed. */
static int load_for_change(const char *folder, bool everything, json_t **list, struct err *err)
{
	struct stat status;

	if (pause_file_load(folder, &status, list, err) == 0)
		return 0;
	if (!everything)
		return err_prefix(err,
			"everything is paused, and stays so (`reeve resume` without a selector begins a new "
			"file)");
	err_clear(err);
	*list = json_array();
	return 0;
}

static void drop_matching(json_t *list, const struct pause_request *request, const char *by,
	json_t *dropped)
{
	for (size_t i = json_array_size(list); i-- > 0;) {
		json_t *entry = json_array_get(list, i);

		if (!same_scope(entry, request) ||
			(by != NULL && strcmp(json_get_string_or(entry, "by", ""), by) != 0))
			continue;
		if (dropped != NULL)
			json_array_insert(dropped, 0, entry);
		json_array_remove(list, i);
	}
}

int pause_add(const char *folder, const struct pause_request *requests, size_t count,
	struct err *err)
{
	CLEANUP_JSON json_t *list = NULL;
	bool everything = names_everything(requests, count);
	int lock_fd, result;

	if (take_lock(folder, &lock_fd, err) < 0)
		return -1;
	result = load_for_change(folder, everything, &list, err);
	for (size_t i = 0; result == 0 && i < count; i++) {
		drop_matching(list, &requests[i], requests[i].by != NULL ? requests[i].by : "", NULL);
		json_array_append_new(list, entry_of(&requests[i]));
	}
	if (result == 0)
		result = replace(folder, list, everything, err);
	close(lock_fd);
	return result;
}

/* Replaces each pause that was ended by a note; the oldest notes are dropped to make room. */
static json_t *add_notes(json_t *list, const json_t *dropped, const struct pause_request *request,
	json_t *ended)
{
	size_t index, notes = 0;
	json_t *entry;

	json_array_foreach((json_t *)dropped, index, entry) {
		json_t *note = entry_of(request);

		json_object_set_new(note, "scope", json_string(PAUSE_RESUMED));
		json_object_set(note, "ended", entry);
		json_array_append(ended, note);
		json_array_append_new(list, note);
	}
	for (size_t i = json_array_size(list); i-- > 0;)
		if (pause_is_note(json_array_get(list, i)) && ++notes > NOTES_KEPT)
			json_array_remove(list, i);
	return list;
}

int pause_remove(const char *folder, const struct pause_request *requests, size_t count,
	json_t **ended, struct err *err)
{
	CLEANUP_JSON json_t *list = NULL, *notes = json_array();
	int lock_fd, result;

	if (take_lock(folder, &lock_fd, err) < 0)
		return -1;
	result = load_for_change(folder, names_everything(requests, count), &list, err);
	for (size_t i = 0; result == 0 && i < count; i++) {
		CLEANUP_JSON json_t *dropped = json_array();

		drop_matching(list, &requests[i], NULL, dropped);
		add_notes(list, dropped, &requests[i], notes);
	}
	if (result == 0)
		result = replace(folder, list, false, err);
	close(lock_fd);
	if (result == 0)
		*ended = json_incref(notes);
	return result;
}

void pause_describe(const json_t *entry, char *out, size_t size)
{
	const json_t *what = pause_is_note(entry) ? json_object_get(entry, "ended") : entry;
	const char *account = json_get_string(what, "account"),
			   *baseline = json_get_string(what, "baseline");

	if (account != NULL)
		snprintf(out, size, "account %s", account);
	else if (baseline != NULL)
		snprintf(out, size, "baseline %s", baseline);
	else
		snprintf(out, size, "everything");
}
