/* What `reeve pause` and `reeve resume` share. Where the state folder is closed to the user, the
 * daemon is asked. */
#ifndef REEVE_CMD_CLI_PAUSE_H
#define REEVE_CMD_CLI_PAUSE_H

#include "base/err.h"
#include "cmd/command.h"
#include "guards/pause.h"

#include <jansson.h>

/* The requests that the options --account, --baseline and --reason make: one for each of them, or
 * one for everything. The caller frees; the texts are borrowed from the invocation. Refuses
 * accounts together with baselines. */
int pause_requests(const struct invocation *invocation, struct pause_request **out, size_t *count,
	struct err *err) MUST_CHECK;

/* Has the audit log told, by the daemon where one holds the state folder. Another process that
 * holds it tells the log itself, and so does a daemon that does not answer, before its next change:
 * *by_other is set. Makes the folder where there is none. */
int pause_record(const struct invocation *invocation, bool *by_other, struct err *err) MUST_CHECK;

/* Asks the daemon: each request by POST of `path`. *answer is its last one, with the lists
 * "resumed" of all together. What has no pause of just that scope is no error as long as another
 * one has. */
int pause_by_daemon(const struct invocation *invocation, const char *path,
	const struct pause_request *requests, size_t count, json_t **answer, struct err *err)
	MUST_CHECK;

/* Prints what was done and what is paused now, as JSON or for people. */
int pause_show(const struct invocation *invocation, const char *word, const json_t *done,
	bool by_other, struct err *err) MUST_CHECK;
/* The same of what the daemon answered. */
void pause_show_answer(const struct invocation *invocation, const char *word, const json_t *answer);

#endif
