/*
 * A set of baselines: those that one configuration can assign. It is a value, made at start and
 * handed in with the configuration; there is no global registry. Today it holds the baselines that
 * are written in C (baselines.def); declared baselines, playbooks and guardrails join the same set.
 *
 * A reload of the configuration makes a new set, while the runs under way go on with theirs. So the
 * set has a reference count: code that keeps a `const struct baseline *` beyond a call must keep
 * the set, too.
 */
#ifndef REEVE_BASELINES_SET_H
#define REEVE_BASELINES_SET_H

#include "baselines/baseline.h"

/* The most baselines of a set. More would not fit the arrays that hold the cells of a signal or of
 * a whole account. */
#define BASELINE_SET_MAX 256

struct baseline_set;

/* Makes an empty set, of which the caller holds the one reference. */
struct baseline_set *baseline_set_new(void);
/* Makes a set with every baseline of baselines.def. -1 when one of them is malformed or has the id
 * of another, which is a mistake in the program. */
int baseline_set_new_built_in(struct baseline_set **out, struct err *err) MUST_CHECK;
struct baseline_set *baseline_set_retain(struct baseline_set *set);
void baseline_set_free(struct baseline_set *set); /* by the last holder; NULL is fine */

/* Adds the baseline. `release` (NULL: the baseline is static) is called on it when the set is
 * freed, and when this fails. Fails with ERR_CONFIG: "Duplicate" when the id is taken, "Malformed"
 * for a baseline that lacks a part, "TooMany". Nothing can be added to a set that a configuration
 * was read with. */
int baseline_set_add(struct baseline_set *set, const struct baseline *baseline,
	void (*release)(const struct baseline *baseline), struct err *err) MUST_CHECK;

size_t baseline_set_count(const struct baseline_set *set);
const struct baseline *baseline_set_at(const struct baseline_set *set, size_t index); /* or NULL */
/* Returns the baseline with that id, or NULL when the set has none. */
const struct baseline *baseline_set_find(const struct baseline_set *set, const char *id);
/* Returns the baseline's number, for arrays with one element for each baseline. The set must have
 * the baseline (asserted). */
size_t baseline_set_index(const struct baseline_set *set, const struct baseline *baseline);

/* Returns the catalogue of what a configuration may assign. Borrowed from the set, to which nothing
 * can be added from now on. */
const struct catalogue *baseline_set_catalogue(struct baseline_set *set);
/* Returns the set that the configuration was read with, so that code that has a configuration has
 * its baselines. Never NULL for a configuration that was read with the catalogue of a set
 * (asserted). */
const struct baseline_set *baselines_of(const struct config *config);

#endif
