/* The parts that `reeve pause` and `reeve resume` share: the requests, their record in the audit
 * log, and the output. */
#ifndef REEVE_CMD_PAUSE_RECORD_H
#define REEVE_CMD_PAUSE_RECORD_H

#include "base/err.h"
#include "cmd/command.h"
#include "guards/pause.h"

#include <jansson.h>

/* Makes one request for each --account or --baseline, or one for everything. The caller frees *out;
 * its texts are borrowed from the invocation. Accounts together with baselines are an error. */
int pause_requests(const struct invocation *invocation, struct pause_request **out, size_t *count,
	struct err *err) MUST_CHECK;

/* Records the pauses in the audit log, through the daemon where one holds the state folder.
 * *by_other is set when another process holds the folder, or when the daemon doesn't answer: that
 * process records the pauses before its next change. Makes the state folder where there is none. */
int pause_record(const struct invocation *invocation, bool *by_other, struct err *err) MUST_CHECK;

/* Posts each request to `path` of the daemon's API. *answer is the last answer, with the "resumed"
 * lists of all answers joined. A scope without a pause is an error only when no other request found
 * one. */
int pause_by_daemon(const struct invocation *invocation, const char *path,
	const struct pause_request *requests, size_t count, json_t **answer, struct err *err)
	MUST_CHECK;

/* Prints what was done and what is paused now, as JSON or for people. */
int pause_show(const struct invocation *invocation, const char *word, const json_t *done,
	bool by_other, struct err *err) MUST_CHECK;
/* Prints the same from an answer of the daemon. */
void pause_show_answer(const struct invocation *invocation, const char *word, const json_t *answer);

#endif
