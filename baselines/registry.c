#include "baselines/baseline.h"

#include "base/banned.h"

static const struct baseline *const baselines[] = {
#define BASELINE(symbol) &baseline_##symbol,
#include "baselines/baselines.def"
#undef BASELINE
};

size_t baseline_count(void)
{
	return ARRAY_LENGTH(baselines);
}

const struct baseline *baseline_at(size_t index)
{
	return index < ARRAY_LENGTH(baselines) ? baselines[index] : NULL;
}

const struct baseline *baseline_find(const char *id)
{
	for (size_t i = 0; i < ARRAY_LENGTH(baselines); i++)
		if (strcmp(baselines[i]->id, id) == 0)
			return baselines[i];
	return NULL;
}

const struct catalogue *baseline_catalogue(void)
{
	static struct catalogue_entry entries[ARRAY_LENGTH(baselines)];
	static const struct catalogue catalogue = { entries, ARRAY_LENGTH(entries) };

	for (size_t i = 0; i < ARRAY_LENGTH(baselines); i++)
		entries[i] = (struct catalogue_entry){ baselines[i]->id, baselines[i]->settings,
			baselines[i]->tier };
	return &catalogue;
}

const char *severity_name(enum severity severity)
{
	static const char *const names[] = { "informational", "low", "medium", "high", "critical" };

	return names[severity];
}

const char *scope_name(enum scope scope)
{
	return scope == SCOPE_REGION ? "account and region" : "account";
}

const char *outcome_name(enum outcome outcome)
{
	static const char *const names[] = { "compliant", "not_applicable", "drifted",
		"managed_centrally", "unknown" };

	return names[outcome];
}
