/*
 * Reads, checks and replaces the file of pauses. Processes that replace it take turns by a lock of
 * its own, so that they neither wait for a running `reeve serve` nor lose each other's pauses.
 */
#include "guards/pause_file.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "guards/pause.h"
#include "ledger/pause_record.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
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

static int check_list(const char *folder, const json_t *list, struct pause_list *out,
	struct err *err)
{
	struct err cause = ERR_INIT;
	size_t bad;

	if (!json_is_array(list))
		return err_set(err, ERR_STORE, "PauseMalformed",
			"%s/" PAUSE_FILE " is not a list of pauses", folder);
	if (pause_list_decode(list, out, &bad, &cause) == 0)
		return 0;
	return err_set(err, ERR_STORE, "PauseMalformed", "%s/" PAUSE_FILE ": item %zu: %s", folder, bad,
		cause.message);
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

static int parse(const char *folder, const struct buf *text, struct pause_list *out,
	struct err *err)
{
	CLEANUP_JSON json_t *list = NULL;

	if (json_parse(text->data, text->length, PAUSE_FILE, &list, err) < 0) {
		err->kind = ERR_STORE;
		return err_prefix(err, "%s", folder);
	}
	return check_list(folder, list, out, err);
}

/* Without a file nothing is paused, provided that the folder exists; this checks the folder. */
static int load_nothing(const char *folder, struct err *err)
{
	struct stat status;

	if (stat(folder, &status) < 0)
		return err_set(err, ERR_STORE, "Missing", "state folder %s can't be accessed: %s", folder,
			strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return err_set(err, ERR_STORE, "NotAFolder", "state folder %s is not a folder", folder);
	return 0;
}

int pause_file_load(const char *folder, struct stat *status, struct pause_list *out,
	struct err *err)
{
	CLEANUP_FREE char *path = xasprintf("%s/" PAUSE_FILE, folder);
	CLEANUP_BUF struct buf text = BUF_INIT(PAUSE_MAX_BYTES);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), result = -1;

	memset(status, 0, sizeof *status);
	*out = (struct pause_list){ NULL };
	if (fd < 0)
		return errno == ENOENT ? load_nothing(folder, err) : file_error(folder, "read", errno, err);
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
	struct pause_list list;
	struct stat status;

	if (pause_file_load(folder, &status, &list, err) < 0)
		return err_prefix(err, "everything is paused");
	*out = json_array();
	for (size_t i = 0; i < list.count; i++)
		if (!pause_record_is_note(&list.items[i]))
			json_array_append_new(*out, pause_record_document(&list.items[i]));
	pause_list_release(&list);
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
static int replace(const char *folder, const struct pause_list *list, bool stop, struct err *err)
{
	CLEANUP_JSON json_t *json = pause_list_encode(list);
	CLEANUP_FREE char *path = xasprintf("%s/" PAUSE_FILE, folder),
					  *new_path = xasprintf("%s/" NEW_FILE, folder);
	CLEANUP_BUF struct buf text = BUF_INIT(PAUSE_MAX_BYTES);

	json_add_pretty(&text, json);
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

/* The texts are borrowed from the request. */
static struct pause_record record_of(const struct pause_request *request)
{
	return (struct pause_record){ .is = {
									  .scope = request->account != NULL ? PAUSE_ACCOUNT
										  : request->baseline != NULL   ? PAUSE_BASELINE
																		: PAUSE_ALL,
									  .account = request->account,
									  .baseline = request->baseline,
									  .by = request->by != NULL ? request->by : "",
									  .uid = (int64_t)request->uid,
									  .at_ms = clock_now_ms(),
									  .reason = request->reason,
								  } };
}

static bool same_text(const char *left, const char *right)
{
	return left == NULL || right == NULL ? left == right : strcmp(left, right) == 0;
}

static bool same_scope(const struct pause_record *record, const struct pause_request *request)
{
	return !pause_record_is_note(record) && same_text(record->is.account, request->account) &&
		same_text(record->is.baseline, request->baseline);
}

static bool names_everything(const struct pause_request *requests, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (requests[i].account == NULL && requests[i].baseline == NULL)
			return true;
	return false;
}

/* Loads the list that is to be changed. A list that can't be read is begun anew only when
 * everything is paused or resumed. */
static int load_for_change(const char *folder, bool everything, struct pause_list *list,
	struct err *err)
{
	struct stat status;

	if (pause_file_load(folder, &status, list, err) == 0)
		return 0;
	if (!everything)
		return err_prefix(err,
			"everything is paused, and stays so (`reeve resume` without a selector begins a new "
			"file)");
	err_clear(err);
	return 0;
}

/* Removes the pauses of that scope (and of that person, unless `by` is NULL), and adds them to
 * `dropped` in the order of the list. */
static void drop_matching(struct pause_list *list, const struct pause_request *request,
	const char *by, struct pause_list *dropped)
{
	for (size_t i = 0; i < list->count;) {
		const struct pause_record *record = &list->items[i];

		if (!same_scope(record, request) || (by != NULL && strcmp(record->is.by, by) != 0)) {
			i++;
			continue;
		}
		struct pause_record taken = pause_list_take(list, i);
		pause_list_add(dropped, &taken);
	}
}

int pause_add(const char *folder, const struct pause_request *requests, size_t count,
	struct err *err)
{
	struct pause_list list = { NULL }, dropped = { NULL };
	bool everything = names_everything(requests, count);
	int lock_fd, result;

	if (take_lock(folder, &lock_fd, err) < 0)
		return -1;
	result = load_for_change(folder, everything, &list, err);
	for (size_t i = 0; result == 0 && i < count; i++) {
		struct pause_record record = record_of(&requests[i]);

		drop_matching(&list, &requests[i], record.is.by, &dropped);
		pause_list_add(&list, &record);
	}
	if (result == 0)
		result = replace(folder, &list, everything, err);
	close(lock_fd);
	pause_list_release(&list);
	pause_list_release(&dropped);
	return result;
}

/* Adds a note of each pause that was ended, of which it takes over the texts. */
static void add_notes(struct pause_list *list, struct pause_list *dropped,
	const struct pause_request *request, json_t *ended)
{
	while (dropped->count > 0) {
		struct pause_record pause = pause_list_take(dropped, 0), note = record_of(request);

		note.is.scope = PAUSE_RESUMED;
		note.ended = pause.is;
		note.source = pause.source;
		json_array_append_new(ended, pause_record_document(&note));
		pause_list_add(list, &note);
	}
}

/* Drops the oldest notes to make room. */
static void prune_notes(struct pause_list *list)
{
	size_t notes = 0;

	for (size_t i = list->count; i-- > 0;) {
		if (!pause_record_is_note(&list->items[i]) || ++notes <= NOTES_KEPT)
			continue;
		struct pause_record oldest = pause_list_take(list, i);
		pause_record_release(&oldest);
	}
}

int pause_remove(const char *folder, const struct pause_request *requests, size_t count,
	json_t **ended, struct err *err)
{
	struct pause_list list = { NULL }, dropped = { NULL };
	CLEANUP_JSON json_t *notes = json_array();
	int lock_fd, result;

	if (take_lock(folder, &lock_fd, err) < 0)
		return -1;
	result = load_for_change(folder, names_everything(requests, count), &list, err);
	for (size_t i = 0; result == 0 && i < count; i++) {
		drop_matching(&list, &requests[i], NULL, &dropped);
		add_notes(&list, &dropped, &requests[i], notes);
		prune_notes(&list);
	}
	if (result == 0)
		result = replace(folder, &list, false, err);
	close(lock_fd);
	pause_list_release(&list);
	pause_list_release(&dropped);
	if (result == 0)
		*ended = json_incref(notes);
	return result;
}

void pause_describe_record(const struct pause_record *record, char *out, size_t size)
{
	const struct pause_facts *facts = pause_record_is_note(record) ? &record->ended : &record->is;

	if (facts->account != NULL)
		snprintf(out, size, "account %s", facts->account);
	else if (facts->baseline != NULL)
		snprintf(out, size, "baseline %s", facts->baseline);
	else
		snprintf(out, size, "everything");
}

void pause_describe(const json_t *document, char *out, size_t size)
{
	struct pause_record record;
	struct err err = ERR_INIT;

	if (pause_record_decode(document, &record, &err) < 0) {
		snprintf(out, size, "a pause that can't be read (%s)", err.message);
		return;
	}
	pause_describe_record(&record, out, size);
	pause_record_release(&record);
}
