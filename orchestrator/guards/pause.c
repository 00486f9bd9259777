#include "guards/pause.h"

#include "audit/audit.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "guards/pause_file.h"
#include "store/queue.h"
#include "store/read.h"
#include "store/store.h"

#include <errno.h>
#include <sys/stat.h>

/* A file that changed this shortly before it was read is read again each time: another change
 * within the resolution of the file system's times could go unnoticed. */
#define SETTLED_MS 2500

struct pause {
	char *folder, *path;
	/* What was read last: */
	bool settled;                 /* the file's stamp alone tells whether it has changed */
	struct stat stamp;            /* st_ino 0: there was no file */
	json_t *list;                 /* checked, notes included; replaced, never changed */
	const json_t *everything;     /* an entry of the list, or NULL */
	json_t *accounts, *baselines; /* id: entry */
	struct err failure;           /* why the file could not be read: then everything is paused */
	/* What is in the audit log of it: */
	struct store *store;
	bool changed, auditing;
	json_t *told; /* the list as it was then */
	bool told_unreadable;
};

static struct store_key told_key(void)
{
	return STORE_KEY("pauses-told");
}

static json_t *read_told(struct store *store)
{
	struct store_key key = told_key();
	struct err err = ERR_INIT;
	json_t *told = NULL;

	/* An unreadable file is reported once more. */
	if (store == NULL || store_get_json(store, STORE_META, &key, &told, &err) < 0 ||
		!json_is_array(told)) {
		json_decref(told);
		return json_array();
	}
	return told;
}

struct pause *pause_new(const char *state_folder, struct store *store)
{
	struct pause *pause = xcalloc(1, sizeof *pause);

	pause->store = store;
	pause->folder = xstrdup(state_folder);
	pause->path = xasprintf("%s/" PAUSE_FILE, state_folder);
	pause->list = json_array();
	pause->accounts = json_object();
	pause->baselines = json_object();
	pause->told = read_told(store);
	return pause;
}

void pause_free(struct pause *pause)
{
	if (pause == NULL)
		return;
	json_decref(pause->list);
	json_decref(pause->accounts);
	json_decref(pause->baselines);
	json_decref(pause->told);
	free(pause->folder);
	free(pause->path);
	free(pause);
}

