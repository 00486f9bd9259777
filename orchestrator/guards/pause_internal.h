/* What pause.c, which watches the file, and pause_file.c, which reads and replaces it, share. */
#ifndef REEVE_GUARDS_PAUSE_INTERNAL_H
#define REEVE_GUARDS_PAUSE_INTERNAL_H

#include "guards/pause.h"

#include <sys/stat.h>

#define PAUSE_RESUMED "resumed"

/* The checked list of the file, with its notes; an empty one when there is no file, and then
 * status->st_ino is 0. */
int pause_file_load(const char *state_folder, struct stat *status, json_t **out, struct err *err)
	MUST_CHECK;

bool pause_is_note(const json_t *entry);

#endif
