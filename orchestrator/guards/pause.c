#include "guards/pause.h"

#include "audit/audit.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "guards/pause_file.h"
#include "ledger/pause_record.h"

#include <errno.h>
#include <sys/stat.h>

/* A file that changed this shortly before it was read is read again each time: another change
 * within the resolution of the file system's times could go unnoticed. */
#define SETTLED_MS 2500

struct pause {
	char *folder, *path;
	/* The file as it was read last: */
	bool settled;           /* the file's stamp alone tells whether it has changed */
	struct stat stamp;      /* st_ino 0: there was no file */
	struct pause_list list; /* checked, notes included; replaced, never changed */
	struct err failure;     /* why the file could not be read: then everything is paused */
	/* The part of it that is in the audit log: */
	struct store *store;
	bool changed, auditing;
	struct pause_list told; /* the list as it was then */
	bool told_unreadable;
};

struct pause *pause_new(const char *state_folder, struct store *store)
{
	struct pause *pause = xcalloc(1, sizeof *pause);

	pause->store = store;
	pause->folder = xstrdup(state_folder);
	pause->path = xasprintf("%s/" PAUSE_FILE, state_folder);
	if (store != NULL)
		pause_told_read(store, &pause->told);
	return pause;
}

void pause_free(struct pause *pause)
{
	if (pause == NULL)
		return;
	pause_list_release(&pause->list);
	pause_list_release(&pause->told);
	free(pause->folder);
	free(pause->path);
	free(pause);
}

static bool same_lists(const struct pause_list *left, const struct pause_list *right)
{
	for (size_t i = 0; i < left->count && i < right->count; i++)
		if (!pause_record_equal(&left->items[i], &right->items[i]))
			return false;
	return left->count == right->count;
}

