/*
 * A set of baselines: what one configuration can assign. It is a value, made at start and handed
 * in with the configuration; there is no global registry. Today it holds the baselines that are
 * written in C (baselines.def); declared baselines, playbooks and guardrails join the same set.
 *
 * A reload of the configuration makes a new set, while the runs under way go on with theirs. So the
 * set is counted: who keeps a `const struct baseline *` beyond a call keeps the set, too.
 */
#ifndef REEVE_BASELINES_SET_H
#define REEVE_BASELINES_SET_H

#include "baselines/baseline.h"

/* More would not fit the arrays that a signal's or a whole account's cells are gathered in. */
#define BASELINE_SET_MAX 256

struct baseline_set;

/* An empty set, held once by the caller. */
struct baseline_set *baseline_set_new(void);
/* One with every baseline of baselines.def. -1: one of them is malformed or there twice, which is
 * a mistake in the program. */
int baseline_set_new_built_in(struct baseline_set **out, struct err *err) MUST_CHECK;
struct baseline_set *baseline_set_retain(struct baseline_set *set);
void baseline_set_free(struct baseline_set *set); /* by the last holder; NULL is fine */

/* Takes the baseline in. `release` (NULL: the baseline is static) is called on it when the set
 * goes, and on failure, too. Refused with ERR_CONFIG: "Duplicate" for an id that is there,
 * "Malformed" for a baseline that lacks a part, "TooMany". A set that a configuration was read with
 * takes no more. */
int baseline_set_add(struct baseline_set *set, const struct baseline *baseline,
	void (*release)(const struct baseline *baseline), struct err *err) MUST_CHECK;

size_t baseline_set_count(const struct baseline_set *set);
const struct baseline *baseline_set_at(const struct baseline_set *set, size_t index); /* or NULL */
/* NULL when no baseline of the set has that id. */
const struct baseline *baseline_set_find(const struct baseline_set *set, const char *id);
/* The baseline's number, for arrays with one entry each; the set has it (asserted). */
size_t baseline_set_index(const struct baseline_set *set, const struct baseline *baseline);

/* What the configuration may assign; borrowed from the set, which takes no more from now on. */
const struct catalogue *baseline_set_catalogue(struct baseline_set *set);
/* The set that a configuration was read with: the two belong together, so that whoever has a
 * configuration has its baselines. Never NULL for a configuration that was read with the
 * catalogue of a set (asserted). */
const struct baseline_set *baselines_of(const struct config *config);

#endif
