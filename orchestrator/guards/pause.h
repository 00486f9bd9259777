/*
 * The kill switch. `reeve pause` stops every further change (or those of one account, or of one
 * baseline) before the next mutating call of any running process, without that process's help: the
 * pauses are in a file of their own in the state folder, pause.json, which is replaced as a whole
 * and checked before each mutating call. The commands need neither the store nor its lock.
 *
 * The file is a list, [{"scope": "all"|"account"|"baseline", "account": ID|null, "baseline":
 * ID|null, "by": NAME, "uid": N, "at": RFC 3339, "reason": TEXT|null}]. It also has notes of the
 * last resumptions, for the audit log of the process that sees them: {"scope": "resumed", "by",
 * "uid", "at", "reason", "ended": the pause}. No file, or an empty list, means that nothing is
 * paused. A file that can't be read, or that is not such a list, pauses everything; so does a
 * missing state folder. In an emergency, writing anything into the file stops Reeve.
 */
#ifndef REEVE_GUARDS_PAUSE_H
#define REEVE_GUARDS_PAUSE_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct audit;
struct store;

#define PAUSE_FILE "pause.json"
#define PAUSE_WHY_SIZE 512
#define PAUSE_MAX_BYTES (1024 * 1024) /* a longer file is malformed */

/* --- the running process --- */

struct pause;

/* Watches the folder's file from now on. The store, which is borrowed, remembers which pauses
 * are in the audit log; NULL: none is remembered. */
struct pause *pause_new(const char *state_folder, struct store *store);
void pause_free(struct pause *pause); /* NULL is fine */

/* Returns whether changes of that baseline in that account are paused; then `why` says who paused
 * what, when and why (text from outside: escape it when printing). It must be called right before
 * each mutating call: it checks the file's inode, size and times, and reads the file again when
 * they differ. It neither yields nor fails. An account or baseline that is not known is NULL, and
 * any pause holds it back. */
bool pause_check(struct pause *pause, const char *account, const char *baseline,
	char why[PAUSE_WHY_SIZE]);

/* Returns whether something has changed that was not in the audit log at the last pause_check. */
bool pause_changed(const struct pause *pause);
/* Appends an entry to the audit log for each pause that began or ended since the last such
 * entry, by this process or an earlier one: each is recorded once, by the process that holds the
 * store. run may be NULL. -1 when not all of it could be recorded; then the caller must make no
 * change. */
MAY_YIELD int pause_audit(struct pause *pause, struct audit *audit, const char *run,
	struct err *err) MUST_CHECK;

/* --- the commands --- */

struct pause_request {
	const char *account, *baseline; /* at most one of them is set; both NULL: everything */
	const char *by;                 /* the person's name */
	uid_t uid;
	const char *reason; /* NULL: none given */
};

#endif