static int64_t stamp_ms(struct timespec time)
{
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static bool is_settled(const struct stat *status)
{
	int64_t latest_ms = clock_now_ms() - SETTLED_MS;

	return status->st_ino == 0 ||
		(stamp_ms(status->st_mtim) < latest_ms && stamp_ms(status->st_ctim) < latest_ms);
}

static void read_anew(struct pause *pause)
{
	bool was_unreadable = pause->failure.kind != ERR_NONE;
	struct pause_list list;

	err_clear(&pause->failure);
	if (pause_file_load(pause->folder, &pause->stamp, &list, &pause->failure) < 0) {
		pause->settled = false; /* it may become readable without a change of its stamp */
		pause->changed |= !was_unreadable;
		if (!was_unreadable)
			log_error("%s: no more changes are made", pause->failure.message);
		return;
	}
	pause->settled = is_settled(&pause->stamp);
	pause->changed |= was_unreadable || !same_lists(&list, &pause->told);
	pause_list_release(&pause->list);
	pause->list = list;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_same(const struct pause *pause)
{
	const struct stat *then = &pause->stamp;
	struct stat now;

	if (!pause->settled)
		return false;
	if (lstat(pause->path, &now) < 0) {
		if (errno != ENOENT || then->st_ino != 0)
			return false;
		/* There is no file, as before. But if the folder is gone as well, that does not mean
		 * that nothing is paused. */
		return stat(pause->folder, &now) == 0 && S_ISDIR(now.st_mode);
	}
	return now.st_ino == then->st_ino && now.st_dev == then->st_dev &&
		now.st_size == then->st_size && same_time(now.st_mtim, then->st_mtim) &&
		same_time(now.st_ctim, then->st_ctim) && now.st_mode == then->st_mode;
}

static void explain(const struct pause_record *record, char why[PAUSE_WHY_SIZE])
{
	const char *reason = record->is.reason;
	char what[192], since[CLOCK_RFC3339_SIZE];

	pause_describe_record(record, what, sizeof what);
	clock_format_rfc3339(record->is.at_ms, since);
	snprintf(why, PAUSE_WHY_SIZE, "%s is paused by %s since %s%s%s", what, record->is.by, since,
		reason != NULL ? ": " : "", reason != NULL ? reason : "");
}

/* Returns whether the pause covers the account and the baseline; an account or a baseline that is
 * not known (NULL) is covered by any pause of its kind. */
static bool covers(const struct pause_facts *pause, const char *account, const char *baseline)
{
	switch (pause->scope) {
	case PAUSE_ALL:
		return true;
	case PAUSE_ACCOUNT:
		return account == NULL || strcmp(pause->account, account) == 0;
	case PAUSE_BASELINE:
		return baseline == NULL || strcmp(pause->baseline, baseline) == 0;
	case PAUSE_RESUMED:
		break;
	}
	return false;
}

/* Returns the pause with the widest scope that covers them, of several the last one that was made;
 * NULL when there is none. */
static const struct pause_record *find(const struct pause_list *list, const char *account,
	const char *baseline)
{
	const struct pause_record *found = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct pause_record *record = &list->items[i];

		if (covers(&record->is, account, baseline) &&
			(found == NULL || record->is.scope <= found->is.scope))
			found = record;
	}
	return found;
}

bool pause_check(struct pause *pause, const char *account, const char *baseline,
	char why[PAUSE_WHY_SIZE])
{
	const struct pause_record *record;

	why[0] = '\0';
	if (!is_same(pause))
		read_anew(pause);
	if (pause->failure.kind != ERR_NONE) {
		snprintf(why, PAUSE_WHY_SIZE,
			"everything is paused, since the pauses can't be read: %.400s", pause->failure.message);
		return true;
	}
	record = find(&pause->list, account, baseline);
	if (record != NULL)
		explain(record, why);
	return record != NULL;
}

/* --- telling --- */

bool pause_changed(const struct pause *pause)
{
	return pause->changed;
}

static bool contains(const struct pause_list *list, const struct pause_record *record)
{
	for (size_t i = 0; i < list->count; i++)
		if (pause_record_equal(&list->items[i], record))
			return true;
	return false;
}

static bool has_note_of(const struct pause_list *list, const struct pause_record *record)
{
	for (size_t i = 0; i < list->count; i++)
		if (pause_record_is_note(&list->items[i]) &&
			pause_facts_equal(&list->items[i].ended, &record->is))
			return true;
	return false;
}

/* A copy of what the audit log is to be told, since the lists may be replaced meanwhile. */
struct changes {
	struct pause_list now, told;
	bool unreadable, readable_again;
	struct err failure; /* why it is unreadable */
};

static void take_changes(const struct pause *pause, struct changes *out)
{
	*out = (struct changes){ .unreadable = pause->failure.kind != ERR_NONE };
	out->readable_again = !out->unreadable && pause->told_unreadable;
	out->failure = pause->failure;
	pause_list_copy(&pause->list, &out->now);
	pause_list_copy(&pause->told, &out->told);
}

static void release_changes(struct changes *changes)
{
	pause_list_release(&changes->now);
	pause_list_release(&changes->told);
}

static MAY_YIELD int audit_record(struct audit *audit, const struct pause_record *record,
	const char *run, struct err *err)
{
	CLEANUP_JSON json_t *document = pause_record_document(record);
	bool note = pause_record_is_note(record);
	const struct pause_facts *what = note ? &record->ended : &record->is;
	char scope[192];

	pause_describe_record(record, scope, sizeof scope);
	return audit_append(audit,
		&(struct audit_entry){ .kind = AUDIT_COMMAND,
			.action = note ? "resume" : "pause",
			.outcome = "done",
			.run = run,
			.actor = record->is.by,
			.account = what->account,
			.baseline = what->baseline,
			.reason = record->is.reason,
			.rule = scope,
			.after = document },
		err);
}

/* A pause that disappeared without a note: somebody wrote or removed the file by hand. */
static MAY_YIELD int audit_vanished(struct audit *audit, const struct pause_record *record,
	const char *run, struct err *err)
{
	CLEANUP_JSON json_t *document = pause_record_document(record);
	char scope[192];

	pause_describe_record(record, scope, sizeof scope);
	return audit_append(audit,
		&(struct audit_entry){ .kind = AUDIT_COMMAND,
			.action = "resume",
			.outcome = "seen",
			.run = run,
			.account = record->is.account,
			.baseline = record->is.baseline,
			.reason = "the pause was removed from " PAUSE_FILE ", which does not say by whom",
			.rule = scope,
			.before = document },
		err);
}

static MAY_YIELD int audit_readability(struct audit *audit, const char *unreadable, const char *run,
	struct err *err)
{
	return audit_append(audit,
		&(struct audit_entry){ .kind = AUDIT_COMMAND,
			.action = unreadable != NULL ? "pause" : "resume",
			.outcome = "seen",
			.run = run,
			.rule = "everything",
			.reason = unreadable != NULL ? unreadable : PAUSE_FILE " can be read again" },
		err);
}

/* Records new pauses first, then the notes of pauses that were ended, then pauses that have
 * vanished. */
static MAY_YIELD int audit_changes(struct audit *audit, const struct changes *changes,
	const char *run, struct err *err)
{
	const struct pause_list *now = &changes->now, *told = &changes->told;
	int result = 0;

	if ((changes->unreadable || changes->readable_again) &&
		audit_readability(audit, changes->unreadable ? changes->failure.message : NULL, run, err) <
			0)
		return -1;
	if (changes->unreadable)
		return 0;
	for (int notes = 0; notes <= 1; notes++)
		for (size_t i = 0; result == 0 && i < now->count; i++)
			if (pause_record_is_note(&now->items[i]) == (notes == 1) &&
				!contains(told, &now->items[i]))
				result = audit_record(audit, &now->items[i], run, err);
	for (size_t i = 0; result == 0 && i < told->count; i++)
		if (!pause_record_is_note(&told->items[i]) && !contains(now, &told->items[i]) &&
			!has_note_of(now, &told->items[i]))
			result = audit_vanished(audit, &told->items[i], run, err);
	return result;
}

static MAY_YIELD int remember(struct pause *pause, struct changes *changes, struct err *err)
{
	pause->told_unreadable = changes->unreadable;
	if (changes->unreadable)
		return 0;
	pause_list_release(&pause->told);
	pause_list_copy(&changes->now, &pause->told);
	return pause->store != NULL ? pause_told_put(pause->store, &changes->now, err) : 0;
}

int pause_audit(struct pause *pause, struct audit *audit, const char *run, struct err *err)
{
	struct changes changes;

	if (!pause->changed || pause->auditing)
		return 0;
	/* A change while this waits is reported the next time. */
	take_changes(pause, &changes);
	pause->changed = false;
	pause->auditing = true;
	int result =
		audit_changes(audit, &changes, run, err) < 0 || remember(pause, &changes, err) < 0 ? -1 : 0;
	pause->auditing = false;
	pause->changed |= result < 0;
	release_changes(&changes);
	return result;
}
