#include "baselines/names.h"

#include "baselines/baseline.h"

#include "base/banned.h"

const char *const severity_names[SEVERITY_COUNT] = { "informational", "low", "medium", "high",
	"critical" };

const char *severity_name(enum severity severity)
{
	return severity_names[severity];
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

const char *framework_name(enum framework framework)
{
	static const char *const names[] = {
#define FRAMEWORK(symbol, id, name) name,
#include "baselines/frameworks.def"
#undef FRAMEWORK
	};

	return names[framework];
}
