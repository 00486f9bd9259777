/* Changes that somebody keeps undoing: which resource they are of, and who does it. */
#ifndef REEVE_ENGINE_REPEATED_CHANGE_H
#define REEVE_ENGINE_REPEATED_CHANGE_H

#include "engine/cell_view.h"
#include "guards/attempts.h"

struct attempts_key attempts_key_of(const struct drift *drift);

/* Adds to the verdict who keeps undoing the change, where CloudTrail tells. */
MAY_YIELD void attempts_ask_who(const struct drift *drift, const struct attempts_key *key,
	struct attempts_verdict *verdict);

#endif
