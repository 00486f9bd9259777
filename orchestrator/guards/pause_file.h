/* The file of pauses. */
#ifndef REEVE_GUARDS_PAUSE_FILE_H
#define REEVE_GUARDS_PAUSE_FILE_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct pause_list;
struct pause_record;
struct pause_request;
struct stat;

/* Reads the pauses in force, also beside a running process; a new list in *out. -1 when the file
 * can't be read or is malformed, so that everything is paused; the error says so. */
int pause_read(const char *state_folder, json_t **out, struct err *err) MUST_CHECK;

/* Adds a pause, which is on disk when this returns; one of the same scope by the same person is
 * replaced. Several scopes are added together. A malformed file is only replaced by a pause of
 * everything, since anything else would pause less than now. */
int pause_add(const char *state_folder, const struct pause_request *requests, size_t count,
	struct err *err) MUST_CHECK;

/* Ends the pauses of exactly those scopes, whoever made them: ending the pause of everything
 * leaves those of single accounts and baselines. *ended is a new list with the notes of what was
 * ended (empty when there was nothing). A malformed file can only be replaced as a whole, by
 * ending the pause of everything. */
int pause_remove(const char *state_folder, const struct pause_request *requests, size_t count,
	json_t **ended, struct err *err) MUST_CHECK;

/* Describe the scope of a pause, or of the pause that a note ended: "everything", "account
 * 111122223333", "baseline iam.user-mfa". The second function takes a pause as documents show it.
 */
void pause_describe_record(const struct pause_record *record, char *out, size_t size);
void pause_describe(const json_t *document, char *out, size_t size);

/* Loads the list of the file, with its notes, and checks it; pause_list_release ends it. It is
 * empty when there is no file, and then status->st_ino is 0. */
int pause_file_load(const char *state_folder, struct stat *status, struct pause_list *out,
	struct err *err) MUST_CHECK;

#endif
