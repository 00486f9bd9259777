#include "lag.h"

#include <stdlib.h>

/* The state before the last write, which reads show until a time of clock_ms(). */
struct detail_lag {
	struct lag_block block;
	int64_t block_until;
	struct detector detectors[MAX_REGIONS];
	int64_t detectors_until[MAX_REGIONS];
};

struct bucket_lag {
	struct encryption encryption;
	int64_t until;
};

struct user_lag {
	struct user_policy *policies;
	size_t n;
	int64_t until;
};

static int64_t until(void)
{
	return clock_ms() + org.options->lag_ms;
}

static struct detail_lag *of_detail(struct detail *d)
{
	if (!d->lag)
		d->lag = must_alloc(sizeof(*d->lag));
	return d->lag;
}

void lag_keep_block(struct detail *d)
{
	if (!org.options->lag_ms)
		return;
	of_detail(d)->block = (struct lag_block){ d->block_set, d->block };
	d->lag->block_until = until();
}

struct lag_block lag_block(const struct detail *d)
{
	if (d->lag && clock_ms() < d->lag->block_until)
		return d->lag->block;
	return (struct lag_block){ d->block_set, d->block };
}

void lag_keep_detector(struct detail *d, int region)
{
	if (!org.options->lag_ms)
		return;
	of_detail(d)->detectors[region] = d->detectors[region];
	d->lag->detectors_until[region] = until();
}

const struct detector *lag_detector(const struct detail *d, int region)
{
	if (d->lag && clock_ms() < d->lag->detectors_until[region])
		return &d->lag->detectors[region];
	return &d->detectors[region];
}

void lag_keep_encryption(struct bucket *bucket)
{
	if (!org.options->lag_ms)
		return;
	if (!bucket->lag)
		bucket->lag = must_alloc(sizeof(*bucket->lag));
	free(bucket->lag->encryption.key);
	bucket->lag->encryption = bucket->encryption;
	if (bucket->encryption.key)
		bucket->lag->encryption.key = must_strdup(bucket->encryption.key);
	bucket->lag->until = until();
}

const struct encryption *lag_encryption(const struct bucket *bucket)
{
	return bucket->lag && clock_ms() < bucket->lag->until ? &bucket->lag->encryption
														  : &bucket->encryption;
}

void lag_keep_policies(struct user *user)
{
	struct user_lag *lag = user->lag;

	if (!org.options->lag_ms)
		return;
	if (!lag)
		lag = user->lag = must_alloc(sizeof(*lag));
	for (size_t i = 0; i < lag->n; i++) {
		free(lag->policies[i].name);
		free(lag->policies[i].document);
	}
	lag->n = user->n_policies;
	lag->policies = must_realloc(lag->policies, lag->n * sizeof(lag->policies[0]));
	for (size_t i = 0; i < lag->n; i++)
		lag->policies[i] = (struct user_policy){ must_strdup(user->policies[i].name),
			must_strdup(user->policies[i].document) };
	lag->until = until();
}

struct lag_policies lag_policies(const struct user *user)
{
	if (user->lag && clock_ms() < user->lag->until)
		return (struct lag_policies){ user->lag->policies, user->lag->n };
	return (struct lag_policies){ user->policies, user->n_policies };
}
