/* Eventual consistency, by --lag: for that long after a write, reads show the resource as it was
 * before. Each lag_keep_… is called before a write that will take effect; lag_… is the state that a
 * read shows. */
#ifndef SIM_LAG_H
#define SIM_LAG_H

#include "state.h"

struct lag_block {
	bool set;
	unsigned bits;
};

struct lag_policies {
	const struct user_policy *items;
	size_t n;
};

void lag_keep_block(struct detail *detail);
struct lag_block lag_block(const struct detail *detail);
void lag_keep_detector(struct detail *detail, int region);
const struct detector *lag_detector(const struct detail *detail, int region);
void lag_keep_encryption(struct bucket *bucket);
const struct encryption *lag_encryption(const struct bucket *bucket);
void lag_keep_policies(struct user *user);
struct lag_policies lag_policies(const struct user *user);

#endif
