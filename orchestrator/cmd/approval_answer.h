/* `reeve approvals approve` and `deny`: identifies the person, records the answer, and makes the
 * change that it allows. */
#ifndef REEVE_CMD_APPROVAL_ANSWER_H
#define REEVE_CMD_APPROVAL_ANSWER_H

#include "cmd/command.h"

/* Records the answer to the request that the invocation's second argument names. When that was the
 * last approval that was needed, makes the change and shows what came of it. The daemon does all
 * this where it holds the state folder. Returns the exit status, with *err set for a failure. */
MAY_YIELD int approval_answer(const struct invocation *invocation, bool approve, struct err *err);

#endif
