/* Changes that somebody keeps undoing: the key that attempts are counted by, and the look-up of who
 * undoes them. */
#ifndef REEVE_ENGINE_REPEATED_CHANGE_H
#define REEVE_ENGINE_REPEATED_CHANGE_H

#include "engine/cell_view.h"
#include "guards/attempts.h"

struct attempts_key attempts_key_of(const struct drift *drift);

/* Asks CloudTrail who keeps undoing the change, and adds the answer to the verdict. */
MAY_YIELD void attempts_ask_who(const struct drift *drift, const struct attempts_key *key,
	struct attempts_verdict *verdict);

#endif