static void take_list(struct pause *pause, json_t *list)
{
	size_t index;
	json_t *entry;

	json_decref(pause->list);
	pause->list = list;
	pause->everything = NULL;
	json_object_clear(pause->accounts);
	json_object_clear(pause->baselines);
	json_array_foreach(list, index, entry) {
		const char *account = json_get_string(entry, "account"),
				   *baseline = json_get_string(entry, "baseline");

		if (pause_is_note(entry))
			continue;
		if (account != NULL)
			json_object_set(pause->accounts, account, entry);
		else if (baseline != NULL)
			json_object_set(pause->baselines, baseline, entry);
		else
			pause->everything = entry;
	}
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
	json_t *list = NULL;

	err_clear(&pause->failure);
	if (pause_file_load(pause->folder, &pause->stamp, &list, &pause->failure) < 0) {
		pause->settled = false; /* it may become readable without a change of its stamp */
		pause->changed |= !was_unreadable;
		if (!was_unreadable)
			log_error("%s: no more changes are made", pause->failure.message);
		return;
	}
	pause->settled = is_settled(&pause->stamp);
	pause->changed |= was_unreadable || !json_equal(list, pause->told);
	take_list(pause, list);
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

static void explain(const json_t *entry, char why[PAUSE_WHY_SIZE])
{
	const char *reason = json_get_string(entry, "reason");
	char what[192];

	pause_describe(entry, what, sizeof what);
	snprintf(why, PAUSE_WHY_SIZE, "%s is paused by %s since %s%s%s", what,
		json_get_string_or(entry, "by", "?"), json_get_string_or(entry, "at", "?"),
		reason != NULL ? ": " : "", reason != NULL ? reason : "");
}

/* The pause of that id; for an unknown id, any pause. */
static const json_t *find(const json_t *entries, const char *id)
{
	if (id != NULL)
		return json_object_get(entries, id);
	return json_object_iter_value(json_object_iter((json_t *)entries));
}

bool pause_check(struct pause *pause, const char *account, const char *baseline,
	char why[PAUSE_WHY_SIZE])
{
	const json_t *entry;

	why[0] = '\0';
	if (!is_same(pause))
		read_anew(pause);
	if (pause->failure.kind != ERR_NONE) {
		snprintf(why, PAUSE_WHY_SIZE,
			"everything is paused, since the pauses can't be read: %.400s", pause->failure.message);
		return true;
	}
	entry = pause->everything;
	if (entry == NULL)
		entry = find(pause->accounts, account);
	if (entry == NULL)
		entry = find(pause->baselines, baseline);
	if (entry == NULL)
		return false;
	explain(entry, why);
	return true;
}

/* --- telling --- */

bool pause_changed(const struct pause *pause)
{
	return pause->changed;
}

static bool contains(const json_t *list, const json_t *entry)
{
	size_t index;
	json_t *item;

	json_array_foreach((json_t *)list, index, item)
		if (json_equal(item, (json_t *)entry))
			return true;
	return false;
}

static bool has_note_of(const json_t *list, const json_t *entry)
{
	size_t index;
	json_t *item;

	json_array_foreach((json_t *)list, index, item)
		if (pause_is_note(item) && json_equal(json_object_get(item, "ended"), (json_t *)entry))
			return true;
	return false;
}

static json_t *changes_of(const struct pause *pause)
{
	json_t *paused = json_array(), *resumed = json_array(), *entry;
	bool unreadable = pause->failure.kind != ERR_NONE;
	size_t index;

	json_array_foreach(pause->list, index, entry)
		if (!unreadable && !contains(pause->told, entry))
			json_array_append(pause_is_note(entry) ? resumed : paused, entry);
	json_array_foreach(pause->told, index, entry)
		if (!unreadable && !pause_is_note(entry) && !contains(pause->list, entry) &&
			!has_note_of(pause->list, entry))
			json_array_append(resumed, entry);
	return json_pack("{s:o, s:o, s:o, s:b}", "paused", paused, "resumed", resumed, "unreadable",
		unreadable ? json_text(pause->failure.message) : json_null(), "readable",
		!unreadable && pause->told_unreadable);
}

static MAY_YIELD int audit_entry(struct audit *audit, const json_t *entry, const char *run,
	struct err *err)
{
	bool note = pause_is_note(entry);
	const json_t *what = note ? json_object_get(entry, "ended") : entry;
	char scope[192];

	pause_describe(entry, scope, sizeof scope);
	return audit_append(audit,
		&(struct audit_entry){ .kind = AUDIT_COMMAND,
			.action = note ? "resume" : "pause",
			.outcome = "done",
			.run = run,
			.actor = json_get_string(entry, "by"),
			.account = json_get_string(what, "account"),
			.baseline = json_get_string(what, "baseline"),
			.reason = json_get_string(entry, "reason"),
			.rule = scope,
			.after = entry },
		err);
}

/* A pause that disappeared without a note: somebody wrote or removed the file by hand. */
static MAY_YIELD int audit_vanished(struct audit *audit, const json_t *entry, const char *run,
	struct err *err)
{
	char scope[192];

	pause_describe(entry, scope, sizeof scope);
	return audit_append(audit,
		&(struct audit_entry){ .kind = AUDIT_COMMAND,
			.action = "resume",
			.outcome = "seen",
			.run = run,
			.account = json_get_string(entry, "account"),
			.baseline = json_get_string(entry, "baseline"),
			.reason = "the pause was removed from " PAUSE_FILE ", which does not say by whom",
			.rule = scope,
			.before = entry },
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

static MAY_YIELD int audit_changes(struct audit *audit, const json_t *changes, const char *run,
	struct err *err)
{
	const char *unreadable = json_get_string(changes, "unreadable");
	size_t index;
	json_t *entry;

	if ((unreadable != NULL || json_get_bool_or(changes, "readable", false)) &&
		audit_readability(audit, unreadable, run, err) < 0)
		return -1;
	json_array_foreach(json_object_get(changes, "paused"), index, entry)
		if (audit_entry(audit, entry, run, err) < 0)
			return -1;
	json_array_foreach(json_object_get(changes, "resumed"), index, entry)
		if ((pause_is_note(entry) ? audit_entry(audit, entry, run, err)
								  : audit_vanished(audit, entry, run, err)) < 0)
			return -1;
	return 0;
}

static MAY_YIELD int remember(struct pause *pause, json_t *list, bool unreadable, struct err *err)
{
	struct store_key key = told_key();

	pause->told_unreadable = unreadable;
	if (unreadable)
		return 0;
	json_incref(list);
	json_decref(pause->told);
	pause->told = list;
	return pause->store != NULL ? store_put_json(pause->store, STORE_META, &key, list, err) : 0;
}

int pause_audit(struct pause *pause, struct audit *audit, const char *run, struct err *err)
{
	if (!pause->changed || pause->auditing)
		return 0;
	/* A change while this waits is reported the next time. */
	CLEANUP_JSON json_t *changes = changes_of(pause), *list = json_incref(pause->list);
	bool unreadable = pause->failure.kind != ERR_NONE;

	pause->changed = false;
	pause->auditing = true;
	int result = audit_changes(audit, changes, run, err) < 0 ||
			remember(pause, list, unreadable, err) < 0
		? -1
		: 0;
	pause->auditing = false;
	pause->changed |= result < 0;
	return result;
}
